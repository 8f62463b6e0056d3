/** Storage calls with bounded concurrency. */

/** Like `Promise.all`, but waits for all calls even if one fails, so that none is still running when the error is caught. */
export async function allSettledOrThrow<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/** Yields the results in order, with at most `limit` calls in flight ahead of the consumer. */
export async function* readAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  call: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const ahead: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = call(item);
      // It is awaited later, in order; until then a rejection must not crash the process.
      result.catch(() => {});
      ahead.push(result);
      if (ahead.length >= limit) yield ahead.shift() as Promise<R>;
    }
    while (ahead.length > 0) yield ahead.shift() as Promise<R>;
  } finally {
    await Promise.allSettled(ahead);
  }
}

/**
 * Maps items to results in order, with at most `limit` calls in flight. Starts no more calls after the first error, and throws
 * it.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next++;
      try {
        results[index] = await call(items[index], index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
