/** Who wants to count the requests to S3 listens here. The store does not know whether anybody does. */
import { channel } from 'node:diagnostics_channel';
import { errorFactsOf } from './facts.js';
import { isThrottled } from './retry.js';

/** One try of one request. */
export interface S3Request {
  bucket: string;
  /** In S3's words: `GetObject`. */
  operation: string;
  /** `answered`: also with a no (not found, a condition that does not hold, access denied). `failed`: no answer, or a 5xx. */
  outcome: 'answered' | 'throttled' | 'failed';
}

const REQUESTS = channel('trailmill:s3-request');

/** Calls back for each try of a request of this process, until the returned function is called. */
export function onS3Request(listener: (request: S3Request) => void): () => void {
  const heard = (message: unknown): void => listener(message as S3Request);
  REQUESTS.subscribe(heard);
  return () => REQUESTS.unsubscribe(heard);
}

/** Sends, and tells how it went; not of a request that its caller has given up. */
export async function observed<T>(
  bucket: string,
  command: object,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  if (!REQUESTS.hasSubscribers) return send();
  const tell = (outcome: S3Request['outcome']): void => {
    const operation = command.constructor.name.replace(/Command$/, '');
    REQUESTS.publish({ bucket, operation, outcome } satisfies S3Request);
  };
  try {
    const answer = await send();
    tell('answered');
    return answer;
  } catch (error) {
    if (!signal?.aborted) tell(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): S3Request['outcome'] {
  if (isThrottled(error)) return 'throttled';
  return (errorFactsOf(error).status ?? 500) < 500 ? 'answered' : 'failed';
}
