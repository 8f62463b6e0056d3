/** The run configuration and its schema. */
import { z } from 'zod';
import {
  type DeduplicateConfig,
  type EnrichConfig,
  TABLE_KEYS,
  type TableConfig,
  type TransformRef,
  type UserColumn,
} from '../cloudtrail/table-config.js';
import { ICEBERG_NAMESPACE } from '../cloudtrail/tables.js';
import type { IngestSettings, IntegrityMode, UpkeepSettings } from '../config/settings.js';
import { type CatalogSettings, storageCatalog } from '../iceberg/catalog-settings.js';
import type { OAuth2Settings, RestCatalogSettings, SigV4Settings } from '../iceberg/rest/settings.js';
import type { ColumnType, PrimitiveType } from '../iceberg/types.js';
import type { S3Options } from '../storage/address.js';
import { deduplicateConfig } from './schemas.js';
import { type Members, parsed, workKind } from './versioned.js';

/** The verification of log files by CloudTrail's digests. */
export interface IntegrityConfig {
  mode: IntegrityMode;
  /** The bucket that the digests refer to, if the location is a copy of it. */
  bucket?: string;
  /** Only with `required`: how long a file waits for its digest, hours from its delivery. */
  holdHours?: number;
  /** `folder`: the only keys are those that were copied into the warehouse. Absent: others are requested from CloudTrail. */
  keys?: 'folder';
}

/** The upkeep of the tables: the settings without the one for schedules. */
export type UpkeepConfig = Omit<UpkeepSettings, 'scheduled'>;

/** The part of the configuration that activities need. */
export interface RunConfig {
  /** Log source name. */
  source: string;
  /** Address of the bucket, including its connection options. */
  location: string;
  /** The key prefix before `AWSLogs/`, without leading or trailing slashes. */
  keyPrefix: string;
  /** A regular expression that is applied to the key after the prefix; only matching objects are read. */
  keyPattern?: string;
  catalog: CatalogSettings;
  ingest: IngestSettings;
  /** The configured tables. Objects that belong to another table are recorded in the ledger as skipped. */
  tables: readonly TableConfig[];
  enrich?: EnrichConfig;
  /** Absent: repeated events are kept. */
  deduplicate?: DeduplicateConfig;
  /** Absent: the defaults, with the mode `record`. */
  integrity?: IntegrityConfig;
  /** Absent: the defaults. */
  upkeep?: UpkeepConfig;
}

const text = z.string();

const tableKey = z.enum(TABLE_KEYS as [TableConfig['key'], ...TableConfig['key'][]]);

const primitive: z.ZodType<PrimitiveType> = z.enum([
  ...(['boolean', 'int', 'long', 'float', 'double', 'date', 'timestamp', 'timestamptz', 'string', 'binary'] as const),
]);

const columnType: z.ZodType<ColumnType> = z.lazy(() =>
  z.union([
    primitive,
    z.object({ list: columnType }),
    z.object({ struct: z.array(z.object({ name: text, type: columnType, doc: text.optional() })) }),
  ]),
);

const userColumn: z.ZodType<UserColumn> = z.object({
  name: text,
  type: columnType,
  doc: text,
  from: z.array(text).optional(),
  convert: z.enum(['text', 'json', 'integer', 'number', 'boolean', 'time', 'date']).optional(),
  default: z.union([text, z.number(), z.boolean()]).optional(),
} satisfies Members<UserColumn>);

const transformRef: z.ZodType<TransformRef> = z.object({
  path: text,
  sha256: text,
  modules: z.record(text, text).optional(),
} satisfies Members<TransformRef>);

const tableConfig: z.ZodType<TableConfig> = z.object({
  key: tableKey,
  name: text,
  columns: z.array(userColumn),
  transform: transformRef.optional(),
} satisfies Members<TableConfig>);

