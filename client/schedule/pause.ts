/** `trailmill schedule pause`: nothing is started until it is resumed; a run under way goes on. */
import type { Context, GlobalOptions } from '../session/context.js';
import { changeSchedules } from './change.js';

export interface PauseOptions extends GlobalOptions {
  reason?: string;
}

export function run(context: Context<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  return changeSchedules(context, 'paused', async (handle) => {
    await handle.pause(reason ?? 'Paused by trailmill schedule pause');
  });
}
