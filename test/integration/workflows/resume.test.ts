/** Interrupted work is continued: nothing that was already written is read again, whatever was interrupted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { ingestDayId } from '../../../protocol/ids';
import { WORK_AREA } from '../../../run/work-keys';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAY = '2024-03-05';
const RANGE = { from: DAY, to: DAY };
const FILES = 12;
/** Three batches of four files, with one chunk per file and one commit per batch. */
const CUT = { batchFiles: 4, chunkBytes: 1, groupBatches: 1, batchesInFlight: 1, concurrentReads: 1 };

describeWithTemporal('a backfill', () => {
  let harness: Harness;
  let reads: string[];

  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (let i = 0; i < FILES; i++) {
      const name = `f${String(i).padStart(2, '0')}`;
      await harness.bucket.put(trailKey(name), trailFile(records(3, `${DAY}T10:00:00Z`, {}, name)));
    }
    reads = [];
    const { bucket, stores } = harness;
    const counting = Object.create(bucket) as typeof bucket;
    counting.get = (key, options) => {
      reads.push(key.slice(-11, -8));
      return bucket.get(key, options);
    };
    stores.set(bucket.uri, counting);
  });
  afterEach(() => harness.close());

  /** Reads the bucket up to the sixth file: one batch is committed, the next one is half finished. */
  async function untilTheSixth(): Promise<Held> {
    const counting = harness.stores.get(harness.bucket.uri) as typeof harness.bucket;
    const held = new Held(harness, counting, 'get', (key) => key.includes('_f05'));
    await harness.startWorker();
    return held;
  }

  /** A worker in a separate process, so that it can be killed: it kills itself when it is about to read the sixth file. */
  function startDoomed(): ChildProcess {
    const program = join(__dirname, '..', '..', 'support', 'doomed-worker.cjs');
    const words = [program, temporalAddress(), harness.taskQueue, '_f05', harness.warehouse.uri];
    return spawn(process.execPath, words, { stdio: 'inherit' });
  }

  /** The number of chunks that were written. */
  async function partsOf(): Promise<number> {
    let parts = 0;
    for await (const { objects } of harness.warehouse.list(`${WORK_AREA}/`))
      parts += objects.filter(({ key }) => /\/part-\d+\.json$/.test(key)).length;
    return parts;
  }

  const names = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `f${String(from + i).padStart(2, '0')}`);

  it.each(['cancelled', 'terminated'] as const)('that was %s reads only the rest when started again', async (how) => {
    const held = await untilTheSixth();
    const first = await harness.backfill(RANGE, CUT);
    await held.untilWaiting(1);
    // The seventh is ingested at the same time as the sixth.
    await until(
      async () => (await partsOf()) === 6,
      () => 'the fifth and the seventh file are not written out',
    );
    expect(reads).toEqual([...names(0, 4), 'f06']);
    const day = harness.client.workflow.getHandle(ingestDayId(harness.source, DAY));
    if (how === 'cancelled') await first.cancel();
    else {
      await first.terminate();
      await day.terminate();
    }
    await expect(first.result()).rejects.toThrow();
    await day.result().catch(() => {});
    // The activity learns of it with its next heartbeat. Until then its read of the sixth file would count.
    await held.untilWaiting(0);
    // The late file is not part of the plan that is continued, but it is still found.
    await harness.bucket.put(trailKey('late'), trailFile(records(3, `${DAY}T10:00:00Z`, {}, 'late')));
    reads.length = 0;
    held.releaseAll();
    const { totals } = await (await harness.backfill(RANGE, CUT)).result();
    expect(reads).toEqual([...names(5, 11).filter((name) => name !== 'f06'), 'ate']);
    expect(totals).toMatchObject({ files: FILES - 4 + 1, events: 3 * (FILES - 4 + 1), duplicates: 0 });
    expect(await rowsOfTable(harness, 'default')).toHaveLength(3 * (FILES + 1));
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(FILES + 1);
    expect((await (await harness.backfill(RANGE, CUT)).result()).totals).toMatchObject({ files: 0 });
  });

  it('whose worker is killed continues after the last file that was written', async () => {
    const handle = await harness.backfill(RANGE, CUT);
    const worker = startDoomed();
    const [, signal] = await once(worker, 'exit');
    expect(signal).toBe('SIGKILL');
    await harness.startWorker();
    const { totals } = await handle.result();
    expect(totals).toMatchObject({ files: FILES, events: 3 * FILES });
    // It died when it was about to read the sixth file ahead: the fifth was not written yet.
    expect(reads).toEqual(names(4, 11));
    expect(await rowsOfTable(harness, 'default')).toHaveLength(3 * FILES);
  });

  it('that has ended leaves no plans behind; its day can be reset to any point, and ingests nothing twice', async () => {
    await harness.startWorker();
    await (await harness.backfill(RANGE, CUT)).result();
    const left: string[] = [];
    const look = async (): Promise<string[]> => {
      left.length = 0;
      for await (const { objects } of harness.warehouse.list(`${WORK_AREA}/`))
        left.push(...objects.map(({ key }) => key.split('/')[1]));
      return left;
    };
    expect(await look()).not.toContain('plans');
    expect(left).not.toContain('days');
    const workflowId = ingestDayId(harness.source, DAY);
    const { events } = await harness.client.workflow.getHandle(workflowId).fetchHistory();
    const { runId } = (await harness.client.workflow.getHandle(workflowId).describe()) as { runId: string };
    const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: task }) => task);
    reads.length = 0;
    for (const { eventId } of tasks) {
      const { workflowService } = harness.client.connection;
      const reset = await workflowService.resetWorkflowExecution({
        namespace: harness.client.options.namespace,
        workflowExecution: { workflowId, runId },
        reason: 'a test',
        requestId: randomUUID(),
        workflowTaskFinishEventId: eventId,
      });
      await harness.client.workflow.getHandle(workflowId, reset.runId).result();
    }
    // At least after the plan, each batch and each commit.
    expect(tasks.length).toBeGreaterThanOrEqual(7);
    expect(reads).toEqual([]);
    expect(await rowsOfTable(harness, 'default')).toHaveLength(3 * FILES);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(FILES);
    expect(await look()).not.toContain('plans');
  });

  it('with a file that kills every worker that reads it completes its day, and quarantines only that file', async () => {
    const handle = await harness.backfill(RANGE, { ...CUT, chunkBytes: 1 << 20 });
    const finished = handle.result();
    let worker = startDoomed();
    let deaths = 0;
    let isOver = false;
    // As a supervisor does.
    const again = (): void => {
      deaths++;
      if (isOver) return;
      worker = startDoomed();
      worker.once('exit', again);
    };
    worker.once('exit', again);
    const { totals } = await finished.finally(() => {
      isOver = true;
      worker.kill('SIGKILL');
    });
    expect(totals).toMatchObject({ files: FILES, quarantined: 1, events: 3 * (FILES - 1) });
    expect(totals.quarantinedFor).toMatchObject([{ code: 'defect', files: 1, example: trailKey('f05') }]);
    // Once without a mark, once with the chunk marked, and three times with the file marked.
    expect(deaths).toBe(5);
    expect(await rowsOfTable(harness, 'default')).toHaveLength(3 * (FILES - 1));
  }, 300_000);
});
