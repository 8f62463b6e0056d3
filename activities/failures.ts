/** The one seam where errors become Temporal failures: the error table of errors/ decides what is tried again. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { describeError, policyOf, TRIES_OF_A_DEFECT } from '../errors/index.js';

/** The failure that the workflow sees: its type is the error's class name, its message is for a person. */
export function failureOf(error: unknown, attempt: number, cancelled: boolean): unknown {
  if (cancelled || error instanceof TemporalFailure) return error;
  const policy = policyOf(error);
  return ApplicationFailure.create({
    message: describeError(error),
    type: error instanceof Error ? error.name : 'Error',
    nonRetryable: policy === undefined ? attempt >= TRIES_OF_A_DEFECT : policy.action !== 'retry',
    cause: error instanceof Error ? error : undefined,
  });
}

/** Wraps an activity so that what it throws goes through {@link failureOf}. */
export function withFailures<Input, Output>(
  activity: (input: Input, signal: AbortSignal) => Promise<Output>,
  signalOf: () => AbortSignal,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const signal = signalOf();
    try {
      return await activity(input, signal);
    } catch (error) {
      throw failureOf(error, activityInfo().attempt, signal.aborted);
    }
  };
}
