/** Many storage calls at once, but not too many. */

/** Waits for all of them, also when one has failed: no call is still running when the error is caught. Throws the first error. */
export async function settled<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/** The results in order, with at most `limit` calls in flight ahead of the consumer. */
export async function* readAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  call: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const ahead: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const answer = call(item);
      // It is awaited in its turn; until then a failure must not end the process.
      answer.catch(() => {});
      ahead.push(answer);
      if (ahead.length >= limit) yield ahead.shift() as Promise<R>;
    }
    while (ahead.length > 0) yield ahead.shift() as Promise<R>;
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** Maps in order with at most `limit` calls in flight; starts no more after the first error, and throws it. */
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
