/** SettingsFlags, environment and files become the one {@link Settings} value, before anything runs. */
import { join, resolve } from 'node:path';
import { hideUser } from '../errors/hide-secrets.js';
import { UserMistake } from '../errors/index.js';
import { allowedFiles, readAllowed } from './allowed.js';
import { type ClusterWish, clusterFromEnv } from './client-env.js';
import * as defaults from './defaults.js';
import { readLogSource } from './log-source.js';
import { rhythmOf } from './rhythm.js';
import {
  ADDRESS,
  ADDRESS_ALLOWED,
  DEPLOYMENT_NAME,
  DEPLOYMENT_NAME_ALLOWED,
  TEMPORAL,
  type TemporalFile,
} from './schema.js';
import type {
  ClusterSettings,
  IngestSettings,
  RetrySettings,
  ScheduleSettings,
  SchedulesSettings,
  Settings,
  WorkerSettings,
} from './settings.js';
import { readYaml } from './yaml-file.js';

/** What a command line may say; absent is "not said". Relative paths start at the working directory. */
export interface SettingsFlags {
  project?: string;
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
  address?: string;
  namespace?: string;
  taskQueue?: string;
  tls?: boolean;
  apiKey?: string;
}

export interface SettingsOptions {
  cwd: string;
  flags: SettingsFlags;
  env: NodeJS.ProcessEnv;
}

/**
 * Precedence: flags, `TEMPORAL_*`, Temporal's TOML profile, the files of the project, defaults. The project is
 * `flags.project`, else `cwd`. Throws one `UserMistake` with every mistake in all files.
 */
export function loadSettings({ cwd, flags, env }: SettingsOptions): Settings {
  const projectDir = resolve(cwd, flags.project ?? '.');
  const temporal = readYaml(join(projectDir, defaults.TEMPORAL_FILE), defaults.TEMPORAL_FILE, TEMPORAL);
  const allow = readAllowed(temporal, projectDir);
  const files = allowedFiles(projectDir, allow);
  const { source, name, warehouse, catalog, mistakes: ofSource } = readLogSource(projectDir, cwd, flags, files);
  const mistakes = [...temporal.mistakes, ...ofSource];
  if (mistakes.length > 0 || warehouse === undefined) throw manyMistakes(mistakes, projectDir);

  const file = temporal.value ?? {};
  const { database = defaults.SERVER.database } = file.server ?? {};
  const settings: Settings = {
    projectDir,
    cluster: clusterSettings(flags, clusterFromEnv(env), file.temporal, projectDir),
    server: {
      port: file.server?.port ?? defaults.SERVER.port,
      uiPort: file.server?.ui_port ?? defaults.SERVER.uiPort,
      database: resolve(projectDir, database),
    },
    worker: { ...workerSettings(file.worker, env), ...(allow && { allow }) },
    ingest: ingestSettings(file.ingest),
    retry: retrySettings(file.retry),
    schedules: schedulesSettings(file.schedule),
    name,
    catalog,
    warehouse,
    source,
  };
  return freeze(settings);
}

function clusterSettings(
  flags: SettingsFlags,
  env: ClusterWish,
  file: TemporalFile['temporal'] = {},
  projectDir: string,
): ClusterSettings {
  if (flags.address !== undefined && !ADDRESS.test(flags.address)) {
    throw new UserMistake(`--address is ${hideUser(JSON.stringify(flags.address))}.`, `Allowed: ${ADDRESS_ALLOWED}.`);
  }
  const address = flags.address ?? env.address ?? file.address;
  const apiKey = flags.apiKey ?? env.apiKey ?? file.api_key;
  const tls = flags.tls ?? env.tls ?? tlsOf(file.tls, projectDir);
  if (address === undefined && (apiKey !== undefined || tls)) {
    throw new UserMistake(
      `${apiKey !== undefined ? 'An API key' : 'TLS'} is set, but no Temporal address to use it with.`,
      'Set the address too (--address, TEMPORAL_ADDRESS, or temporal.address in temporal.yaml), or unset it.',
    );
  }
  return {
    embedded: address === undefined,
    address: address ?? '',
    namespace: flags.namespace ?? env.namespace ?? file.namespace ?? defaults.DEFAULT_NAMESPACE,
    taskQueue: flags.taskQueue ?? file.task_queue ?? defaults.DEFAULT_TASK_QUEUE,
    uiUrl: address === undefined ? undefined : (file.ui_url?.replace(/\/+$/, '') ?? cloudUi(address)),
    tls,
    apiKey,
    metadata: env.metadata,
  };
}

/** Temporal Cloud has one UI for all its namespaces. */
function cloudUi(address: string): string | undefined {
  return /\.(tmprl\.cloud|temporal\.io):\d+$/.test(address) ? 'https://cloud.temporal.io' : undefined;
}

