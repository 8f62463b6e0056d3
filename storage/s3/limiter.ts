/**
 * How many requests of a bucket are under way. S3 says SlowDown when a prefix gets more than it can take just now; a client that
 * keeps sending as many at once, however long it waits between its tries, keeps it overloaded. So the number is halved, and grows
 * again by one for as many answers as are under way (additive increase, multiplicative decrease, as TCP does it).
 */

/** A slot is given back with what came of it. */
export type Outcome = 'done' | 'throttled' | 'failed';

interface Waiter {
  admit(): void;
}

/** Limits the requests in flight, adapting to the answers of the server. */
export class AdaptiveLimiter {
  private limit: number;
  private active = 0;
  private readonly waiting = new Set<Waiter>();
  /** Counts the cuts: what began before the last one says nothing about what is under way now. */
  private cuts = 0;

  constructor(private readonly most: number) {
    this.limit = most;
  }

  /** At most so many at once, at the moment. */
  get current(): number {
    return Math.floor(this.limit);
  }

  /** Runs `call` when there is room. A cancelled `signal` ends the waiting with its reason. */
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
      this.limit = Math.min(this.most, this.limit + 1 / this.limit);
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
