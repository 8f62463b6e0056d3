/**
 * All errors that Trailmill throws deliberately, and the table that defines how each is handled. docs/errors.md is generated
 * from it.
 */
import { TrailmillError } from './classes.js';
import type { QuarantineCode } from './file-codes.js';
import { type ErrorPolicy, POLICY } from './policy.js';

export * from './classes.js';
export * from './file-codes.js';
export * from './integrity-codes.js';
export * from './policy.js';

/** One line for the user: the message, plus the cure if there is one. */
export function describeError(error: unknown): string {
  if (error instanceof TrailmillError) return error.cure ? `${error.message} ${error.cure}` : error.message;
  return error instanceof Error ? error.message : String(error);
}

/** The policy for a thrown value; `undefined` if it is not a {@link TrailmillError}. */
export function policyOf(error: unknown): ErrorPolicy | undefined {
  return error instanceof TrailmillError ? POLICY[error.name] : undefined;
}

/**
 * The code that a bucket file is quarantined with if reading it failed with `error`; `undefined` if the error does not
 * quarantine files.
 */
export function quarantineCodeOf(error: unknown): QuarantineCode | undefined {
  const code = policyOf(error)?.quarantine;
  return code === 'by reason' ? (error as TrailmillError & { reason: QuarantineCode }).reason : code;
}

/** The `code` of a system error, such as `ENOENT`; `undefined` if it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  // Not `instanceof Error`: under jest, Node's own errors come from another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
