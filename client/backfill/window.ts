/** `trailmill backfill window ID`: how much a running backfill works on at once. */
import { UserMistake } from '../../errors/index.js';
import type { WindowChange } from '../../protocol/control.js';
import { changeWindowUpdate } from '../../protocol/messages.js';
import type { Context, GlobalOptions } from '../session/context.js';
import { control } from './control.js';

export interface WindowOptions extends GlobalOptions {
  days?: number;
  batches?: number;
}

export async function run(context: Context<WindowOptions>): Promise<number> {
  const { days, batches } = context.options;
  const change: WindowChange = {
    ...(days === undefined ? {} : { daysInFlight: days }),
    ...(batches === undefined ? {} : { batchesInFlight: batches }),
  };
  if (Object.keys(change).length === 0) {
    throw new UserMistake('There is nothing to change.', 'Give --days, --batches or both, for example --days 4.');
  }
  return control(context, (handle) => handle.executeUpdate(changeWindowUpdate, { args: [change] }));
}
