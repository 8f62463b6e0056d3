/** The one frozen value that configuration becomes. Parsed once, at the edge, and passed down. */
import type { DeduplicateConfig, EnrichConfig, TableConfig, TableKey } from '../cloudtrail/table-config.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import type { RetryTiming } from '../protocol/messages.js';
import type { Rhythm } from './rhythm.js';

/** A PEM file, or its content where the environment carries that itself. */
export type PemSource = { path: string } | { data: string };

/** TLS with a private CA or client certificates; absent: the system's roots. */
export interface TlsSettings {
  /** The name in the server's certificate, where it is not the address. */
  serverName?: string;
  serverRootCa?: PemSource;
  clientCert?: PemSource;
  clientKey?: PemSource;
}

/** Which Temporal cluster to use, and how to connect to it. */
export interface ClusterSettings {
  /** True: Trailmill runs its own server; the rest is filled in once it runs. */
  embedded: boolean;
  /** `host:port`; empty until the embedded server runs. */
  address: string;
  namespace: string;
  taskQueue: string;
  /** Address of the web UI, when known: for links. */
  uiUrl?: string;
  /** `true`: TLS with the system's roots. `false`: none, even with an API key. Absent: on where there is a key. */
  tls?: boolean | TlsSettings;
  apiKey?: string;
  /** Headers of every call, from `TEMPORAL_GRPC_META_*` or the profile. */
  metadata?: Record<string, string>;
}

/** The embedded Temporal server. */
export interface EmbeddedServerSettings {
  /** First choice; the next free ones are taken when they are in use. */
  port: number;
  uiPort: number;
  /** Path of the SQLite file. */
  database: string;
}

/** How many long polls wait for tasks at once: so many, or as many as the server asks for. */
export type Pollers = number | 'auto';

/** One worker process. */
export interface WorkerSettings {
  /** Activity slots: batches that this process reads at once. */
  maxConcurrentActivities: number;
  activityTaskPollers: Pollers;
  /** Workflow task slots. At most as many as workflows are cached. */
  maxConcurrentWorkflowTasks: number;
  workflowTaskPollers: Pollers;
  maxCachedWorkflows: number;
  /** Decoder threads; 0 means one a core. */
  threads: number;
  /** Seconds that running activities get to finish at shutdown. */
  shutdownGraceSeconds: number;
  /** Worker versioning: on where a deployment is named. Without a build id it is made of the workflows. */
  deployment?: { name: string; buildId?: string };
  /** A storage call without an answer for so long has failed, seconds. */
  storageTimeoutSeconds: number;
  /** Accepted beside the project's own; absent: nothing. */
  allow?: AllowSettings;
}

/** What a worker may use beside its own project and warehouse. */
export interface AllowSettings {
  /** Addresses. */
  warehouses: readonly string[];
  /** Files and directories, absolute. */
  files: readonly string[];
}

/** One of the schedules of a source. */
export interface ScheduleSettings {
  rhythm: Rhythm;
  /** Days before the scheduled one that a run covers too. */
  lookBackDays: number;
}

/** The schedules of a log source. */
export interface SchedulesSettings {
  recent: ScheduleSettings;
  /** Absent: switched off. */
  deep?: ScheduleSettings;
  /** Of the IANA database. */
  timeZone: string;
  /** A run begins up to so many seconds later. */
  jitterSeconds: number;
  /** What was due while the server was down for longer than so many days is not caught up. */
  catchUpDays: number;
}

/** How long what fails is tried again; see `RetryTiming`. */
export type RetrySettings = RetryTiming;

/** How the files of a day are cut into batches, and limits. */
export interface IngestSettings {
  /** A batch is cut at whichever comes first. Bytes are stored (gzipped) bytes. */
  batchBytes: number;
  batchFiles: number;
  /** Stored bytes that are read, decoded and written out at once: what a killed worker does again. */
  chunkBytes: number;
  /** Batches a group: one commit each group. */
  groupBatches: number;
  daysInFlight: number;
  batchesInFlight: number;
  /** Concurrent reads of one batch, and concurrent listings of a plan. */
  concurrentReads: number;
  /** Largest uncompressed size of one file, bytes: what is larger is quarantined. */
  maxFileBytes: number;
}

/** Who said where the bucket is: for messages. */
export interface PlaceOrigins {
  location: '--location' | 'ingest.location' | 'ingest.s3_source';
  /** All key prefixes that somebody has set, empty ones too: the first one counts. */
  keyPrefixes: readonly { from: KeyPrefixOption; value: string }[];
}

/** Flags and settings that can give the key prefix. */
export type KeyPrefixOption = '--key-prefix' | 'ingest.key_prefix' | 'ingest.s3_source.key_prefix';

/** The log source: its bucket, its warehouse and its tables. */
export interface SourceSettings {
  /** Log source name, also the tables' prefix. */
  name: string;
  /** Address of the bucket, or of its copy on disk, with how to reach it: `s3://bucket?region=…`, `file:///…`. */
  location: string;
  /** Key prefix before `AWSLogs/`, without slashes at its ends; empty when none. */
  keyPrefix: string;
  placeOrigins?: PlaceOrigins;
  /** A regular expression: of what comes after the prefix, only keys with a match are read. */
  keyPattern?: string;
  /** Address of where the tables and the work area go: `s3://bucket/prefix?region=…`, `file:///…`. */
  warehouse: string;
  catalog: CatalogSettings;
  /** Those that are wanted; what belongs to another is skipped. */
  tables: readonly TableConfig[];
  enrich?: EnrichConfig;
  /** Absent: repeated events are kept. */
  deduplicate?: DeduplicateConfig;
  /** For people: the files that said so, and the place (`file:line`) of each column that one of them asked for. */
  files: readonly string[];
  origins: Readonly<Partial<Record<TableKey, Readonly<Record<string, string>>>>>;
}

/** All of a project's configuration. */
export interface Settings {
  /** Absolute path of the project: `temporal.yaml` and `.trailmill/` live here. */
  projectDir: string;
  cluster: ClusterSettings;
  server: EmbeddedServerSettings;
  worker: WorkerSettings;
  ingest: IngestSettings;
  retry: RetrySettings;
  schedules: SchedulesSettings;
  /** Whose tables, and where they are: known also where no source is. */
  name: string;
  warehouse: string;
  catalog: CatalogSettings;
  /** Absent where neither flags nor log_source.yml name one. */
  source?: SourceSettings;
}
