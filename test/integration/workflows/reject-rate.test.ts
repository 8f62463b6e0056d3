/** A run whose records are rejected pauses by itself, on a real server, and nothing is lost. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
/** A batch a file, a commit for each two. */
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

  /** Starts a backfill of the range with the source of a transform. */
  async function start(source: string, maxRejectRate: number) {
    const path = join(harness.directory, 'transform.js');
    mkdirSync(harness.directory, { recursive: true });
    writeFileSync(path, source);
    const tables = defaultTables(harness.source).map((table) => ({ ...table, transform: freezeTransform(path) }));
    await harness.startWorker();
    return harness.backfill({ ...RANGE, maxRejectRate }, SMALL, undefined, tables);
  }

  const pausedMemo = async (id: string) => (await harness.client.workflow.getHandle(id).describe()).memo as PausedMemo;

  it('pauses with its reason once there are enough records; resumed, it goes on to the end, and every record is a reject', async () => {
    const handle = await start('module.exports = () => { throw new Error("typo"); };', 0.05);
    await until(
      async () => (await handle.query(backfillStatusQuery)).control.paused,
      () => 'it has not paused',
    );
    const { control, totals } = await handle.query(backfillStatusQuery);
    const reason =
      '100 % of 800 records were rejected; ingest.max_reject_rate allows 5 %. Mostly transform_error: typo';
    expect(control.pausedReason).toBe(reason);
    expect(await pausedMemo(handle.workflowId)).toMatchObject({ paused: { reason } });
    expect(totals).toMatchObject({ files: FILES, events: 0, rejects: FILES * RECORDS });
    await handle.executeUpdate(resumeUpdate);
    // Everything is rejected as before, which is known: it does not pause again.
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

  it('does not pause for a share that is allowed, nor where nothing is left to do', async () => {
    const each = 'let n = 0; module.exports = () => { if (n++ % 10 === 0) throw new Error("typo"); };';
    const handle = await start(each, 0.1);
    expect(await handle.result()).toMatchObject({ totals: { rejects: (DAYS.length * FILES * RECORDS) / 10 } });
    expect((await pausedMemo(handle.workflowId)).paused ?? null).toBeNull();
  });
});
