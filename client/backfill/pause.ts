/** `trailmill backfill pause ID`: nothing new is begun until it is resumed. */
import { UserMistake } from '../../errors/index.js';
import { pauseMistake } from '../../protocol/control.js';
import { pauseUpdate } from '../../protocol/messages.js';
import type { Context, GlobalOptions } from '../session/context.js';
import { control } from './control.js';

export interface PauseOptions extends GlobalOptions {
  reason?: string;
}

export async function run(context: Context<PauseOptions>): Promise<number> {
  const { reason } = context.options;
  const mistake = pauseMistake(reason);
  if (mistake !== undefined)
    throw new UserMistake(mistake, "Say it in a few words, for example --reason 'the disk is full'.");
  return control(context, (handle) => handle.executeUpdate(pauseUpdate, { args: [reason] }));
}
