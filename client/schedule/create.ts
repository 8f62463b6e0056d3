/** `trailmill schedule create`: as `apply`, but where there is a schedule already, nothing is changed. */
import type { Context } from '../session/context.js';
import { type ApplyOptions, apply } from './apply-command.js';

export function run(context: Context<ApplyOptions>): Promise<number> {
  return apply(context, { onlyNew: true });
}
