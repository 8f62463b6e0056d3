/**
 * All settings of log_source.yml and of the table files. Keys and their meaning are the same as in Matano where it has them:
 * https://github.com/matanolabs/matano/tree/main/website/docs/log-sources. `schema` and `transform` are checked elsewhere.
 */
import { BUCKET_NAME } from '../storage/address.js';
import { catalog } from './catalog-table.js';
import { COLUMN_JSON } from './column-settings.js';
import { integrity } from './integrity-table.js';
import { anyText, regularExpression, text, texts, trueOrFalse, unchecked, whole } from './kinds.js';
import { identity, s3Option } from './s3-settings.js';
import { section, setting } from './setting.js';
import { retentionOf, upkeep } from './upkeep-table.js';

const BUCKET = text(BUCKET_NAME, 'the name of an S3 bucket, without s3://');
const PLACE = 'a directory, a file:// URI, or s3://bucket/prefix';
// An empty prefix is valid: it means that there is none.
const keyPrefix = text(/^(?!s3:)/, 'the part of the keys before AWSLogs/, without the bucket');
const managed = section(
  { description: 'The kind of log source.' },
  {
    type: setting(text(/^AWS_CLOUDTRAIL$/, 'AWS_CLOUDTRAIL'), {
      description: 'The only type.',
      default: 'AWS_CLOUDTRAIL',
      active: true,
    }),
  },
);

const s3Source = section(
  {
    description:
      'The S3 bucket, in the notation of Matano. A location takes precedence over `bucket_name`, and a `key_prefix` above, even an empty one, over the one below. Credentials come from the usual AWS configuration; so do region and endpoint if they are not set here.',
  },
  {
    bucket_name: setting(BUCKET, {
      description: 'The bucket, if no location is given.',
      example: 'my-org-logs-bucket',
    }),
    key_prefix: setting(keyPrefix, {
      description: 'Key prefix in the bucket.',
      defaultNote: 'empty',
      example: 'org/trails',
    }),
    key_pattern: setting(regularExpression, {
      description:
        'Only keys that match are read; the regular expression is applied to the part after the prefix: `AWSLogs/…`.',
      defaultNote: 'every key',
      example: 'AWSLogs/.*/CloudTrail',
    }),
    region: s3Option('region', {
      description: 'Region of the bucket.',
      defaultNote: 'from the AWS configuration',
      example: 'eu-west-1',
    }),
    ...identity('reading'),
    endpoint: s3Option('endpoint', {
      description: 'Address of an S3-compatible server.',
      defaultNote: 'AWS',
      example: 'https://s3.eu-west-1.amazonaws.com',
    }),
    path_style: setting(trueOrFalse, {
      description: 'The bucket name is in the path instead of the host name.',
      defaultNote: '`true` if `endpoint` is set',
      example: 'false',
    }),
    requester_pays: setting(trueOrFalse, {
      description: 'The reader pays for requests and transfer.',
      defaultNote: '`false`',
      example: 'false',
    }),
    expected_bucket_owner: s3Option('expected_bucket_owner', {
      description: 'The account that must own the bucket; otherwise every request fails.',
      example: '"123456789012"',
    }),
  },
);

const ingest = section(
  { description: '[Where the bucket is](#where-the-bucket-is).' },
  {
    location: setting(anyText(PLACE), {
      description: 'The bucket, or a copy of it.',
      example: './bucket',
      active: true,
      flag: '--location',
    }),
    key_prefix: setting(keyPrefix, {
      description: 'Key prefix at the location, if there is one.',
      defaultNote: 'the one in `s3_source`',
      example: 'org/trails',
      flag: '--key-prefix',
    }),
    s3_source: s3Source,
  },
);

const mmdb = anyText('the path of an MMDB file');