function tlsOf(given: NonNullable<TemporalFile['temporal']>['tls'], projectDir: string): ClusterSettings['tls'] {
  if (!given?.on || !given.section) return given?.on;
  const { server_name, server_root_ca_file, client_cert_file, client_key_file } = given.section;
  const pem = (path?: string) => (path === undefined ? undefined : { path: resolve(projectDir, path) });
  return {
    serverName: server_name,
    serverRootCa: pem(server_root_ca_file),
    clientCert: pem(client_cert_file),
    clientKey: pem(client_key_file),
  };
}

function workerSettings(file: TemporalFile['worker'] = {}, env: NodeJS.ProcessEnv): WorkerSettings {
  const deployment = deploymentOf(file.deployment, env);
  const maxCachedWorkflows = file.max_cached_workflows ?? defaults.WORKER.maxCachedWorkflows;
  return {
    maxConcurrentActivities: file.max_concurrent_activities ?? defaults.WORKER.maxConcurrentActivities,
    activityTaskPollers: file.activity_task_pollers ?? defaults.WORKER.activityTaskPollers,
    maxConcurrentWorkflowTasks:
      file.max_concurrent_workflow_tasks ?? Math.min(defaults.WORKER.maxConcurrentWorkflowTasks, maxCachedWorkflows),
    workflowTaskPollers: file.workflow_task_pollers ?? defaults.WORKER.workflowTaskPollers,
    maxCachedWorkflows,
    threads: file.threads ?? defaults.WORKER.threads,
    shutdownGraceSeconds: file.shutdown_grace_seconds ?? defaults.WORKER.shutdownGraceSeconds,
    storageTimeoutSeconds: file.storage_timeout_seconds ?? defaults.WORKER.storageTimeoutSeconds,
    ...(deployment && { deployment }),
  };
}

/** The variables are those that Temporal's worker controller for Kubernetes sets. */
function deploymentOf(file: string | undefined, env: NodeJS.ProcessEnv): WorkerSettings['deployment'] {
  const name = env.TEMPORAL_DEPLOYMENT_NAME || file;
  const buildId = env.TEMPORAL_WORKER_BUILD_ID || undefined;
  if (name === undefined) return undefined;
  if (!DEPLOYMENT_NAME.test(name)) {
    throw new UserMistake(
      `TEMPORAL_DEPLOYMENT_NAME is ${JSON.stringify(name)}.`,
      `Allowed: ${DEPLOYMENT_NAME_ALLOWED}.`,
    );
  }
  return { name, buildId };
}

function retrySettings(file: TemporalFile['retry'] = {}): RetrySettings {
  return {
    heartbeatTimeoutSeconds: file.heartbeat_timeout_seconds ?? defaults.RETRY.heartbeatTimeoutSeconds,
    maximumIntervalSeconds: file.maximum_interval_seconds ?? defaults.RETRY.maximumIntervalSeconds,
    giveUpAfterHours: file.give_up_after_hours ?? defaults.RETRY.giveUpAfterHours,
  };
}

function schedulesSettings(file: TemporalFile['schedule'] = {}): SchedulesSettings {
  const { every, at, timeZone, jitterSeconds, lookBackDays, deep, catchUpDays } = defaults.SCHEDULE;
  return {
    recent: {
      rhythm: rhythmOf(file.every ?? every, file.at ?? at),
      lookBackDays: file.look_back_days ?? lookBackDays,
    },
    deep: file.deep?.on === false ? undefined : deepSettings(file.deep?.section, deep),
    timeZone: file.time_zone ?? timeZone,
    jitterSeconds: file.jitter_seconds ?? jitterSeconds,
    catchUpDays: file.catch_up_days ?? catchUpDays,
  };
}

function deepSettings(
  file: NonNullable<NonNullable<TemporalFile['schedule']>['deep']>['section'] = {},
  { weekday, at, lookBackDays }: typeof defaults.SCHEDULE.deep,
): ScheduleSettings {
  const [hour, minute] = (file.at ?? at).split(':').map(Number);
  return {
    rhythm: { every: 'week', weekday: file.weekday ?? weekday, hour, minute },
    lookBackDays: file.look_back_days ?? lookBackDays,
  };
}

function ingestSettings(file: TemporalFile['ingest'] = {}): IngestSettings {
  return {
    batchBytes: file.batch_size ?? defaults.INGEST.batchBytes,
    batchFiles: file.batch_files ?? defaults.INGEST.batchFiles,
    chunkBytes: file.chunk_size ?? defaults.INGEST.chunkBytes,
    groupBatches: file.group_batches ?? defaults.INGEST.groupBatches,
    daysInFlight: file.days_in_flight ?? defaults.INGEST.daysInFlight,
    batchesInFlight: file.batches_in_flight ?? defaults.INGEST.batchesInFlight,
    concurrentReads: file.concurrent_reads ?? defaults.INGEST.concurrentReads,
    maxFileBytes: file.max_file_size ?? defaults.INGEST.maxFileBytes,
  };
}

function manyMistakes(mistakes: string[], projectDir: string): UserMistake {
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  return new UserMistake(
    `The configuration in ${projectDir} has ${count}:\n${mistakes.map((line) => `  ${line}`).join('\n')}\n`,
    'Correct the lines above; nothing was started.',
  );
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
