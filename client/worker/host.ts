/** Running the server and the worker inside this process: what `dev`, `worker` and `demo` have in common. */
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
  /** The same settings, with the address that the server got. */
  settings: Settings;
}

/** Finds (or gets) the server's program and starts it for the project, with the search attributes registered. */
export async function hostServer(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<HostedServer> {
  // Building it can take minutes, and Ctrl-C must be heard meanwhile.
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

/** What a worker of these settings accepts. */
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

/** A worker in this process, on the cluster of the settings. */
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

/** Until Ctrl-C; throws when the worker or the server ends before that. */
export async function untilStopped(signal: AbortSignal, worker: RunningWorker, server?: EmbeddedServer): Promise<void> {
  const brokenWorker = worker.ended.then(() => {
    if (!signal.aborted)
      throw new WorkFailed('The worker stopped by itself.', 'Start it again; work goes on where it was.');
  });
  const brokenServer = server?.ended.then((how) => {
    if (!signal.aborted) {
      throw new WorkFailed(
        `The Temporal server ${how}.`,
        'See .trailmill/temporal-server.log; nothing that was done is lost.',
      );
    }
  });
  // Once the signal came, both end as asked: that is no failure.
  brokenWorker.catch(() => {});
  brokenServer?.catch(() => {});
  await Promise.race([aborted(signal), brokenWorker, ...(brokenServer === undefined ? [] : [brokenServer])]);
}
