/** A worker with a real server: which runs it refuses, and that a run uses one version of its transform. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TableConfig } from '../../../cloudtrail/table-config';
import { defaultTables } from '../../../cloudtrail/tables';
import { freezeTransform } from '../../../ingest/transforms/modules';
import { splitRef } from '../../../run/config';
import { createFileStore } from '../../../storage/file';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAY = '2024-03-05';
const RANGE = { from: DAY, to: DAY };
const FILES = 8;
/** One batch and one commit per file. */
const CUT = { batchFiles: 1, groupBatches: 1, batchesInFlight: 1, concurrentReads: 1 };

describeWithTemporal('a worker', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    for (let i = 0; i < FILES; i++)
      await harness.bucket.put(trailKey(`f${i}`), trailFile(records(3, `${DAY}T10:00:00Z`, {}, `f${i}`)));
  });
  afterEach(() => harness.close());

  /** The failure of a backfill with this reference; there is only one attempt. */
  async function failureOf(config: string): Promise<{ message: string; type: string; nonRetryable: boolean }> {
    // With other settings, so that the test's own configuration is not written again.
    const input = { ...(await harness.input(RANGE, { batchFiles: 77 })), config };
    const handle = await harness.client.workflow.start('backfill', {
      workflowId: `backfill/${harness.source}/refused`,
      taskQueue: harness.taskQueue,
      args: [input],
    });
    const failed = await handle.result().then(
      () => undefined,
      (error) => error,
    );
    let cause = failed?.cause;
    while (cause?.cause !== undefined && cause.type === undefined) cause = cause.cause;
    return cause;
  }

  it('refuses a run of another warehouse at its first activity, and names both addresses and the fix', async () => {
    await harness.startWorker();
    const { config } = await harness.input(RANGE);
    const { key } = splitRef(config) as { key: string };
    const foreign = createFileStore(join(harness.directory, 'foreign'));
    await foreign.put(key, (await harness.warehouse.get(key)).body);
    const failure = await failureOf(`${foreign.uri}/${key}`);
    expect(failure).toMatchObject({ type: 'RunRefused', nonRetryable: true });
    expect(failure.message).toContain(
      `it is in the warehouse ${foreign.uri}, but the worker's own warehouse is ${harness.warehouse.uri}`,
    );
    expect(failure.message).toContain('worker.allow of temporal.yaml');
    for await (const { objects } of foreign.list('')) expect(objects.map((object) => object.key)).toEqual([key]);
  });

  it('refuses a configuration that was changed after it was written', async () => {
    await harness.startWorker();
    const { config } = await harness.input(RANGE);
    const { key } = splitRef(config) as { key: string };
    const body = (await harness.warehouse.get(key)).body.toString('utf8');
    await harness.warehouse.put(key, Buffer.from(body.replace('"windowDays": 30', '"windowDays": 31')));
    expect(await failureOf(config)).toMatchObject({
      type: 'RunRefused',
      nonRetryable: true,
      message: expect.stringContaining('it was modified after it was written'),
    });
  });

  it('refuses a run whose transform is outside its project', async () => {
    await harness.startWorker();
    const outside = join(__dirname, '../../../dist/ledger/slices.js');
    const tables = [{ ...defaultTables(harness.source)[0], transform: { path: outside, sha256: '0' } }];
    const { config } = await harness.input(RANGE, {}, undefined, tables);
    expect(await failureOf(config)).toMatchObject({
      type: 'RunRefused',
      message: expect.stringContaining(
        `it uses ${outside}, which is outside of the worker's project ${harness.directory}`,
      ),
    });
  });

  it('uses one version of a transform in a run, even if a module that it imports changes meanwhile', async () => {
    const path = join(harness.directory, 'transform.ts');
    const lib = join(harness.directory, 'lib.ts');
    writeFileSync(path, 'import { version } from "./lib"; export default (row: any) => row.set("labels", version);');
    writeFileSync(lib, 'export const version = JSON.stringify("v1");');
    const frozen = (): TableConfig[] => [
      { ...defaultTables(harness.source)[0], transform: freezeTransform(path, [harness.directory]) },
    ];
    const held = new Held(harness, harness.bucket, 'get', (key) => key.includes('_f3'));
    const first = await harness.startWorker();
    const run = await harness.backfill(RANGE, CUT, undefined, frozen());
    await held.untilWaiting(1);
    writeFileSync(lib, 'export const version = JSON.stringify("v2");');
    // Another worker, whose threads have not loaded it yet, takes over.
    const stopping = first.stop();
    held.releaseAll();
    await stopping;
    await harness.startWorker();
    await expect(run.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('has changed since the run was started: lib.ts, which it imports') },
    });
    const labels = async (): Promise<unknown[]> =>
      (await rowsOfTable(harness, 'default')).map((row) => (row as { labels: unknown }).labels);
    const before = await labels();
    expect(before.length).toBeGreaterThanOrEqual(9);
    expect(new Set(before)).toEqual(new Set(['"v1"']));
    // Started again, the backfill ingests the rest with the new version.
    await (await harness.backfill(RANGE, CUT, undefined, frozen())).result();
    const after = await labels();
    expect(after).toHaveLength(FILES * 3);
    expect(after.filter((label) => label === '"v1"')).toHaveLength(before.length);
  });
});
