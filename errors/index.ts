/** Every error that Trailmill throws on purpose, and the one table that says what happens after it. docs/errors.md is made of it. */
import { TrailmillError } from './classes.js';
import type { QuarantineCode } from './file-codes.js';
import { type ErrorPolicy, POLICY } from './policy.js';

export * from './classes.js';
export * from './file-codes.js';
export * from './policy.js';

/** One line for a person: the message and, where there is one, the cure. */
export function describeError(error: unknown): string {
  if (error instanceof TrailmillError) return error.cure ? `${error.message} ${error.cure}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** The policy for any thrown value; `undefined` for one that is not ours. */
export function policyOf(error: unknown): ErrorPolicy | undefined {
  return error instanceof TrailmillError ? POLICY[error.name] : undefined;
}

/** The code that a file of the bucket is set aside with after an error while it was read; `undefined` where it is not. */
export function quarantineCodeOf(error: unknown): QuarantineCode | undefined {
  const code = policyOf(error)?.quarantine;
  return code === 'by its reason' ? (error as TrailmillError & { reason: QuarantineCode }).reason : code;
}

/** The `code` of a system error, such as `ENOENT`; `undefined` where it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  // Not `instanceof Error`: under jest, Node's own errors come from another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
