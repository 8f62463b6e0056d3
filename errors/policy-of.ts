/** What is done about an error that was thrown. */
import { TrailmillError } from './classes.js';
import type { QuarantineCode } from './file-codes.js';
import { type ErrorPolicy, POLICY } from './policy.js';

/** The policy for any thrown value; `undefined` for one that is not ours. */
export function policyOf(error: unknown): ErrorPolicy | undefined {
  return error instanceof TrailmillError ? POLICY[error.name] : undefined;
}

/** The code that a file of the bucket is set aside with after an error while it was read; `undefined` where it is not. */
export function quarantineCodeOf(error: unknown): QuarantineCode | undefined {
  const code = policyOf(error)?.quarantine;
  return code === 'by its reason' ? (error as TrailmillError & { reason: QuarantineCode }).reason : code;
}
