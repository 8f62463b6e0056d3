/** Converts the sections of temporal.yaml to settings, with defaults for missing sections. Names are mapped only here. */
import { rhythmOf } from './rhythm.js';
import type { TemporalFile } from './schema.js';
import { withDefaults } from './setting.js';
import type {
  EmbeddedServerSettings,
  IngestSettings,
  RetrySettings,
  SchedulesSettings,
  WorkerSettings,
} from './settings.js';
import { TEMPORAL_TABLE } from './temporal-table.js';

const { server, worker, ingest, retry, schedule } = TEMPORAL_TABLE.members;

/** The settings of the embedded server. `database` is as in the file: relative to the project. */
export function serverSettings(file?: TemporalFile['server']): EmbeddedServerSettings {
  const { port, ui_port, database, history_days } = withDefaults(server, file);
  return { port, uiPort: ui_port, database, historyDays: history_days };
}

/** The worker settings without `deployment` and `allow`, which depend on the environment and the project. */
export function workerSettings(file?: TemporalFile['worker']): WorkerSettings {
  const given = withDefaults(worker, file);
  return {
    maxConcurrentActivities: given.max_concurrent_activities,
    activityTaskPollers: given.activity_task_pollers,
    // A smaller cache lowers the default; a larger number in the file is rejected by its check.
    maxConcurrentWorkflowTasks: Math.min(given.max_concurrent_workflow_tasks, given.max_cached_workflows),
    workflowTaskPollers: given.workflow_task_pollers,
    maxCachedWorkflows: given.max_cached_workflows,
    threads: given.threads,
    shutdownGraceSeconds: given.shutdown_grace_seconds,
    storageTimeoutSeconds: given.storage_timeout_seconds,
  };
}

/** How work is split. Sizes are in bytes. */
export function ingestSettings(file?: TemporalFile['ingest']): IngestSettings {
  const given = withDefaults(ingest, file);
  return {
    batchBytes: given.batch_size,
    batchFiles: given.batch_files,
    chunkBytes: given.chunk_size,
    groupBatches: given.group_batches,
    daysInFlight: given.days_in_flight,
    batchesInFlight: given.batches_in_flight,
    concurrentReads: given.concurrent_reads,
    maxFileBytes: given.max_file_size,
  };
}

/** The share of rejected records at which a run pauses. */
export function maxRejectRate(file?: TemporalFile['ingest']): number {
  return withDefaults(ingest, file).max_reject_rate;
}

/** How long failed work is retried. */
export function retrySettings(file?: TemporalFile['retry']): RetrySettings {
  const given = withDefaults(retry, file);
  return {
    heartbeatTimeoutSeconds: given.heartbeat_timeout_seconds,
    maximumIntervalSeconds: given.maximum_interval_seconds,
    giveUpAfterHours: given.give_up_after_hours,
  };
}

/** The schedules; `deep` is absent if it is disabled. */
export function schedulesSettings(file?: TemporalFile['schedule']): SchedulesSettings {
  const given = withDefaults(schedule, file);
  const deep = withDefaults(schedule.members.deep, given.deep?.section);
  const [hour, minute] = deep.at.split(':').map(Number);
  return {
    recent: { rhythm: rhythmOf(given.every, given.at), lookBackDays: given.look_back_days },
    deep:
      given.deep?.on === false
        ? undefined
        : { rhythm: { every: 'week', weekday: deep.weekday, hour, minute }, lookBackDays: deep.look_back_days },
    timeZone: given.time_zone,
    jitterSeconds: given.jitter_seconds,
    catchUpDays: given.catch_up_days,
  };
}
