/** The configuration as one frozen value. It is parsed once at startup and passed down. */
import type { DeduplicateConfig, EnrichConfig, TableConfig, TableKey } from '../cloudtrail/table-config.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import type { RetryTiming } from '../protocol/messages.js';
import type { Rhythm } from './rhythm.js';

/** A PEM file, or its content if it comes from the environment. */
export type PemSource = { path: string } | { data: string };

/** TLS with a private CA or client certificates. Without `serverRootCa`, the system's root certificates are used. */
export interface TlsSettings {
  /** The name in the server's certificate, if it is not the address. */
  serverName?: string;
  serverRootCa?: PemSource;
  clientCert?: PemSource;
  clientKey?: PemSource;
}

/** Which Temporal cluster to use, and how to connect to it. */
export interface ClusterSettings {
  /** True if Trailmill runs its own server; the address is filled in once it is running. */
  embedded: boolean;
  /** `host:port`; empty until the embedded server is running. */
  address: string;
  namespace: string;
  taskQueue: string;
  /** Address of the web UI for links, if known. */
  uiUrl?: string;
  /** `true`: TLS with the system's root certificates. `false`: no TLS, even with an API key. Absent: TLS if there is an API key. */
  tls?: boolean | TlsSettings;
  apiKey?: string;
  /** Headers of every call, from `TEMPORAL_GRPC_META_*` or the profile. */
  metadata?: Record<string, string>;
}

/** The embedded Temporal server. */
export interface EmbeddedServerSettings {
  /** Preferred ports; if they are in use, the next free ones are used. */
  port: number;
  uiPort: number;
  /** Path of the SQLite file. */
  database: string;
  /** Days for which the server keeps workflows after they end. */
  historyDays: number;
}

/** Number of concurrent long polls for tasks; `auto`: as many as the server suggests. */
export type Pollers = number | 'auto';

/** Settings of a worker process. */
export interface WorkerSettings {
  /** Activity slots: batches that the process reads concurrently. */
  maxConcurrentActivities: number;
  activityTaskPollers: Pollers;
  /** Workflow task slots. At most `maxCachedWorkflows`. */
  maxConcurrentWorkflowTasks: number;
  workflowTaskPollers: Pollers;
  maxCachedWorkflows: number;
  /** Decoder threads; 0 means one per core. */
  threads: number;
  /** Time that running activities have to finish at shutdown, seconds. */
  shutdownGraceSeconds: number;
  /** Worker versioning; on if a deployment name is set. Without a build id, it is computed from the workflow code. */
  deployment?: { name: string; buildId?: string };
  /** Timeout of a storage call, seconds. */
  storageTimeoutSeconds: number;
  /** What the worker accepts besides the project's own warehouse and files; absent: nothing. */
  allow?: AllowSettings;
}

/** What a worker may use besides its own project and warehouse. */
export interface AllowSettings {
  /** Addresses of warehouses. */
  warehouses: readonly string[];
  /** Absolute paths of files and directories. */
  files: readonly string[];
}

/** One of the schedules of a source. */
export interface ScheduleSettings {
  rhythm: Rhythm;
  /** Number of days before the scheduled one that a run also covers. */
  lookBackDays: number;
}

/** The schedules of a log source. */
export interface SchedulesSettings {
  recent: ScheduleSettings;
  /** Absent: disabled. */
  deep?: ScheduleSettings;
  /** IANA time zone. */
  timeZone: string;
  /** A run starts with a random delay of up to this many seconds. */
  jitterSeconds: number;
  /** Runs that were missed while the server was down are caught up for this many days. */
  catchUpDays: number;
}

/** How long failed work is retried; see `RetryTiming`. */
export type RetrySettings = RetryTiming;

/** How the files of a day are split into batches, and limits. */
export interface IngestSettings {
  /** A batch ends at `batchBytes` or `batchFiles`, whichever comes first. Bytes are stored (gzipped) bytes. */
  batchBytes: number;
  batchFiles: number;
  /** Stored bytes that are read, decoded and written in one step: the work that is repeated if a worker is killed. */
  chunkBytes: number;
  /** Batches per group; each group is one commit. */
  groupBatches: number;
  daysInFlight: number;
  batchesInFlight: number;
  /** Concurrent reads per batch, and concurrent listings per plan. */
  concurrentReads: number;
  /** Maximum uncompressed size of a file, bytes; larger files are quarantined. */
  maxFileBytes: number;
}

