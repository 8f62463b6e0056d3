/** Which work goes first when one worker has more than it can handle: fresh days before old ones, and runs in turn. */
import { ingestDayId } from '../../../protocol/ids';
import { priorityOf } from '../../../protocol/priority';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { ACCOUNT, records, trailFile, trailKey } from '../../support/runs';
import { applied, comesDue, runAt, scheduleOf } from '../../support/schedules';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const [HUGE, SMALL] = ['2024-03-05', '2024-04-05'];
const MANY = 30;
/** `PENDING_ACTIVITY_STATE_SCHEDULED` of the protocol. */
const SCHEDULED = 1;
/** One file per batch, and all batches of a day are scheduled at once. */
const FLOOD = { batchFiles: 1, groupBatches: MANY, batchesInFlight: MANY };

describeWithTemporal('a worker that runs one activity at a time', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(async () => {
    await scheduleOf(harness)
      .delete()
      .catch(() => {});
    await harness.close();
  });

  const dayIn = (key: string): string => /(\d{4})\/(\d{2})\/(\d{2})\//.exec(key)?.slice(1).join('-') as string;

  async function fill(day: string, files: number, account = ACCOUNT): Promise<void> {
    for (let i = 0; i < files; i++)
      await harness.bucket.put(
        trailKey(`f${i}`, { day, account }),
        trailFile(records(1, `${day}T10:00:00Z`, {}, `${day}-${account}-${i}`)),
      );
  }

  /** Whether one of these workflows has an activity in the queue that no worker has taken. */
  async function isQueued(ids: string[]): Promise<boolean> {
    const descriptions = await Promise.all(
      ids.map((id) =>
        harness.client.workflow
          .getHandle(id)
          .describe()
          .catch(() => undefined),
      ),
    );
    return descriptions.some((one) => one?.raw.pendingActivities?.some(({ state }) => Number(state) === SCHEDULED));
  }

  /**
   * Starts the huge backfill, and `other` when it has filled the queue. A file of the huge day is read only when the other
   * run has something in the queue too, so the server has a choice each time. Returns how often it chose the huge one.
   */
  async function besideHuge(other: () => Promise<string>): Promise<number> {
    await fill(HUGE, MANY);
    await fill(SMALL, 3);
    const held = new Held(harness, harness.bucket, 'get', (key) => dayIn(key) === HUGE);
    await harness.startWorker({ maxConcurrentActivities: 1 });
    const huge = await harness.backfill({ from: HUGE, to: HUGE }, FLOOD);
    await held.untilWaiting(1);
    const id = await other();
    let done = false;
    const result = harness.client.workflow
      .getHandle(id)
      .result()
      .finally(() => {
        done = true;
      });
    let taken = 0;
    while (!done) {
      const choice = async () =>
        done || (held.keys().length === 1 && (await isQueued([id, ingestDayId(harness.source, SMALL)])));
      await until(choice, () => 'neither run goes on');
      if (done) break;
      held.release(1);
      taken++;
    }
    expect(await result).toMatchObject({ totals: { files: 3 } });
    held.releaseAll();
    expect((await huge.result()).totals.files).toBe(MANY);
    return taken;
  }

  it('takes turns between runs: a small one finishes long before a huge one that started first', async () => {
    const small = async () => (await harness.backfill({ from: SMALL, to: SMALL }, FLOOD)).workflowId;
    // The small run has seven activities. First come, first served would take all thirty of the huge run.
    expect(await besideHuge(small)).toBeLessThanOrEqual(2 * 7);
  });

  it('plans and commits a day before the waiting batches of another day', async () => {
    await fill(SMALL, 2);
    await harness.startWorker();
    const backfill = await harness.backfill({ from: SMALL, to: SMALL }, { batchFiles: 1 });
    await backfill.result();
    const day = harness.client.workflow.getHandle(ingestDayId(harness.source, SMALL));
    const { events } = await day.fetchHistory();
    const keys = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [[scheduled.activityType?.name, scheduled.priority?.priorityKey]] : [],
    );
    const ahead = Number(priorityOf('backfill', 'a run').priorityKey) - 1;
    // Activities without a key have that of their workflow.
    const inherited = undefined;
    const expected = [['planDay', ahead], ...[1, 2].map(() => ['ingestBatch', inherited]), ['commit', ahead]];
    expect(keys).toEqual(expected);
  });

  it('does the work of a schedule first, however much of a backfill is waiting', async () => {
    await applied(harness, '  jitter_seconds: 0\n  look_back_days: 0\n  deep: false\n');
    const moment = `${SMALL}T01:00:00Z`;
    const taken = await besideHuge(async () => {
      await comesDue(scheduleOf(harness), moment);
      return runAt(harness, moment).workflowId;
    });
    // Five activities, and each is taken next: the backfill gets a turn only while none of them is in the queue.
    expect(taken).toBeLessThanOrEqual(5);
    const { priority } = await runAt(harness, moment).describe();
    expect(priority?.priorityKey).toBeLessThan(Number(priorityOf('backfill', 'a run').priorityKey));
  });

  it('begins with the first files of each account of a day, not with all files of a huge account', async () => {
    const others = ['222222222222', '333333333333'];
    await fill(HUGE, 10);
    for (const account of others) await fill(HUGE, 2, account);
    const accounts: string[] = [];
    const { bucket, stores } = harness;
    const get: typeof bucket.get = (key, options) => {
      accounts.push(key.split('/')[1]);
      return bucket.get(key, options);
    };
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { get }));
    await harness.startWorker();
    const one = { batchFiles: 1, groupBatches: 3, batchesInFlight: 1 };
    const { totals } = await (await harness.backfill({ from: HUGE, to: HUGE }, one)).result();
    expect(totals.files).toBe(14);
    expect(accounts.slice(0, 6)).toEqual([ACCOUNT, ...others, ACCOUNT, ...others]);
  });
});
