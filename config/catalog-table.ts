/** The section `catalog` of log_source.yml. */
import { ICEBERG_NAMESPACE } from '../cloudtrail/tables.js';
import { anyText, record, text, textWithoutUser, trueOrFalse } from './kinds.js';
import { identity, s3Option } from './s3-settings.js';
import { section, setting } from './setting.js';

const url = text(
  /^https?:\/\/[^\s?#/@]+(\/[^\s?#]*)?$/,
  'a URL with http:// or https://, without a user name or password',
);

const oauth2 = section(
  { description: 'OAuth2 client credentials, with the secret in `TRAILMILL_CATALOG_CREDENTIAL`.', alternative: true },
  {
    server_uri: setting(url, {
      description: 'The token endpoint.',
      defaultNote: '`URI/v1/oauth/tokens`',
      example: 'https://auth.example.com/tokens',
    }),
    scope: setting(anyText('text'), {
      description: 'Scope of the token.',
      defaultNote: '`catalog`',
      example: 'catalog',
    }),
    audience: setting(anyText('text'), { description: 'Audience of the token.', example: 'catalog' }),
    resource: setting(anyText('text'), {
      description: 'Resource of the token.',
      example: 'https://catalog.example.com',
    }),
  },
);

const AWS_SERVICES = 'glue, s3tables or execute-api';

const sigv4 = section(
  { description: 'Requests are signed for AWS, as Glue and S3 Tables require.' },
  {
    service: setting(text(/^[a-z0-9-]+$/, AWS_SERVICES), {
      description: 'The AWS service that requests are signed for.',
      example: 'glue',
      required: true,
    }),
    region: s3Option('region', {
      description: 'Region of the signature.',
      defaultNote: 'from `uri`, otherwise from the AWS configuration',
      example: 'eu-west-1',
    }),
    ...identity('the catalog'),
  },
);

/** The section `catalog`. Which keys are allowed for which type is checked in catalog.ts. */
export const catalog = section(
  {
    description:
      "[Where the tables are registered](#the-catalog). `storage`: in files of the warehouse, without a server. `rest`: in a catalog with Iceberg's REST protocol, such as Glue; its secrets are `TRAILMILL_CATALOG_TOKEN` or `TRAILMILL_CATALOG_CREDENTIAL`.",
  },
  {
    type: setting(text(/^(storage|rest)$/, 'storage or rest'), {
      description: 'The kind of catalog.',
      defaultNote: '`storage`',
      example: 'rest',
    }),
    namespace: setting(text(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/, 'lower-case letters, digits and _; dots between levels'), {
      description: 'Namespace of the tables; in Glue, the database.',
      default: ICEBERG_NAMESPACE,
      example: 'security',
    }),
    uri: setting(url, {
      description: 'Address of the REST catalog, without `/v1`.',
      example: 'https://glue.eu-west-1.amazonaws.com/iceberg',
    }),
    warehouse: setting(textWithoutUser('the name of the warehouse in the catalog'), {
      description: 'The warehouse in the REST catalog: a name, an account id, the ARN of a table bucket.',
      example: '"123456789012"',
    }),
    prefix: setting(anyText('text'), {
      description: 'Prefix in the paths of requests, if the catalog itself does not specify one.',
      defaultNote: 'from the catalog',
      example: 'security',
    }),
    location: setting(text(/^s3[an]?:\/\/[^?/@]+(\/[^?]*)?$/, 's3://bucket/prefix, where new tables go'), {
      description:
        'New tables are created in `<location>/<namespace>/<name>`. Required by Glue, unless its database has a location; rejected by S3 Tables.',
      defaultNote: "the catalog's choice",
      example: 's3://my-lake/tables',
    }),
    oauth2,
    sigv4,
    headers: setting(record('header names and values, all text'), {
      description: 'Additional headers of every request, names and values.',
      example: '{x-team: security}',
    }),
    vended_credentials: setting(trueOrFalse, {
      description: "Ask the catalog for credentials for the tables' files.",
      defaultNote: '`true`',
      example: 'true',
    }),
  },
);
