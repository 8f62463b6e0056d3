/** `trailmill dev`: a server and a worker that stay until Ctrl-C. */
import { installLogging } from '../../worker/logging.js';
import type { Context } from '../context.js';
import { EXIT } from '../failure.js';
import { type HostedServer, type HostedWorker, hostServer, hostWorker, untilStopped } from '../host.js';
import { INTERRUPTED, withInterrupt } from '../io.js';
import { renderRunning } from '../render/running.js';
import { settingsFor } from '../session.js';
import { runWorker } from './worker.js';

/** Starts both, says where they are, and stops them in the right order: the worker drains, then the server ends. */
export async function run(context: Context): Promise<number> {
  const { io, output } = context;
  const settings = settingsFor(context);
  if (!settings.cluster.embedded) {
    output.note(`A cluster is configured (${settings.cluster.address}): no server is started here, only a worker.`);
    return runWorker(context, settings);
  }
  installLogging('WARN');
  let hosted: HostedServer | undefined;
  let worker: HostedWorker | undefined;
  const stopping = (): void =>
    output.note('\nStopping: the worker finishes what it holds, then the server ends. Ctrl-C again to force it.');
  return withInterrupt(
    io,
    async (signal) => {
      try {
        hosted = await hostServer(settings, io.env, (line) => output.note(line), signal);
        if (!signal.aborted) {
          worker = await hostWorker(hosted.settings);
          const { cluster } = worker;
          output.value({ ...describe(cluster), serverPid: hosted.server.pid, database: settings.server.database });
          output.say(renderRunning(cluster, { database: settings.server.database }));
          await untilStopped(signal, worker.worker, hosted.server);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
        return INTERRUPTED;
      } finally {
        // The order matters: a worker that drains reports its results to the server.
        await worker?.stop().finally(() => hosted?.server.stop());
        await hosted?.server.stop();
      }
      output.note('Stopped. Work that was under way goes on at the next `trailmill dev`.');
      return EXIT.ok;
    },
    stopping,
  );
}

function describe(cluster: HostedWorker['cluster']): object {
  const { address, namespace, taskQueue, uiUrl } = cluster;
  return { address, namespace, taskQueue, uiUrl: uiUrl ?? null };
}
