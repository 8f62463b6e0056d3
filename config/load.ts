/** Loads flags, environment and files into one {@link Settings} value, before anything runs. */
import { join, resolve } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { hideUser } from '../text/hide-secrets.js';
import { allowedFiles, readAllowed } from './allowed.js';
import { type ClusterOverrides, clusterFromEnv } from './client-env.js';
import { TEMPORAL_FILE } from './defaults.js';
import { ADDRESS, ADDRESS_ALLOWED, DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED } from './kinds.js';
import { readLogSource } from './log-source.js';
import { TEMPORAL_SHAPE, type TemporalFile } from './schema.js';
import { withDefaults } from './setting.js';
import type { ClusterSettings, Settings, WorkerSettings } from './settings.js';
import {
  ingestSettings,
  maxRejectRate,
  retrySettings,
  schedulesSettings,
  serverSettings,
  workerSettings,
} from './temporal-settings.js';
import { TEMPORAL_TABLE } from './temporal-table.js';
import { readYaml } from './yaml-file.js';

/** Settings from the command line; absent if not given. Relative paths are relative to the working directory. */
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

interface SettingsOptions {
  cwd: string;
  flags: SettingsFlags;
  env: NodeJS.ProcessEnv;
}

/**
 * Loads the settings and freezes them. Precedence: flags, `TEMPORAL_*`, Temporal's TOML profile, the files of the project,
 * defaults. The project is `flags.project`, otherwise `cwd`. Throws one `UserMistake` with all mistakes in all files.
 */
export function loadSettings({ cwd, flags, env }: SettingsOptions): Settings {
  const projectDir = resolve(cwd, flags.project ?? '.');
  const temporal = readYaml(join(projectDir, TEMPORAL_FILE), TEMPORAL_FILE, TEMPORAL_SHAPE);
  const allow = readAllowed(temporal, projectDir);
  const files = allowedFiles(projectDir, allow);
  const { source, name, warehouse, catalog, mistakes: sourceMistakes } = readLogSource(projectDir, cwd, flags, files);
  const mistakes = [...temporal.mistakes, ...sourceMistakes];
  if (mistakes.length > 0 || warehouse === undefined) throw manyMistakes(mistakes, projectDir);

  const file = temporal.value ?? {};
  const server = serverSettings(file.server);
  const deployment = deploymentOf(file.worker?.deployment, env);
  const settings: Settings = {
    projectDir,
    cluster: clusterSettings(flags, clusterFromEnv(env), file.temporal, projectDir),
    server: { ...server, database: resolve(projectDir, server.database) },
    worker: { ...workerSettings(file.worker), ...(deployment && { deployment }), ...(allow && { allow }) },
    ingest: ingestSettings(file.ingest),
    maxRejectRate: maxRejectRate(file.ingest),
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
  env: ClusterOverrides,
  section: TemporalFile['temporal'],
  projectDir: string,
): ClusterSettings {
  const file = withDefaults(TEMPORAL_TABLE.members.temporal, section);
  if (flags.address !== undefined && !ADDRESS.test(flags.address)) {
    throw new UserMistake(`--address is ${hideUser(JSON.stringify(flags.address))}.`, `Allowed: ${ADDRESS_ALLOWED}.`);
  }
  const address = flags.address ?? env.address ?? file.address;
  const apiKey = flags.apiKey ?? env.apiKey ?? file.api_key;
  const tls = flags.tls ?? env.tls ?? tlsOf(file.tls, projectDir);
  if (address === undefined && (apiKey !== undefined || tls)) {
    throw new UserMistake(
      `${apiKey !== undefined ? 'An API key' : 'TLS'} is set, but there is no Temporal address to use it with.`,
      'Set the address as well (--address, TEMPORAL_ADDRESS, or temporal.address in temporal.yaml), or unset it.',
    );
  }
  return {
    embedded: address === undefined,
    address: address ?? '',
    namespace: flags.namespace ?? env.namespace ?? file.namespace,
    taskQueue: flags.taskQueue ?? file.task_queue,
    uiUrl: address === undefined ? undefined : (file.ui_url?.replace(/\/+$/, '') ?? cloudUi(address)),
    tls,
    apiKey,
    metadata: env.metadata,
  };
}

/** Temporal Cloud has one UI for all namespaces. */
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

/** The variables are the ones that Temporal's worker controller for Kubernetes sets. */
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

function manyMistakes(mistakes: string[], projectDir: string): UserMistake {
  const count = mistakes.length === 1 ? 'an error' : `${mistakes.length} errors`;
  return new UserMistake(
    `The configuration in ${projectDir} has ${count}:\n${mistakes.map((line) => `  ${line}`).join('\n')}\n`,
    'Correct the lines above; nothing was started.',
  );
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner);
  return Object.freeze(value);
}
