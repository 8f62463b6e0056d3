/** `trailmill worker`: another worker process, on the project's server or on any cluster. */
import type { Settings } from '../../config/settings.js';
import type { CommandContext } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { withInterrupt } from '../terminal/io.js';
import { type HostedWorker, hostWorker, untilStopped } from './host.js';
import { renderRunning, renderStopped, renderStopping } from './render.js';
import { startTelemetry } from './telemetry.js';
import type { TelemetryOptions } from './telemetry-options.js';

/** Runs a worker until Ctrl-C. */
export function run(context: CommandContext<TelemetryOptions>): Promise<number> {
  return runWorker(context, settingsFor(context));
}

/** Runs until Ctrl-C, then lets running activities finish within the configured grace period. */
export async function runWorker(context: CommandContext<TelemetryOptions>, settings: Settings): Promise<number> {
  const { io, output } = context;
  const telemetry = await startTelemetry(context);
  let hosted: HostedWorker | undefined;
  const stopping = (): void => {
    telemetry.readiness.stopping();
    output.note(renderStopping('worker', hosted?.worker.underWay.list() ?? [], settings.worker.shutdownGraceSeconds));
  };
  const work = async (signal: AbortSignal): Promise<number> => {
    try {
      hosted = await hostWorker(settings);
      telemetry.readiness.started(hosted);
      const { address, namespace, taskQueue, uiUrl } = hosted.cluster;
      output.value({ address, namespace, taskQueue, uiUrl: uiUrl ?? null, ...telemetry.addresses });
      output.say(renderRunning(hosted.cluster, telemetry.addresses));
      await untilStopped(signal, hosted.worker);
    } finally {
      await hosted?.stop();
    }
    output.note(renderStopped(hosted.worker.underWay.interrupted));
    return EXIT.ok;
  };
  return withInterrupt(io, work, stopping).finally(() => telemetry.close());
}
