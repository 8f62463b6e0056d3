/** Publishes S3 requests on a diagnostics channel, for metrics. */
import { channel } from 'node:diagnostics_channel';
import { errorFactsOf } from './facts.js';
import { isThrottled } from './retry.js';

/** One attempt of a request. */
export interface S3Request {
  bucket: string;
  /** S3's name of the operation: `GetObject`. */
  operation: string;
  /** `answered` includes 4xx responses (not found, precondition failed, access denied). `failed`: no response, or a 5xx. */
  outcome: 'answered' | 'throttled' | 'failed';
}

const REQUESTS = channel('trailmill:s3-request');

/** Calls `listener` for each attempt of a request in this process, until the returned function is called. */
export function onS3Request(listener: (request: S3Request) => void): () => void {
  const onMessage = (message: unknown): void => listener(message as S3Request);
  REQUESTS.subscribe(onMessage);
  return () => REQUESTS.unsubscribe(onMessage);
}

/** Sends a command and publishes the outcome, except for a failed request that its caller has aborted. */
export async function observed<T>(
  bucket: string,
  command: object,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  if (!REQUESTS.hasSubscribers) return send();
  const publish = (outcome: S3Request['outcome']): void => {
    const operation = command.constructor.name.replace(/Command$/, '');
    REQUESTS.publish({ bucket, operation, outcome } satisfies S3Request);
  };
  try {
    const response = await send();
    publish('answered');
    return response;
  } catch (error) {
    if (!signal?.aborted) publish(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): S3Request['outcome'] {
  if (isThrottled(error)) return 'throttled';
  return (errorFactsOf(error).status ?? 500) < 500 ? 'answered' : 'failed';
}
