/** `trailmill schedule delete`: nothing is started any more; a run under way goes on, and the tables stay. */
import type { Context, GlobalOptions } from '../session/context.js';
import { changeSchedules } from './change.js';

export function run(context: Context<GlobalOptions>): Promise<number> {
  return changeSchedules(context, 'deleted', (handle) => handle.delete());
}
