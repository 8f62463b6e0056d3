/** Runs the server and the worker for this process: shared by `dev`, `worker` and `demo`. */
import type { NativeConnection } from '@temporalio/worker';
import { type Cluster, connect, connectWorker } from '../../cluster/cluster.js';
import { allowedFiles } from '../../config/allowed.js';
import type { Settings } from '../../config/settings.js';
import type { Accepted } from '../../run/accepted.js';
import { type EmbeddedServer, startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { type RunningWorker, startWorker } from '../../worker/run-worker.js';
import { withSession } from '../session/session.js';
import { register } from '../setup/search-attributes.js';
import { WorkFailed } from '../terminal/failure.js';
import { aborted, unlessAborted } from '../terminal/io.js';

/** A Temporal server that this process runs. */
export interface HostedServer {
  server: EmbeddedServer;
  /** The given settings, with the address of the server. */
  settings: Settings;
}

/** Finds or installs the server binary, starts it for the project, and registers the search attributes. */
export async function hostServer(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<HostedServer> {
  // Building it can take minutes, during which Ctrl-C must work.
  const binary = await unlessAborted(findServerBinary({ env, log }), signal);
  const { projectDir, cluster, server: wanted } = settings;
  const server = await startEmbeddedServer({ binary, projectDir, ...wanted, namespace: cluster.namespace, log });
  const { address, uiUrl } = server;
  const hosted = { ...settings, cluster: { ...cluster, embedded: true, address, uiUrl } };
  try {
    await withSession(hosted, (session) => register(session.cluster));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { server, settings: hosted };
}

/** What a worker with these settings accepts. */
function acceptedBy({ projectDir, warehouse, catalog, worker: { allow } }: Settings): Accepted {
  return {
    warehouses: [warehouse, ...(allow?.warehouses ?? [])],
    catalog,
    files: allowedFiles(projectDir, allow),
  };
}

/** A worker that runs in this process. */
export interface HostedWorker {
  cluster: Cluster;
  worker: RunningWorker;
  /** Drains the worker, then closes its connections. */
  stop(): Promise<void>;
}

/** Starts a worker in this process, on the cluster of the settings. */
export async function hostWorker(settings: Settings): Promise<HostedWorker> {
  const cluster = await connect(settings);
  let native: NativeConnection | undefined;
  try {
    native = await connectWorker(cluster);
    const { namespace, taskQueue } = cluster;
    const worker = await startWorker({
      connection: native,
      namespace,
      taskQueue,
      settings: settings.worker,
      accepted: acceptedBy(settings),
      tracing: cluster.tracing,
      project: { source: settings.name, namespace: settings.catalog.namespace },
    });
    const close = (): Promise<unknown> =>
      Promise.allSettled([native?.close(), cluster.connection.close(), cluster.tracing?.flush()]);
    return {
      cluster,
      worker,
      async stop() {
        try {
          await worker.stop();
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await Promise.allSettled([native?.close(), cluster.connection.close()]);
    throw error;
  }
}

/** Resolves at Ctrl-C; throws if the worker or the server ends before that. */
export async function untilStopped(signal: AbortSignal, worker: RunningWorker, server?: EmbeddedServer): Promise<void> {
  const brokenWorker = worker.ended.then(() => {
    if (!signal.aborted)
      throw new WorkFailed('The worker stopped unexpectedly.', 'Start it again; work continues where it stopped.');
  });
  const brokenServer = server?.ended.then((how) => {
    if (!signal.aborted) {
      throw new WorkFailed(
        `The Temporal server ${how}.`,
        'See .trailmill/temporal-server.log; no finished work is lost.',
      );
    }
  });
  // After the signal, both end as requested: that is not a failure.
  brokenWorker.catch(() => {});
  brokenServer?.catch(() => {});
  await Promise.race([aborted(signal), brokenWorker, ...(brokenServer === undefined ? [] : [brokenServer])]);
}
