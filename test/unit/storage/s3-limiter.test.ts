/** How many requests are in flight, and how a busy store changes that. */
import { AdaptiveLimiter } from '../../../storage/s3/limiter';

class Busy extends Error {}
const isBusy = (error: unknown) => error instanceof Busy;

/** Requests that end on demand. */
function requests(limiter: AdaptiveLimiter) {
  const open: { succeed(): void; fail(error: Error): void }[] = [];
  const start = (signal?: AbortSignal): Promise<void> =>
    limiter.run(
      signal,
      () => new Promise<void>((resolve, reject) => open.push({ succeed: resolve, fail: reject })),
      isBusy,
    );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { open, start, settled };
}

describe('the limiter', () => {
  it('admits up to the limit, and the others in the order of arrival', async () => {
    const { open, start, settled } = requests(new AdaptiveLimiter(2));
    const order: number[] = [];
    const all = [0, 1, 2, 3].map((i) => start().then(() => order.push(i)));
    await settled();
    expect(open).toHaveLength(2);
    for (let i = 0; i < 4; i++) {
      open[i].succeed();
      await settled();
    }
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('halves the limit, once for all requests that started before', async () => {
    const limiter = new AdaptiveLimiter(64);
    const { open, start, settled } = requests(limiter);
    const all = Array.from({ length: 16 }, () => start().catch(() => {}));
    await settled();
    for (const { fail } of open) fail(new Busy());
    await Promise.all(all);
    expect(limiter.current).toBe(8);

    const again = start().catch(() => {});
    await settled();
    open[16].fail(new Busy());
    await again;
    expect(limiter.current).toBe(1);
  });

  it('grows by one for each round of answers, and not beyond its initial value', async () => {
    const limiter = new AdaptiveLimiter(4);
    const busy = () => limiter.run(undefined, () => Promise.reject(new Busy()), isBusy).catch(() => {});
    const good = () => limiter.run(undefined, () => Promise.resolve(), isBusy);
    await busy();
    expect(limiter.current).toBe(1);
    await good();
    expect(limiter.current).toBe(2);
    await good();
    expect(limiter.current).toBe(2);
    for (let i = 0; i < 20; i++) await good();
    expect(limiter.current).toBe(4);
  });

  it('does not count other failures, and gives their slots back', async () => {
    const limiter = new AdaptiveLimiter(1);
    const bad = () => limiter.run(undefined, () => Promise.reject(new Error('no')), isBusy);
    await expect(bad()).rejects.toThrow('no');
    await expect(bad()).rejects.toThrow('no');
    expect(limiter.current).toBe(1);
  });

  it('rejects a waiting caller that aborts, with the reason', async () => {
    const { open, start, settled } = requests(new AdaptiveLimiter(1));
    const first = start();
    const caller = new AbortController();
    const second = start(caller.signal);
    const third = start();
    const reason = new Error('enough');
    caller.abort(reason);
    await expect(second).rejects.toBe(reason);
    open[0].succeed();
    await first;
    await settled();
    expect(open).toHaveLength(2);
    open[1].succeed();
    await third;
    await expect(start(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