const enrich = section(
  { description: '[Enrichment](#enrichment) with databases in the MMDB format.' },
  {
    geoip: section(
      { description: 'Location and owner of IP addresses.' },
      {
        city: setting(mmdb, {
          description: 'City database, such as GeoLite2-City or DB-IP City Lite: fills `source.geo.*`.',
          example: './GeoLite2-City.mmdb',
        }),
        asn: setting(mmdb, {
          description: 'Autonomous system database: fills `source.as.*`.',
          example: './GeoLite2-ASN.mmdb',
        }),
      },
    ),
  },
);

const deduplicate = section(
  {
    description:
      'AWS delivers at least once. [Repeated events](#repeated-events), with the same recipientAccountId, eventID and time, are skipped and counted as duplicates. `false`: every delivery becomes a row.',
    onOff: { default: true, allowed: 'true, false, or a section with window_days' },
  },
  {
    window_days: setting(whole(1, 3_650), {
      description:
        'Deliveries of an event that are more than this many days apart are not compared. AWS tries to deliver for up to 30 days.',
      default: 30,
      unit: 'days',
    }),
  },
);

const columnsOf = (what: string, example: string) =>
  section(
    { description: `Columns of ${what}, in addition to the managed ones.`, unchecked: true },
    {
      ecs_field_names: setting(unchecked('a list of ECS field names', { type: 'array', items: { type: 'string' } }), {
        description:
          'Fields of the [Elastic Common Schema](#ecs-fields), for a transform to fill. A group such as `host` means all its fields.',
        example: '[host.name]',
      }),
      fields: setting(unchecked('a list of columns', { type: 'array', items: COLUMN_JSON }), {
        description: '[Your own columns](#columns-of-your-own). `from` is the path of the value in the record.',
        example,
      }),
    },
  );

const TRANSFORM = unchecked('the path of a .ts, .js or .mjs file', { type: 'string' });

/** Every setting of log_source.yml. */
export const LOG_SOURCE_TABLE = section(
  {
    description:
      'Which CloudTrail logs become tables, where the tables are, and what they contain. Remove the `#` to use an example. Paths are relative to the project: the directory of temporal.yaml. `trailmill check` shows the resulting configuration.',
  },
  {
    name: setting(
      text(/^[a-z][a-z0-9_]{0,63}$/, 'lower-case letters, digits and _, beginning with a letter, at most 64'),
      {
        description:
          'Name of the log source and of its default table; the others are `NAME_insights`, `NAME_digest`, `NAME_rejects`, `NAME_files` and `NAME_integrity`.',
        default: 'aws_cloudtrail',
        active: true,
      },
    ),
    managed,
    ingest,
    schema: columnsOf(
      'all tables of this log source',
      '\n- name: team.source_identity\n  type: string\n  from: userIdentity.sessionContext.sourceIdentity',
    ),
    transform: setting(TRANSFORM, {
      description:
        '[A module](#transforms) with a function over the rows of all tables, for cases where a path is not enough.',
      example: './transform.ts',
    }),
    enrich,
    deduplicate,
    integrity,
    upkeep,
    retention: retentionOf('all tables except the ledger', 'events are kept forever'),
    warehouse: setting(anyText(PLACE), {
      description: 'Where the tables and the work area are stored.',
      default: './warehouse',
      active: true,
      flag: '--warehouse',
    }),
    catalog,
  },
);

/** Every setting of a table file. */
export const TABLE_FILE_TABLE = section(
  { description: 'One table of the log source.' },
  {
    name: setting(unchecked('`default`, `insights` or `digest`', { type: 'string' }), {
      description: 'Name of the managed table; it cannot be changed.',
      defaultNote: 'the name of the file',
    }),
    schema: columnsOf('this table', '[]'),
    transform: setting(TRANSFORM, {
      description: 'A module for this table, instead of the transform of log_source.yml.',
      defaultNote: 'the one in log_source.yml',
    }),
    retention: retentionOf('this table', 'the one in log_source.yml'),
    sort_by: setting(texts('a list of columns of the table'), {
      description:
        'Compacted files are sorted by these columns. Queries that filter by the first ones read the least data.',
      defaultNote: 'account, ARN of the user, and time',
      example: '[cloud.account.id, ts]',
    }),
  },
);