const s3Options: z.ZodType<S3Options> = z.object({
  region: text.optional(),
  endpoint: text.optional(),
  pathStyle: z.boolean().optional(),
  profile: text.optional(),
  roleArn: text.optional(),
  externalId: text.optional(),
  roleSessionName: text.optional(),
  requesterPays: z.boolean().optional(),
  expectedBucketOwner: text.optional(),
} satisfies Members<S3Options>);

const oauth2: z.ZodType<OAuth2Settings> = z.object({
  serverUri: text.optional(),
  scope: text.optional(),
  audience: text.optional(),
  resource: text.optional(),
} satisfies Members<OAuth2Settings>);

const sigv4: z.ZodType<SigV4Settings> = z.object({
  service: text,
  region: text.optional(),
  profile: text.optional(),
  roleArn: text.optional(),
  externalId: text.optional(),
  roleSessionName: text.optional(),
} satisfies Members<SigV4Settings>);

const restCatalog: z.ZodType<RestCatalogSettings> = z.object({
  uri: text,
  warehouse: text.optional(),
  prefix: text.optional(),
  oauth2: oauth2.optional(),
  sigv4: sigv4.optional(),
  headers: z.record(text, text).optional(),
  accessDelegation: z.boolean().optional(),
  location: text.optional(),
  s3: s3Options.optional(),
} satisfies Members<RestCatalogSettings>);

const catalog: z.ZodType<CatalogSettings> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('storage'), namespace: text }),
  z.object({ type: z.literal('rest'), namespace: text, rest: restCatalog }),
]);

const ingest: z.ZodType<IngestSettings> = z.object({
  batchBytes: z.number(),
  batchFiles: z.number(),
  chunkBytes: z.number(),
  groupBatches: z.number(),
  daysInFlight: z.number(),
  batchesInFlight: z.number(),
  concurrentReads: z.number(),
  maxFileBytes: z.number(),
} satisfies Members<IngestSettings>);

const integrity: z.ZodType<IntegrityConfig> = z.object({
  mode: z.enum(['record', 'verify', 'required']),
  bucket: text.optional(),
  holdHours: z.number().optional(),
  keys: z.literal('folder').optional(),
} satisfies Members<IntegrityConfig>);

const upkeep: z.ZodType<UpkeepConfig> = z.object({
  compactAfterDays: z.number(),
  targetFileBytes: z.number(),
  keepSnapshotsDays: z.number(),
  keepSnapshots: z.number(),
  keepUnusedDays: z.number(),
  retentionDays: z.partialRecord(z.union([tableKey, z.enum(['rejects', 'integrity'])]), z.number()),
  sortBy: z.partialRecord(tableKey, z.array(text)),
} satisfies Members<UpkeepConfig>);

const MEMBERS = {
  source: text,
  location: text,
  keyPrefix: text,
  keyPattern: text.optional(),
  catalog,
  ingest,
  tables: z.array(tableConfig),
  enrich: z.object({ geoip: z.object({ city: text.optional(), asn: text.optional() }).optional() }).optional(),
  deduplicate: deduplicateConfig.optional(),
  integrity: integrity.optional(),
  upkeep: upkeep.optional(),
} satisfies Members<RunConfig>;

/** Configurations written before REST catalogs were supported have no catalog settings. */
const format0: z.ZodType<RunConfig> = z
  .object({ ...MEMBERS, catalog: catalog.optional() })
  .transform((config): RunConfig => ({ ...config, catalog: config.catalog ?? storageCatalog(ICEBERG_NAMESPACE) }));

/**
 * The frozen run configuration in the work area. In format 2, log files have to be held back until a digest lists them:
 * earlier versions, which do not know the setting, would ingest all of them.
 */
export const RUN_CONFIG = workKind<RunConfig>('run configuration', z.object(MEMBERS), {
  convert: (value) => parsed(format0, value),
  newest: 2,
  of: ({ integrity: { mode } = { mode: 'record' } }) => (mode === 'required' ? 2 : 1),
});
