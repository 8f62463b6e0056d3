/** What a backfill reports while it runs, and what it reports about files that earlier runs ingested. */
import { type BackfillStatus, backfillStatusQuery } from '../../../protocol/messages';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
const RANGE = { from: DAYS[0], to: DAYS[2] };
const FILES = 4;
const ALL = DAYS.length * FILES;
/** A commit for each file, one day after the other. */
const SMALL = { batchFiles: 1, groupBatches: 1, daysInFlight: 1, batchesInFlight: 1 };

describeWithTemporal('the progress of a backfill', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (const day of DAYS)
      for (let i = 0; i < FILES; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(2, `${day}T1${i}:00:00Z`)));
  });
  afterEach(() => harness.close());

  it('is a share of its days that never decreases, and says how many days are planned', async () => {
    const reads = new Held(harness, harness.bucket, 'get', (key) => key.includes('/2024/03/06/'));
    await harness.startWorker();
    const handle = await harness.backfill(RANGE, SMALL);
    await reads.untilWaiting(1);
    const seen: BackfillStatus[] = [];
    const read = async (): Promise<BackfillStatus> => {
      seen.push(await handle.query(backfillStatusQuery));
      return seen[seen.length - 1];
    };
    const held = await read();
    expect(held).toMatchObject({ discovered: true, planned: { files: 2 * FILES, days: 2 } });
    expect(held.share).toBeCloseTo(1 / 3);
    reads.releaseAll();
    await until(
      async () => (await read()).share === 1,
      () => JSON.stringify(seen[seen.length - 1]),
    );
    const shares = seen.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a = 0, b = 0) => a - b));
    expect(await handle.result()).not.toHaveProperty('known');
  });

  it('includes files that earlier runs ingested, even after the plan of an earlier run was continued', async () => {
    const reads = new Held(harness, harness.bucket, 'get', (key) => key.includes('/2024/03/06/') && key.includes('f2'));
    await harness.startWorker();
    const first = await harness.backfill({ from: DAYS[0], to: DAYS[0] }, SMALL);
    await first.result();
    const second = await harness.backfill(RANGE, SMALL);
    await reads.untilWaiting(1);
    expect(await second.query(backfillStatusQuery)).toMatchObject({ known: { ingested: FILES, other: 0 } });
    await second.terminate();
    reads.releaseAll();
    await until(
      async () =>
        (await harness.client.workflow.count(`TrailmillSource = "${harness.source}" AND ExecutionStatus = "Running"`))
          .count === 0,
      () => 'the days still run',
    );
    const third = await harness.backfill(RANGE, SMALL);
    const { totals, known } = await third.result();
    // All files that this run did not ingest itself.
    expect(totals.files).toBeGreaterThan(0);
    expect(known).toEqual({ ingested: ALL - totals.files, other: 0 });
    const last = await harness.backfill(RANGE, SMALL);
    expect(await last.result()).toMatchObject({ totals: { files: 0 }, known: { ingested: ALL, other: 0 } });
  });
});
