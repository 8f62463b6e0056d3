/** Every error that Trailmill throws on purpose, and the one table that says what happens after it. docs/errors.md is made of it. */
import { TrailmillError } from './classes.js';

export * from './classes.js';
export * from './file-codes.js';
export * from './policy.js';
export * from './policy-of.js';
export * from './system-code.js';

/** One line for a person: the message and, where there is one, the cure. */
export function describeError(error: unknown): string {
  if (error instanceof TrailmillError) return error.cure ? `${error.message} ${error.cure}` : error.message;
  return error instanceof Error ? error.message : String(error);
}
