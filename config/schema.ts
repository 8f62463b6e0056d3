/** The checks of temporal.yaml, log_source.yml and the table files, generated from the tables of settings. */
import { type FileShape, shapeOf } from './file-shape.js';
import { LOG_SOURCE_TABLE, TABLE_FILE_TABLE } from './log-source-table.js';
import type { FileOf } from './setting.js';
import { TEMPORAL_TABLE } from './temporal-table.js';

/** The content of temporal.yaml after its check. */
export type TemporalFile = FileOf<typeof TEMPORAL_TABLE.members>;
/** The content of log_source.yml after its check. */
export type LogSourceFile = FileOf<typeof LOG_SOURCE_TABLE.members>;
/** The content of a table file after its check. */
export type TableSettingsFile = FileOf<typeof TABLE_FILE_TABLE.members>;

/** The check of temporal.yaml. */
export const TEMPORAL_SHAPE: FileShape<TemporalFile> = shapeOf(TEMPORAL_TABLE);

const ROUTING = 'is not needed: CloudTrail files are routed to their tables automatically. Remove it.';

/** The check of log_source.yml. */
export const LOG_SOURCE_SHAPE: FileShape<LogSourceFile> = shapeOf(LOG_SOURCE_TABLE, {
  'managed.properties': 'is not needed: AWS_CLOUDTRAIL has no properties. Remove it.',
  'ingest.select_table_from_payload_metadata': ROUTING,
  'ingest.expand_records_from_payload': ROUTING,
  'ingest.compression':
    'is not needed: gzip, zstd and uncompressed files are recognized by their first bytes. Remove it.',
  'ingest.sqs_source': 'is not supported: files are found by listing the bucket. Remove it.',
  'ingest.bucket_name': 'belongs in ingest.s3_source.',
  'ingest.key_pattern': 'belongs in ingest.s3_source.',
  'ingest.access_role_arn': 'belongs in ingest.s3_source.',
  'catalog.token': 'is a secret: set TRAILMILL_CATALOG_TOKEN in the environment of workers and commands instead.',
  'catalog.credential':
    'is a secret: set TRAILMILL_CATALOG_CREDENTIAL (id:secret) in the environment of workers and commands instead.',
  location: 'belongs in ingest: write ingest.location.',
  s3_source: 'belongs in ingest: write ingest.s3_source.',
});

const SHARED_SETTING = 'belongs in log_source.yml: it is the same for all tables.';

/** The check of a table file. */
export const TABLE_FILE_SHAPE: FileShape<TableSettingsFile> = shapeOf(
  TABLE_FILE_TABLE,
  Object.fromEntries(
    ['managed', 'ingest', 'enrich', 'deduplicate', 'integrity', 'upkeep', 'warehouse', 'catalog'].map(
      (key) => [key, SHARED_SETTING] as const,
    ),
  ),
);
