/** Several runs that need the same days: backfills of overlapping ranges, a schedule, and writers that no run waits for. */
import { ApplicationFailure } from '@temporalio/common';
import { StorageAccessDenied } from '../../../errors/index';
import { ingestDayId } from '../../../protocol/ids';
import { backfillStatusQuery, dayStatusQuery, PLAN_OUTDATED, pauseUpdate } from '../../../protocol/messages';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held, swell } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08'];
const FIRST = { from: DAYS[0], to: DAYS[2] };
const SECOND = { from: DAYS[1], to: DAYS[3] };
const FILES = 4;
const SMALL = { batchFiles: 1, groupBatches: 2, daysInFlight: 2, batchesInFlight: 2 };
/** Milliseconds: what "within seconds" means on a busy machine. */
const SECONDS = 10_000;

describeWithTemporal('concurrent runs', () => {
  const harnesses: Harness[] = [];
  async function newHarness(): Promise<Harness> {
    const harness = await startHarness(temporalAddress());
    harnesses.push(harness);
    for (const day of DAYS)
      for (let i = 0; i < FILES; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(2, `${day}T1${i}:00:00Z`)));
    return harness;
  }
  afterEach(async () => {
    await Promise.all(harnesses.splice(0).map((harness) => harness.close()));
  });

  const dayOf = ({ client, source }: Harness, index: number) =>
    client.workflow.getHandle(ingestDayId(source, DAYS[index]));
  const holdDay = (harness: Harness, index: number): Held =>
    new Held(harness, harness.bucket, 'get', (key) => key.includes(`/${DAYS[index].replaceAll('-', '/')}/`));

  /** What the tables contain, except what identifies the run: every event with all columns, and each file's status. */
  async function contents(harness: Harness): Promise<unknown> {
    const events = (await rowsOfTable(harness, 'default')).map((row) => JSON.stringify(row));
    const files = (await rowsOfTable(harness, 'ledger')).map(({ key, etag, status, records: rows }) =>
      JSON.stringify([key, etag, status, rows]),
    );
    const plain = (lines: string[]) => lines.map((line) => line.replaceAll(harness.directory, '')).sort();
    return { events: plain(events), files: plain(files) };
  }

  it('overlapping ranges wait for each other day by day, and produce the same tables as one run after the other', async () => {
    const [together, after] = [await newHarness(), await newHarness()];
    const held = holdDay(together, 1);
    await Promise.all([together.startWorker(), after.startWorker()]);
    const first = await together.backfill(FIRST, SMALL);
    await held.untilWaiting(2);
    const second = await together.backfill(SECOND, SMALL);
    const { days } = await (async () => {
      const status = () => second.query(backfillStatusQuery);
      await until(
        async () => (await status()).days.waiting.length > 0,
        () => 'nothing waits',
      );
      await until(
        async () => (await status()).days.done > 0,
        () => 'no other day is done meanwhile',
      );
      return status();
    })();
    expect(days).toMatchObject({ waiting: expect.arrayContaining([DAYS[1]]), failed: 0 });
    expect(days.running).not.toContain(DAYS[1]);
    // However long it waits: when its history has grown, it continues as new, and leaves the day to the new run.
    const runId = async () => (await together.client.workflow.getHandle(second.workflowId).describe()).runId;
    const before = await runId();
    await swell(together, second.workflowId);
    await until(
      async () => (await runId()) !== before,
      () => 'it has not continued as new',
    );
    held.releaseAll();
    const totals = await Promise.all([first.result(), second.result()]);
    expect(totals[0].totals.files + totals[1].totals.files).toBe(DAYS.length * FILES);

    for (const range of [FIRST, SECOND]) await (await after.backfill(range, SMALL)).result();
    const found = await contents(together);
    expect(found).toEqual(await contents(after));
    expect(found).toMatchObject({
      events: { length: DAYS.length * FILES * 2 },
      files: { length: DAYS.length * FILES },
    });
  });

  it('a backfill that waits for a day ends at once when cancelled, and the run that works on the day continues', async () => {
    const harness = await newHarness();
    const held = holdDay(harness, 1);
    await harness.startWorker();
    const one = { from: DAYS[1], to: DAYS[1] };
    const first = await harness.backfill(one, SMALL);
    await held.untilWaiting(2);
    const second = await harness.backfill({ from: DAYS[1], to: DAYS[2] }, { ...SMALL, daysInFlight: 1 });
    const waiting = async () => (await second.query(backfillStatusQuery)).days.waiting.length === 1;
    await until(waiting, () => 'nothing waits');
    // While it is paused, it does not even check.
    await second.executeUpdate(pauseUpdate, { args: [undefined] });
    const asked = Date.now();
    await second.cancel();
    await expect(second.result()).rejects.toThrow();
    expect(Date.now() - asked).toBeLessThan(SECONDS);
    expect((await second.describe()).status.name).toBe('CANCELLED');
    held.releaseAll();
    expect((await first.result()).totals).toMatchObject({ files: FILES });
  });

  it('a schedule and a backfill ingest a day one after the other, and every event is in the table once', async () => {
    const harness = await newHarness();
    const { client, source, taskQueue } = harness;
    const held = holdDay(harness, 1);
    await harness.startWorker();
    const first = await harness.backfill(FIRST, SMALL);
    await held.untilWaiting(2);
    const schedule = await client.schedule.create({
      scheduleId: `nightly-${source}`,
      // It never starts by itself in this test: it is triggered.
      spec: {},
      action: {
        type: 'startWorkflow',
        workflowType: 'backfill',
        workflowId: `backfill/${source}/nightly`,
        args: [await harness.input(SECOND, SMALL)],
        taskQueue,
      },
    });
    try {
      await schedule.trigger();
      const started = async () => (await schedule.describe()).info.recentActions[0]?.action.workflow.workflowId;
      await until(
        async () => (await started()) !== undefined,
        () => 'the schedule starts nothing',
      );
      const second = client.workflow.getHandle((await started()) as string);
      const waiting = async () => (await second.query(backfillStatusQuery)).days.waiting.includes(DAYS[1]);
      await until(waiting, () => 'the schedule does not wait for the backfill');
      held.releaseAll();
      await Promise.all([first.result(), second.result()]);
    } finally {
      await schedule.delete();
    }
    const events = (await rowsOfTable(harness, 'default')).map((row) => (row.event as { id: string }).id);
    expect(events).toHaveLength(DAYS.length * FILES * 2);
    expect(new Set(events).size).toBe(events.length);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(DAYS.length * FILES);
  });

  it('a day whose plan is outdated is planned again: what was committed stays, what failed is tried again', async () => {
    const harness = await newHarness();
    const { bucket, warehouse, stores } = harness;
    // One of the second group's two files cannot be read at first; then its commit finds that others have committed.
    let denied = 0;
    const get: typeof bucket.get = (key, options) => {
      if (key.includes('_f3.') && denied++ === 0) throw new StorageAccessDenied(`Not allowed to read ${key}.`);
      return bucket.get(key, options);
    };
    const plans: string[] = [];
    const put: typeof warehouse.put = async (key, body, options) => {
      if (key.endsWith('/commit-000001.json')) {
        plans.push(key);
        throw ApplicationFailure.nonRetryable('Others have committed files of the day.', PLAN_OUTDATED);
      }
      return warehouse.put(key, body, options);
    };
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { get }));
    stores.set(warehouse.uri, Object.assign(Object.create(warehouse), { put }));
    await harness.startWorker();
    const handle = await harness.backfill({ from: DAYS[0], to: DAYS[0] }, SMALL);
    const result = await handle.result();
    expect([denied > 1, plans.length]).toEqual([true, 1]);
    expect(result).toMatchObject({ days: { done: 1, failed: 0 }, totals: { files: FILES, events: FILES * 2 } });
    const day = await dayOf(harness, 0).query(dayStatusQuery);
    expect([day.planned.files, day.totals.files]).toEqual([FILES, FILES]);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(FILES);
    expect(await rowsOfTable(harness, 'default')).toHaveLength(FILES * 2);
  });
});
