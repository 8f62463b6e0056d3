/** `trailmill backfill resume ID`: goes on after a pause. */
import { resumeUpdate } from '../../workflows/messages.js';
import type { Context } from '../context.js';
import { control } from '../control-backfill.js';

export function run(context: Context): Promise<number> {
  return control(context, (handle) => handle.executeUpdate(resumeUpdate));
}
