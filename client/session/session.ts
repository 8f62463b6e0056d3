/** Settings and a connected client, for commands that talk to a server. */
import { Client } from '@temporalio/client';
import { type Cluster, connect } from '../../cluster/cluster.js';
import { loadSettings, type SettingsFlags } from '../../config/load.js';
import type { Settings } from '../../config/settings.js';
import type { CommandContext, GlobalOptions } from './context.js';

/** A connection to the cluster and a client of its namespace. */
export interface ClusterSession {
  cluster: Cluster;
  client: Client;
}

/** The project's settings, with the flags of the command line on top. */
export function settingsFor(context: CommandContext<GlobalOptions & SettingsFlags>): Settings {
  const { io, options } = context;
  const { project, address, namespace, taskQueue, tls, location, keyPrefix, warehouse } = options;
  const flags = { project, address, namespace, taskQueue, tls, location, keyPrefix, warehouse };
  return loadSettings({ cwd: io.cwd, env: io.env, flags });
}

/** Connects, does the work, and leaves nothing open behind it. */
export async function withSession<T>(settings: Settings, work: (session: ClusterSession) => Promise<T>): Promise<T> {
  const cluster = await connect(settings);
  try {
    return await work({ cluster, client: clientOf(cluster) });
  } finally {
    await Promise.all([cluster.connection.close(), cluster.tracing?.flush()]);
  }
}

/** A client of the cluster's namespace. */
export function clientOf(cluster: Cluster): Client {
  const { connection, namespace, tracing } = cluster;
  return new Client({ connection, namespace, interceptors: { workflow: tracing ? [tracing.client] : [] } });
}

/** The workflow's page in the web UI, where that is known: of its newest run, or of one of them. */
export function workflowUrl(cluster: Pick<Cluster, 'uiUrl' | 'namespace'>, id: string, runId?: string): string | null {
  return pageUrl(cluster, 'workflows', id, ...(runId === undefined ? [] : [runId]));
}

/** The same of a schedule. */
export function scheduleUrl(cluster: Pick<Cluster, 'uiUrl' | 'namespace'>, id: string): string | null {
  return pageUrl(cluster, 'schedules', id);
}

function pageUrl({ uiUrl, namespace }: Pick<Cluster, 'uiUrl' | 'namespace'>, ...path: string[]): string | null {
  if (uiUrl === undefined) return null;
  return [uiUrl, 'namespaces', ...[namespace, ...path].map(encodeURIComponent)].join('/');
}
