/** A run whose records are rejected pauses by itself, on a real server, and nothing is lost. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { defaultTables } from '../../../cloudtrail/tables';
import { freezeTransform } from '../../../ingest/transforms/modules';
import { backfillStatusQuery, type PausedMemo, resumeUpdate } from '../../../protocol/messages';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
const RANGE = { from: DAYS[0], to: DAYS[2] };
const FILES = 4;
const RECORDS = 400;
/** One batch per file, one commit per two batches. */
const SMALL = { batchFiles: 1, groupBatches: 2, daysInFlight: 1, batchesInFlight: 1 };

describeWithTemporal('a run whose transform is wrong', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (const day of DAYS)
      for (let i = 0; i < FILES; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(RECORDS, `${day}T1${i}:00:00Z`)));
  });
  afterEach(() => harness.close());

  /** The tables, with a transform that has this source code. */
  function tablesWith(source: string) {
    const path = join(harness.directory, 'transform.js');
    mkdirSync(harness.directory, { recursive: true });
    writeFileSync(path, source);
    return defaultTables(harness.source).map((table) => ({ ...table, transform: freezeTransform(path) }));
  }

  async function start(source: string, maxRejectRate: number) {
    await harness.startWorker();
    return harness.backfill({ ...RANGE, maxRejectRate }, SMALL, undefined, tablesWith(source));
  }

  const paused = (handle: WorkflowHandle): Promise<void> =>
    until(
      async () => (await handle.query(backfillStatusQuery)).control.paused,
      () => 'it has not paused',
    );

  const pausedMemo = async (id: string) => (await harness.client.workflow.getHandle(id).describe()).memo as PausedMemo;

  it('pauses with the reason after enough records; resumed, it runs to the end, and every record is rejected', async () => {
    const handle = await start('module.exports = () => { throw new Error("typo"); };', 0.05);
    await paused(handle);
    const { control, totals } = await handle.query(backfillStatusQuery);
    const reason =
      '100 % of 800 records were rejected; ingest.max_reject_rate allows 5 %. Mostly transform_error: Error: typo';
    expect(control.pausedReason).toBe(reason);
    expect(await pausedMemo(handle.workflowId)).toMatchObject({ paused: { reason } });
    expect(totals).toMatchObject({ events: 0, rejects: totals.files * RECORDS });
    expect(totals.rejectedFor).toMatchObject([{ code: 'transform_error', records: totals.rejects }]);
    await handle.executeUpdate(resumeUpdate);
    // Everything is rejected as before, which is already known: it does not pause again.
    const result = await handle.result();
    const all = DAYS.length * FILES;
    expect(result).toMatchObject({
      days: { done: 3, failed: 0 },
      totals: { files: all, events: 0, rejects: all * RECORDS },
    });
    const rejects = await rowsOfTable(harness, 'rejects');
    expect(rejects).toHaveLength(all * RECORDS);
    expect(new Set(rejects.map(({ reason: code }) => code))).toEqual(new Set(['transform_error']));
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(all);
  });

  it('does not pause if the share is allowed, or if nothing remains to be done', async () => {
    const each = 'let n = 0; module.exports = () => { if (n++ % 10 === 0) throw new Error("typo"); };';
    const handle = await start(each, 0.1);
    expect(await handle.result()).toMatchObject({ totals: { rejects: (DAYS.length * FILES * RECORDS) / 10 } });
    expect((await pausedMemo(handle.workflowId)).paused ?? null).toBeNull();
  });

  it('pauses with the reason when it is scheduled; cancelled, it leaves the rest to the next run', async () => {
    const today = new Date().toISOString().slice(0, 10);
    for (let i = 0; i < FILES; i++)
      await harness.bucket.put(trailKey(`t${i}`, { day: today }), trailFile(records(RECORDS, `${today}T00:0${i}:00Z`)));
    const tables = tablesWith('module.exports = () => { throw new Error("typo"); };');
    const { from, to, ...input } = await harness.input({ ...RANGE, maxRejectRate: 0.05 }, SMALL, undefined, tables);
    await harness.startWorker();
    const handle = await harness.client.workflow.start('scheduledIngest', {
      workflowId: `scheduled-ingest/${harness.source}`,
      taskQueue: harness.taskQueue,
      args: [{ ...input, lookBackDays: 1 }],
    });
    await paused(handle);
    const { totals, control } = await handle.query(backfillStatusQuery);
    expect(control.pausedReason).toContain('Mostly transform_error: Error: typo');
    expect(totals.files).toBeLessThan(FILES);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect((await rowsOfTable(harness, 'ledger')).length).toBe(totals.files);
  });
});
