/** The one seam where errors become Temporal failures: the error table of errors/ decides what is tried again. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { describeError, MAX_DEFECT_ATTEMPTS, policyOf } from '../errors/index.js';
import { printableLines } from '../text/printable.js';

/**
 * Bytes. For a failed activity attempt of more than 4 KiB (limit.mutableStateActivityFailureSize) the server shows
 * "Failure exceeds size limit." instead.
 */
const MOST = { message: 1_500, cause: 300, stack: 1_000 };

/** The failure that the workflow sees: its type is the error's class name, its message is for a person. */
export function activityFailure(error: unknown, attempt: number, cancelled: boolean): unknown {
  if (cancelled || error instanceof TemporalFailure) return error;
  const policy = policyOf(error);
  const failure = ApplicationFailure.create({
    message: cut(printableLines(describeError(error)), MOST.message),
    type: error instanceof Error ? error.name : 'Error',
    nonRetryable: policy === undefined ? attempt >= MAX_DEFECT_ATTEMPTS : policy.action !== 'retry',
    cause: error instanceof Error ? withoutCauses(error) : undefined,
  });
  // Its own stack says only that it was made here.
  failure.stack = '';
  return failure;
}

/** The error with the stack of where it was thrown. The message already has the causes. */
function withoutCauses({ name, message, stack = '' }: Error): Error {
  const error = new Error(cut(message, MOST.cause));
  error.name = name;
  error.stack = cut(stack.slice(stack.indexOf('\n    at ') + 1), MOST.stack);
  return error;
}

function cut(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  return `${all
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}

/** Wraps an activity so that what it throws goes through {@link activityFailure}. */
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
