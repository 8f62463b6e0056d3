/**
 * Limits the concurrent requests to a bucket. S3 returns SlowDown when a prefix gets more requests than it can handle; a client
 * that keeps the same concurrency, however long it backs off between attempts, keeps the prefix overloaded. So the limit is
 * halved, and grows by one for every `limit` successful responses (additive increase, multiplicative decrease, as in TCP).
 */

/** The outcome of a request, reported when it ends. */
export type Outcome = 'done' | 'throttled' | 'failed';

interface Waiter {
  admit(): void;
}

/** Limits the requests in flight, and adapts the limit to the server's responses. */
export class AdaptiveLimiter {
  private limit: number;
  private active = 0;
  private readonly waiting = new Set<Waiter>();
  /**
   * Number of times the limit was halved. Throttling of a request that started before the last cut does not cause another one.
   */
  private cuts = 0;

  constructor(private readonly max: number) {
    this.limit = max;
  }

  /** The current limit. */
  get current(): number {
    return Math.floor(this.limit);
  }

  /** Runs `call` when the limit allows it. If `signal` is aborted while waiting, rejects with its reason. */
  async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>, isThrottling: (error: unknown) => boolean) {
    await this.admission(signal);
    const cuts = this.cuts;
    let outcome: Outcome = 'failed';
    try {
      const result: T = await call();
      outcome = 'done';
      return result;
    } catch (error) {
      if (isThrottling(error)) outcome = 'throttled';
      throw error;
    } finally {
      this.leave(outcome, cuts);
    }
  }

  private admission(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.waiting.size === 0 && this.active < this.current) {
      this.active++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.delete(waiter);
        reject(signal?.reason);
      };
      const waiter = {
        admit(): void {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.waiting.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  private leave(outcome: Outcome, cutsAtStart: number): void {
    if (outcome === 'throttled' && cutsAtStart === this.cuts) {
      this.cuts++;
      this.limit = Math.max(1, Math.floor(Math.min(this.limit, this.active) / 2));
    } else if (outcome === 'done') {
      this.limit = Math.min(this.max, this.limit + 1 / this.limit);
    }
    this.active--;
    for (const waiter of this.waiting) {
      if (this.active >= this.current) break;
      this.waiting.delete(waiter);
      this.active++;
      waiter.admit();
    }
  }
}
