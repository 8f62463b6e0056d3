/**
 * What log_source.yml and the files of tables may say. Keys and their meaning are Matano's wherever it has them:
 * https://github.com/matanolabs/matano/tree/main/website/docs/log-sources. `schema` and `transform` are read elsewhere.
 */
import { z } from 'zod';
import { BUCKET_NAME, PARAMETERS } from '../storage/address.js';
import { hasUserInfo } from '../text/hide-secrets.js';
import { anyText, orSwitch, text, whole } from './schema.js';
import type { FileShape } from './yaml-file.js';

const bucketName = text(BUCKET_NAME, 'the name of an S3 bucket, without s3://');
/** What s3_source and the parameters of an address have in common, by the same names. */
function s3Option(name: string) {
  const { pattern, allowed } = PARAMETERS.find((one) => one.name === name) as (typeof PARAMETERS)[number];
  return text(pattern, /^\d/.test(allowed) ? `${allowed}, in quotes` : allowed);
}

const trueOrFalse = z.boolean({ error: 'true or false' }).optional();
/** Who asks. */
const identity = {
  region: s3Option('region'),
  profile: s3Option('profile'),
  access_role_arn: s3Option('access_role_arn'),
  external_id: s3Option('external_id'),
  role_session_name: s3Option('role_session_name'),
};
const PLACE = 'a directory, a file:// URI, or s3://bucket/prefix';
// Empty is a value here: no prefix.
const keyPrefix = text(/^(?!s3:)/, 'what comes before AWSLogs/ in the keys, without the bucket');

const keyPattern = z
  .custom<string>((value) => typeof value === 'string' && whyNotPattern(value) === undefined, {
    error: ({ input }) => {
      const reason = typeof input === 'string' ? ` (this is none: ${whyNotPattern(input)})` : '';
      return `a regular expression, as JavaScript has them${reason}`;
    },
  })
  .optional();

function whyNotPattern(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
  }
}

const s3Source = z.strictObject({
  bucket_name: bucketName,
  key_prefix: keyPrefix,
  key_pattern: keyPattern,
  ...identity,
  endpoint: s3Option('endpoint'),
  path_style: trueOrFalse,
  requester_pays: trueOrFalse,
  expected_bucket_owner: s3Option('expected_bucket_owner'),
});
const ingest = z.strictObject({
  location: anyText(PLACE),
  key_prefix: keyPrefix,
  s3_source: s3Source.optional(),
});
const managed = z.strictObject({ type: text(/^AWS_CLOUDTRAIL$/, 'AWS_CLOUDTRAIL') });
const url = text(
  /^https?:\/\/[^\s?#/@]+(\/[^\s?#]*)?$/,
  'a URL with http:// or https://, without a user name or password',
);
const oauth2 = z.strictObject({
  server_uri: url,
  scope: anyText('text'),
  audience: anyText('text'),
  resource: anyText('text'),
});
const sigv4 = z.strictObject({
  service: z.string({ error: 'glue, s3tables or execute-api' }).regex(/^[a-z0-9-]+$/, 'glue, s3tables or execute-api'),
  ...identity,
});
/** Which keys belong to which type is checked in catalog.ts. */
const catalog = z.strictObject({
  type: text(/^(storage|rest)$/, 'storage or rest'),
  namespace: text(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/, 'small letters, digits and _; dots between levels'),
  uri: url,
  warehouse: anyText('what the catalog calls its warehouse').refine(
    (value) => value === undefined || !hasUserInfo(value),
    {
      error: 'what the catalog calls its warehouse, without a user name or password',
    },
  ),
  prefix: anyText('text'),
  location: text(/^s3[an]?:\/\/[^?/@]+(\/[^?]*)?$/, 's3://bucket/prefix, where new tables go'),
  oauth2: oauth2.optional(),
  sigv4: sigv4.optional(),
  headers: z.record(z.string(), z.string(), { error: 'names of headers and their values, all text' }).optional(),
  vended_credentials: trueOrFalse,
});
const geoip = z.strictObject({ city: anyText('the path of an MMDB file'), asn: anyText('the path of an MMDB file') });
const enrich = z.strictObject({ geoip: geoip.optional() });
const deduplicate = z.strictObject({ window_days: whole(1, 3_650) });

const SCHEMA = z.strictObject({
  name: text(/^[a-z][a-z0-9_]{0,63}$/, 'small letters, digits and _, beginning with a letter, at most 64'),
  managed: managed.optional(),
  ingest: ingest.optional(),
  schema: z.unknown().optional(),
  transform: z.unknown().optional(),
  enrich: enrich.optional(),
  deduplicate: orSwitch(deduplicate, 'true, false, or a section with window_days'),
  warehouse: anyText(PLACE),
  catalog: catalog.optional(),
});

export type LogSourceFile = z.infer<typeof SCHEMA>;

const ROUTING = 'is not needed: what CloudTrail delivers is known, and goes to its table by itself. Take it out.';

export const LOG_SOURCE: FileShape<LogSourceFile> = {
  schema: SCHEMA,
  keys: {
    '': Object.keys(SCHEMA.shape),
    managed: Object.keys(managed.shape),
    ingest: Object.keys(ingest.shape),
    'ingest.s3_source': Object.keys(s3Source.shape),
    catalog: Object.keys(catalog.shape),
    'catalog.oauth2': Object.keys(oauth2.shape),
    'catalog.sigv4': Object.keys(sigv4.shape),
    enrich: Object.keys(enrich.shape),
    'enrich.geoip': Object.keys(geoip.shape),
    deduplicate: Object.keys(deduplicate.shape),
  },
  switches: ['deduplicate'],
  foreign: {
    'managed.properties': 'is not needed: AWS_CLOUDTRAIL has no properties. Take it out.',
    'ingest.select_table_from_payload_metadata': ROUTING,
    'ingest.expand_records_from_payload': ROUTING,
    'ingest.compression': 'is not needed: gzip, zstd and plain files are told apart by their first bytes. Take it out.',
    'ingest.sqs_source': 'is not known here: files are found by listing the bucket. Take it out.',
    'ingest.bucket_name': 'belongs into ingest.s3_source.',
    'ingest.key_pattern': 'belongs into ingest.s3_source.',
    'ingest.access_role_arn': 'belongs into ingest.s3_source.',
    'catalog.token': 'is a secret: set TRAILMILL_CATALOG_TOKEN in the environment of workers and commands instead.',
    'catalog.credential':
      'is a secret: set TRAILMILL_CATALOG_CREDENTIAL (id:secret) in the environment of workers and commands instead.',
    location: 'belongs into ingest: write ingest.location.',
    s3_source: 'belongs into ingest: write ingest.s3_source.',
  },
};

const TABLE_SCHEMA = z.strictObject({
  name: z.unknown().optional(),
  schema: z.unknown().optional(),
  transform: z.unknown().optional(),
});

export type TableFile = z.infer<typeof TABLE_SCHEMA>;

const OF_SOURCE = 'belongs into log_source.yml: it is the same for all tables.';

export const TABLE: FileShape<TableFile> = {
  schema: TABLE_SCHEMA,
  keys: { '': Object.keys(TABLE_SCHEMA.shape) },
  foreign: Object.fromEntries(
    ['managed', 'ingest', 'enrich', 'deduplicate', 'warehouse', 'catalog'].map((key) => [key, OF_SOURCE] as const),
  ),
};