/** Which flags and settings specify the bucket, for messages. */
export interface PlaceOrigins {
  location: '--location' | 'ingest.location' | 'ingest.s3_source';
  /** All key prefixes that are set, including empty ones; the first one is used. */
  keyPrefixes: readonly { from: KeyPrefixOption; value: string }[];
}

/** Flags and settings that can specify the key prefix. */
export type KeyPrefixOption = '--key-prefix' | 'ingest.key_prefix' | 'ingest.s3_source.key_prefix';

/** Which verification of log files happens without a command. */
export type IntegrityMode = 'record' | 'verify' | 'required';

/** The verification of log files by CloudTrail's digests. */
export interface IntegritySettings {
  mode: IntegrityMode;
  /** The bucket that CloudTrail delivers to, if the location is a copy of it. */
  bucket?: string;
  /** With `required`: how long a file waits for its digest, hours from its delivery. */
  holdHours: number;
  /** Absent: CloudTrail is asked. `place`: the file, line and name of the setting, or the flag, for messages. */
  keys?: { directory: string; place: string };
}

/** The upkeep of the tables. */
export interface UpkeepSettings {
  /** Whether scheduled runs start it, once a day. */
  scheduled: boolean;
  compactAfterDays: number;
  targetFileBytes: number;
  keepSnapshotsDays: number;
  keepSnapshots: number;
  keepUnusedDays: number;
  /** Event days that are kept, by table; absent: all. */
  retentionDays: Readonly<Partial<Record<RetainedRole, number>>>;
  /** Columns that compacted files are sorted by, by table; absent: the default order of the table. */
  sortBy: Readonly<Partial<Record<TableKey, readonly string[]>>>;
}

/** The tables that retention may apply to: the ledger is kept, because it records what was ingested. */
export type RetainedRole = TableKey | 'rejects' | 'integrity';

/** The log source: its bucket, its warehouse and its tables. */
export interface SourceSettings {
  /** Name of the log source, and prefix of its tables. */
  name: string;
  /** Address of the bucket, or of its copy on disk, with connection options: `s3://bucket?region=…`, `file:///…`. */
  location: string;
  /** Key prefix before `AWSLogs/`, without leading and trailing slashes; empty if there is none. */
  keyPrefix: string;
  placeOrigins?: PlaceOrigins;
  /** A regular expression that is applied to the part of a key after the prefix; only keys that match are read. */
  keyPattern?: string;
  /** Address of the tables and the work area: `s3://bucket/prefix?region=…`, `file:///…`. */
  warehouse: string;
  catalog: CatalogSettings;
  /** The configured tables; objects that belong to another one are skipped. */
  tables: readonly TableConfig[];
  enrich?: EnrichConfig;
  /** Absent: repeated events are kept. */
  deduplicate?: DeduplicateConfig;
  integrity: IntegritySettings;
  upkeep: UpkeepSettings;
  /** For messages: the configuration files, and the place (`file:line`) of each column that is defined in one of them. */
  files: readonly string[];
  origins: Readonly<Partial<Record<TableKey, Readonly<Record<string, string>>>>>;
}

/** All of a project's configuration. */
export interface Settings {
  /** Absolute path of the project, which contains `temporal.yaml` and `.trailmill/`. */
  projectDir: string;
  cluster: ClusterSettings;
  server: EmbeddedServerSettings;
  worker: WorkerSettings;
  ingest: IngestSettings;
  /** A run pauses if a larger share of its records is rejected, 0 to 1. */
  maxRejectRate: number;
  retry: RetrySettings;
  schedules: SchedulesSettings;
  /** Name and location of the tables: known even if there is no source. */
  name: string;
  warehouse: string;
  catalog: CatalogSettings;
  /** Absent if neither flags nor log_source.yml specify a bucket. */
  source?: SourceSettings;
}
