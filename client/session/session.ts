/** A connected client, for commands that talk to a server. */
import { Client } from '@temporalio/client';
import { type Cluster, connect } from '../../cluster/cluster.js';
import type { Settings } from '../../config/settings.js';

/** A worker answers a query within a second; without one, the server waits until this deadline of the caller. */
export const QUERY_TIMEOUT_MS = 4_000;

/** A connection with the namespace to use. */
export type NamespaceConnection = Pick<Cluster, 'connection' | 'namespace'>;

/** A connection to the cluster and a client of its namespace. */
export interface ClusterSession {
  cluster: Cluster;
  client: Client;
}

/** Connects, does the work, and closes the connection. */
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

/** The URL of a workflow in the web UI, of its newest run or of `runId`; `null` if the UI is not known. */
export function workflowUrl(cluster: Pick<Cluster, 'uiUrl' | 'namespace'>, id: string, runId?: string): string | null {
  return pageUrl(cluster, 'workflows', id, ...(runId === undefined ? [] : [runId]));
}

/** The URL of a list in the web UI; `null` if the UI is not known. */
export function listUrl(cluster: Pick<Cluster, 'uiUrl' | 'namespace'>, list: 'workflows' | 'schedules'): string | null {
  return pageUrl(cluster, list);
}

/** The URL of a schedule in the web UI; `null` if the UI is not known. */
export function scheduleUrl(cluster: Pick<Cluster, 'uiUrl' | 'namespace'>, id: string): string | null {
  return pageUrl(cluster, 'schedules', id);
}

function pageUrl({ uiUrl, namespace }: Pick<Cluster, 'uiUrl' | 'namespace'>, ...path: string[]): string | null {
  if (uiUrl === undefined) return null;
  return [uiUrl, 'namespaces', ...[namespace, ...path].map(encodeURIComponent)].join('/');
}
