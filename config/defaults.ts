/** What holds when nobody says otherwise. `temporal.yaml` lists the same values; a test compares the two. */
import { DEFAULT_TASK_QUEUE } from '../protocol/ids.js';
import type { EmbeddedServerSettings, IngestSettings, RetrySettings, WorkerSettings } from './settings.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

export const DEFAULT_NAMESPACE = 'default';
export { DEFAULT_TASK_QUEUE };

/** `database` is relative to the project. */
export const SERVER: EmbeddedServerSettings = { port: 7233, uiPort: 8233, database: '.trailmill/temporal.db' };

export const WORKER: WorkerSettings = {
  maxConcurrentActivities: 4,
  activityTaskPollers: 5,
  maxConcurrentWorkflowTasks: 10,
  workflowTaskPollers: 5,
  maxCachedWorkflows: 100,
  threads: 0,
  shutdownGraceSeconds: 30,
  storageTimeoutSeconds: 120,
};

export const INGEST: IngestSettings = {
  batchBytes: 64 * MIB,
  batchFiles: 2_000,
  chunkBytes: 16 * MIB,
  groupBatches: 16,
  daysInFlight: 2,
  batchesInFlight: 4,
  concurrentReads: 16,
  maxFileBytes: 128 * MIB,
};

export const RETRY: RetrySettings = { heartbeatTimeoutSeconds: 30, maximumIntervalSeconds: 60, giveUpAfterHours: 24 };

/**
 * AWS delivers within some 15 minutes on average, so at 01:00 UTC the day before is there. What comes later comes within
 * hours, mostly; in the worst case AWS tries for 30 days, and for that there is the deep one.
 */
export const SCHEDULE = {
  every: 'day',
  at: '01:00',
  timeZone: 'UTC',
  jitterSeconds: 60,
  lookBackDays: 3,
  deep: { weekday: 'sunday', at: '04:00', lookBackDays: 30 },
  catchUpDays: 365,
} as const;

/** AWS tries to deliver for up to 30 days. */
export const DEDUPLICATE = { windowDays: 30 };

/** The log source, and the directory of its tables in the project. */
export const SOURCE = { name: 'aws_cloudtrail', warehouse: 'warehouse' };

/** Relative to the project. */
export const TEMPORAL_FILE = 'temporal.yaml';
export const LOG_SOURCES_DIRECTORY = 'log_sources';
export const LOG_SOURCE_FILE = 'log_source.yml';
