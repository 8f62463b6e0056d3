/** Converts errors to Temporal failures. The error table in errors/ decides what is retried. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { describeError, MAX_DEFECT_ATTEMPTS, policyOf } from '../errors/index.js';
import { printableLines } from '../text/printable.js';

/**
 * Maximum sizes in bytes. If the failure of an activity attempt exceeds 4 KiB (limit.mutableStateActivityFailureSize), the
 * server replaces it with "Failure exceeds size limit.".
 */
const MAX_BYTES = { message: 1_500, cause: 300, stack: 1_000 };

/**
 * Returns the failure that the workflow receives. Its type is the error's class name, and its message is for users. After a
 * cancellation, and for Temporal's own failures, returns the error itself.
 */
export function activityFailure(error: unknown, attempt: number, cancelled: boolean): unknown {
  if (cancelled || error instanceof TemporalFailure) return error;
  const policy = policyOf(error);
  const failure = ApplicationFailure.create({
    message: truncate(printableLines(describeError(error)), MAX_BYTES.message),
    type: error instanceof Error ? error.name : 'Error',
    nonRetryable: policy === undefined ? attempt >= MAX_DEFECT_ATTEMPTS : policy.action !== 'retry',
    cause: error instanceof Error ? withoutCauses(error) : undefined,
  });
  // Its own stack only shows this function.
  failure.stack = '';
  return failure;
}

/** Copies the error with its original stack. Causes are left out because the failure's message includes them. */
function withoutCauses({ name, message, stack = '' }: Error): Error {
  const error = new Error(truncate(message, MAX_BYTES.cause));
  error.name = name;
  error.stack = truncate(stack.slice(stack.indexOf('\n    at ') + 1), MAX_BYTES.stack);
  return error;
}

function truncate(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  return `${all
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}

/** Wraps an activity so that its errors go through {@link activityFailure}. */
export function withFailures<Input, Output>(
  activity: (input: Input, signal: AbortSignal) => Promise<Output>,
  signalOf: () => AbortSignal,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const signal = signalOf();
    try {
      return await activity(input, signal);
    } catch (error) {
      throw activityFailure(error, activityInfo().attempt, signal.aborted);
    }
  };
}
