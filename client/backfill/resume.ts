/** `trailmill backfill resume ID`: goes on after a pause. */
import { resumeUpdate } from '../../protocol/messages.js';
import type { Context } from '../session/context.js';
import { control } from './control.js';

export function run(context: Context): Promise<number> {
  return control(context, (handle) => handle.executeUpdate(resumeUpdate));
}
