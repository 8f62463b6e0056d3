/** The checks of temporal.yaml, log_source.yml and the files of tables, made of the tables of settings. */
import { type FileShape, shapeOf } from './file-shape.js';
import { LOG_SOURCE_TABLE, TABLE_FILE_TABLE } from './log-source-table.js';
import type { FileOf } from './setting.js';
import { TEMPORAL_TABLE } from './temporal-table.js';

/** What temporal.yaml says, after its check. */
export type TemporalFile = FileOf<typeof TEMPORAL_TABLE.members>;
/** What log_source.yml says, after its check. */
export type LogSourceFile = FileOf<typeof LOG_SOURCE_TABLE.members>;
/** What the file of a table says, after its check. */
export type TableSettingsFile = FileOf<typeof TABLE_FILE_TABLE.members>;

/** The check of temporal.yaml. */
export const TEMPORAL_SHAPE: FileShape<TemporalFile> = shapeOf(TEMPORAL_TABLE);

const ROUTING = 'is not needed: what CloudTrail delivers is known, and goes to its table by itself. Take it out.';

/** The check of log_source.yml. */
export const LOG_SOURCE_SHAPE: FileShape<LogSourceFile> = shapeOf(LOG_SOURCE_TABLE, {
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
});

const OF_SOURCE = 'belongs into log_source.yml: it is the same for all tables.';

/** The check of a file of a table. */
export const TABLE_FILE_SHAPE: FileShape<TableSettingsFile> = shapeOf(
  TABLE_FILE_TABLE,
  Object.fromEntries(
    ['managed', 'ingest', 'enrich', 'deduplicate', 'warehouse', 'catalog'].map((key) => [key, OF_SOURCE] as const),
  ),
);
