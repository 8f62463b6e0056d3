/** `trailmill schedule resume`: it goes on; what was due meanwhile is within the range of its next run. */
import type { Context, GlobalOptions } from '../session/context.js';
import { changeSchedules } from './change.js';

export function run(context: Context<GlobalOptions>): Promise<number> {
  return changeSchedules(context, 'resumed', async (handle) => {
    await handle.unpause('Resumed by trailmill schedule resume');
  });
}
