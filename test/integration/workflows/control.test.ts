/** Pausing, resuming, cancelling and changing the window of a running backfill, on a real server. */
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { ingestDayId } from '../../../protocol/ids';
import {
  backfillStatusQuery,
  changeWindowUpdate,
  dayStatusQuery,
  pauseUpdate,
  resumeUpdate,
} from '../../../protocol/messages';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held, hasActed, swell, untilIdle } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
const RANGE = { from: DAYS[0], to: DAYS[2] };
const FILES = 5;
/** One batch per file, one commit per two batches. */
const SMALL = { batchFiles: 1, groupBatches: 2, daysInFlight: 1, batchesInFlight: 1 };
/** Milliseconds: what "within seconds" means on a busy machine. */
const SECONDS = 10_000;

describeWithTemporal('a running backfill', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (const day of DAYS)
      for (let i = 0; i < FILES; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(2, `${day}T1${i}:00:00Z`)));
  });
  afterEach(() => harness.close());

  const dayOf = (index: number) => harness.client.workflow.getHandle(ingestDayId(harness.source, DAYS[index]));
  const holdReads = (): Held => new Held(harness, harness.bucket, 'get', (key) => key.endsWith('.json.gz'));

  /** Expects every event of the bucket once, and every file in the ledger. */
  async function expectAll(): Promise<void> {
    const events = (await rowsOfTable(harness, 'default')).map((row) => (row.event as { id: string }).id);
    expect(new Set(events).size).toBe(DAYS.length * FILES * 2);
    expect(events).toHaveLength(DAYS.length * FILES * 2);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(DAYS.length * FILES);
  }

  const runIdOf = async (id: string) => (await harness.client.workflow.getHandle(id).describe()).runId;

  it('pauses within seconds: work in progress finishes, nothing new begins; once resumed, it ingests everything', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, { ...SMALL, groupBatches: 3, batchesInFlight: 2, daysInFlight: 2 });
    await reads.untilWaiting(4);
    const asked = Date.now();
    const state = await handle.executeUpdate(pauseUpdate, { args: ['the disk is full'] });
    expect(state).toEqual({ paused: true, pausedReason: 'the disk is full', daysInFlight: 2, batchesInFlight: 2 });
    const paused = async () => (await dayOf(0).query(dayStatusQuery)).control.paused;
    await until(paused, () => 'the day has not heard of it');
    expect(Date.now() - asked).toBeLessThan(SECONDS);
    // Pausing again is not an error, and does not change the reason.
    expect(await handle.executeUpdate(pauseUpdate, { args: ['lunch'] })).toEqual(state);

    reads.releaseAll();
    await untilIdle(harness, dayOf(0).workflowId);
    await untilIdle(harness, dayOf(1).workflowId);
    const { days, control, planned, totals } = await handle.query(backfillStatusQuery);
    expect(control).toEqual(state);
    expect(days).toEqual({ total: 3, done: 0, failed: 0, running: [DAYS[0], DAYS[1]], waiting: [] });
    // Two of the three batches in the first group have ended, and the third has not begun.
    await untilBatches(0, 2);
    expect([planned.files, totals.files]).toEqual([2 * FILES, 0]);
    expect(await rowsOfTable(harness, 'ledger')).toEqual([]);
    await expect(dayOf(2).describe()).rejects.toThrow(/not found/i);

    expect(await handle.executeUpdate(resumeUpdate)).toEqual({ paused: false, daysInFlight: 2, batchesInFlight: 2 });
    expect(await handle.executeUpdate(resumeUpdate)).toMatchObject({ paused: false });
    expect((await handle.result()).totals).toMatchObject({ files: DAYS.length * FILES });
    await expectAll();
  });

  it('stays paused when another worker takes over, and when it continues as new', async () => {
    const listing = new Held(harness, harness.bucket, 'list', (prefix) => prefix === 'AWSLogs/');
    const worker = await harness.startWorker();
    const handle = await harness.backfill(RANGE, SMALL);
    await listing.untilWaiting(1);
    await handle.executeUpdate(pauseUpdate, { args: ['a night'] });
    await handle.executeUpdate(changeWindowUpdate, { args: [{ daysInFlight: 3 }] });
    await swell(harness, handle.workflowId);
    const before = await runIdOf(handle.workflowId);
    listing.releaseAll();
    await until(
      async () => (await runIdOf(handle.workflowId)) !== before,
      () => 'it has not continued as new',
    );
    await untilIdle(harness, handle.workflowId);
    await worker.stop();

    await harness.startWorker();
    const present = harness.client.workflow.getHandle(handle.workflowId);
    const { control, days } = await present.query(backfillStatusQuery);
    expect(control).toEqual({ paused: true, pausedReason: 'a night', daysInFlight: 3, batchesInFlight: 1 });
    expect(days).toMatchObject({ done: 0, running: [] });
    expect((await present.describe()).memo).toMatchObject({ paused: { reason: 'a night' } });
    await present.executeUpdate(resumeUpdate);
    await handle.result();
    expect((await present.describe()).memo?.paused).toBeUndefined();
    await expectAll();
  });

  it('stays paused in a day that continues as new between two commits', async () => {
    const commits = new Held(harness, harness.warehouse, 'put', (key) => key.endsWith('commit-000000.json'));
    await harness.startWorker();
    const handle = await harness.backfill({ from: DAYS[0], to: DAYS[0] }, SMALL);
    await commits.untilWaiting(1);
    await handle.executeUpdate(pauseUpdate, { args: [undefined] });
    await until(
      async () => (await dayOf(0).query(dayStatusQuery)).control.paused,
      () => 'the day has not heard of it',
    );
    await swell(harness, dayOf(0).workflowId);
    const before = await runIdOf(dayOf(0).workflowId);
    commits.releaseAll();
    await until(
      async () => (await runIdOf(dayOf(0).workflowId)) !== before,
      () => 'it has not continued as new',
    );
    await untilIdle(harness, dayOf(0).workflowId);
    expect(await dayOf(0).query(dayStatusQuery)).toEqual({
      day: DAYS[0],
      planned: { files: FILES, bytes: expect.any(Number) },
      totals: expect.objectContaining({ files: 2 }),
      control: { paused: true, batchesInFlight: 1 },
    });
    // The day that continued as new is also notified of later updates.
    await handle.executeUpdate(resumeUpdate);
    expect((await handle.result()).totals).toMatchObject({ files: FILES });
  });

  it('commits nothing while it is paused, even if all batches of a group have ended', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill({ from: DAYS[0], to: DAYS[0] }, { ...SMALL, batchesInFlight: 2 });
    await reads.untilWaiting(2);
    await handle.executeUpdate(pauseUpdate, { args: [undefined] });
    reads.releaseAll();
    await untilBatches(0, 2);
    await untilIdle(harness, dayOf(0).workflowId);
    expect(await rowsOfTable(harness, 'ledger')).toEqual([]);
    await handle.executeUpdate(resumeUpdate);
    expect((await handle.result()).totals).toMatchObject({ files: FILES });
  });

  it('applies a new window without a restart, whether larger or smaller', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, { ...SMALL, groupBatches: 8 });
    const window = (change: object) => handle.executeUpdate(changeWindowUpdate, { args: [change] });
    await reads.untilWaiting(1);
    await untilIdle(harness, handle.workflowId);
    expect(await window({ batchesInFlight: 4 })).toEqual({ paused: false, daysInFlight: 1, batchesInFlight: 4 });
    await reads.untilWaiting(4);
    // A day that begins later uses it from the start.
    await window({ daysInFlight: 2 });
    await reads.untilWaiting(8);
    expect(new Set(reads.keys().map((key) => key.split('/').slice(4, 7).join('-')))).toEqual(new Set(DAYS.slice(0, 2)));

    await window({ daysInFlight: 1, batchesInFlight: 1 });
    await until(
      async () => (await dayOf(1).query(dayStatusQuery)).control.batchesInFlight === 1,
      () => 'the day has not heard of it',
    );
    // Three of the four batches of each day end: the window allows only the remaining one.
    for (let i = 0; i < 3; i++) for (const day of DAYS.slice(0, 2)) reads.releaseOf(day);
    await untilBatches(0, 3);
    await untilBatches(1, 3);
    expect(reads.keys()).toHaveLength(2);
    reads.releaseAll();
    await handle.result();
    await expectAll();
  });

  /** Resolves when this many batches of a day have ended, and the workflow has acted on it. */
  async function untilBatches(day: number, count: number): Promise<void> {
    const ended = async (): Promise<boolean> => {
      const { events } = await dayOf(day).fetchHistory();
      const done = events?.filter(({ activityTaskCompletedEventAttributes: of }) => of).length ?? 0;
      // The plan is one more activity.
      return done === count + 1 && hasActed(events ?? []);
    };
    await until(ended, () => `not ${count} batches`);
  }

  it('rejects an invalid update, says why, and continues as before', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, SMALL);
    await reads.untilWaiting(1);
    const refusal = (update: string, ...args: unknown[]) =>
      handle.executeUpdate<unknown, [unknown]>(update, { args: args as [unknown] }).then(
        () => 'accepted',
        (error: WorkflowUpdateFailedError) => error.cause?.message,
      );
    expect(await refusal('pause', { reason: 'lunch' })).toMatch(/The reason for a pause must be a string/);
    expect(await refusal('changeWindow')).toMatch(/A window must be an object/);
    expect(await refusal('changeWindow', {})).toMatch(/There is nothing to change/);
    expect(await refusal('changeWindow', { days: 3 })).toMatch(/A window has no property "days"/);
    expect(await refusal('changeWindow', { daysInFlight: 101 })).toMatch(/an integer from 1 to 100, not 101/);
    expect(await refusal('changeWindow', { daysInFlight: 3, batchesInFlight: 0 })).toMatch(/from 1 to 500, not 0/);
    const { control } = await handle.query(backfillStatusQuery);
    expect(control).toEqual({ paused: false, daysInFlight: 1, batchesInFlight: 1 });
    reads.releaseAll();
    await handle.result();
  });

  it('is cancelled within seconds while it is paused, and its range can be started again', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, SMALL);
    await reads.untilWaiting(1);
    await handle.executeUpdate(pauseUpdate, { args: ['for good'] });
    reads.releaseAll();
    await untilIdle(harness, dayOf(0).workflowId);
    const asked = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(Date.now() - asked).toBeLessThan(SECONDS);
    expect([await handle.describe(), await dayOf(0).describe()].map(({ status }) => status.name)).toEqual([
      'CANCELLED',
      'CANCELLED',
    ]);
    await (await harness.backfill(RANGE)).result();
    await expectAll();
  });

  it('reports a day that was cancelled separately, and ingests the others', async () => {
    const reads = holdReads();
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, SMALL);
    await reads.untilWaiting(1);
    await dayOf(0).cancel();
    await until(
      async () => (await dayOf(0).describe()).status.name === 'CANCELLED',
      () => 'the day goes on',
    );
    reads.releaseAll();
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/1 of 3 days failed\. 2024-03-05: /) },
    });
    expect(await handle.query(backfillStatusQuery)).toMatchObject({ days: { done: 2, failed: 1 } });
  });
});
