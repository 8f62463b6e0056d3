/** `trailmill worker`: one more process that does the work, on the project's server or on any cluster. */
import type { Settings } from '../../config/settings.js';
import { installLogging } from '../../worker/logging.js';
import type { Context } from '../context.js';
import { EXIT } from '../failure.js';
import { hostWorker, untilStopped } from '../host.js';
import { withInterrupt } from '../io.js';
import { renderRunning } from '../render/running.js';
import { settingsFor } from '../session.js';

export function run(context: Context): Promise<number> {
  return runWorker(context, settingsFor(context));
}

/** Works until Ctrl-C, then lets running activities finish within the configured grace. */
export async function runWorker({ io, output }: Context, settings: Settings): Promise<number> {
  installLogging('WARN');
  const stopping = (): void => output.note('\nStopping: the worker finishes what it holds. Ctrl-C again to force it.');
  return withInterrupt(
    io,
    async (signal) => {
      const hosted = await hostWorker(settings);
      try {
        const { address, namespace, taskQueue, uiUrl } = hosted.cluster;
        output.value({ address, namespace, taskQueue, uiUrl: uiUrl ?? null });
        output.say(renderRunning(hosted.cluster, {}));
        await untilStopped(signal, hosted.worker);
      } finally {
        await hosted.stop();
      }
      return EXIT.ok;
    },
    stopping,
  );
}
