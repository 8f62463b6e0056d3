/** `trailmill dev`: a server and a worker that run until Ctrl-C. */
import type { CommandContext } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt } from '../terminal/io.js';
import { type HostedServer, type HostedWorker, hostServer, hostWorker, untilStopped } from './host.js';
import { renderRunning, renderStopping } from './render.js';
import { startTelemetry } from './telemetry.js';
import type { TelemetryOptions } from './telemetry-options.js';
import { runWorker } from './worker.js';

/** Starts both, prints their addresses, and stops them in order: the worker drains, then the server stops. */
export async function run(context: CommandContext<TelemetryOptions>): Promise<number> {
  const { io, output } = context;
  const settings = settingsFor(context);
  if (!settings.cluster.embedded) {
    output.note(`A cluster is configured (${settings.cluster.address}): no server is started here, only a worker.`);
    return runWorker(context, settings);
  }
  const telemetry = await startTelemetry(context);
  let hosted: HostedServer | undefined;
  let worker: HostedWorker | undefined;
  const stopping = (): void => {
    telemetry.readiness.stopping();
    output.note(renderStopping('dev', worker?.worker.underWay.list() ?? [], settings.worker.shutdownGraceSeconds));
  };
  return withInterrupt(
    io,
    async (signal) => {
      try {
        hosted = await hostServer(settings, io.env, (line) => output.note(line), signal);
        if (!signal.aborted) {
          worker = await hostWorker(hosted.settings);
          telemetry.readiness.started(worker);
          const { cluster } = worker;
          const { database } = settings.server;
          output.value({ ...describe(cluster), serverPid: hosted.server.pid, database, ...telemetry.addresses });
          output.say(renderRunning(cluster, { database, ...telemetry.addresses }));
          await untilStopped(signal, worker.worker, hosted.server);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
        return INTERRUPTED;
      } finally {
        // The order matters: a draining worker reports its results to the server.
        await worker?.stop().finally(() => hosted?.server.stop());
        await hosted?.server.stop();
      }
      output.note('Stopped. Unfinished work continues with the next `trailmill dev`.');
      return EXIT.ok;
    },
    stopping,
  ).finally(() => telemetry.close());
}

function describe(cluster: HostedWorker['cluster']): object {
  const { address, namespace, taskQueue, uiUrl } = cluster;
  return { address, namespace, taskQueue, uiUrl: uiUrl ?? null };
}
