import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowFailedError } from '@temporalio/client';
import { defaultTables, ICEBERG_NAMESPACE, tableNameOf } from '../../../cloudtrail/tables';
import { StorageAccessDenied, StorageUnavailable } from '../../../errors/index';
import { scanFiles } from '../../../iceberg/scan';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { ingestDayId } from '../../../protocol/ids';
import { BACKFILL_INCOMPLETE, type BackfillStatus, type Totals } from '../../../protocol/messages';
import type { ObjectStore } from '../../../storage/object-store';
import { type Harness, startHarness } from '../../support/harness';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08'];
const RANGE = { from: DAYS[0], to: DAYS[3] };

async function fill(bucket: ObjectStore, files = 3, perFile = 4): Promise<number> {
  for (const day of DAYS)
    for (let i = 0; i < files; i++)
      await bucket.put(trailKey(`f${i}`, { day }), trailFile(records(perFile, `${day}T1${i}:00:00Z`)));
  return DAYS.length * files * perFile;
}

async function rowCount(harness: Harness, role: 'default' | 'ledger'): Promise<number> {
  const catalog = createStorageCatalog(harness.warehouse);
  const table = await catalog.loadTable({ namespace: ICEBERG_NAMESPACE, name: tableNameOf(harness.source, role) });
  let rows = 0;
  if (table !== undefined) for await (const file of scanFiles(table)) rows += file.rows;
  return rows;
}

/** The bucket with one call replaced. */
function with_(store: ObjectStore, change: Partial<ObjectStore>): ObjectStore {
  return Object.assign(Object.create(store) as ObjectStore, change);
}

/** A listing that fails. */
const rejecting = (error: Error): ReturnType<ObjectStore['list']> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

describeWithTemporal('a backfill', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(async () => {
    await harness.close();
  });

  it('ingests every day in a child workflow with a readable id, and a second run writes nothing', async () => {
    const events = await fill(harness.bucket);
    await harness.startWorker();
    const handle = await harness.backfill(RANGE);
    expect((await handle.result()).totals).toMatchObject({ files: 12, events });
    expect(await rowCount(harness, 'default')).toBe(events);
    for (const day of DAYS) {
      const child = await harness.client.workflow.getHandle(ingestDayId(harness.source, day)).describe();
      expect(child).toMatchObject({
        status: { name: 'COMPLETED' },
        parentExecution: { workflowId: handle.workflowId },
      });
    }
    const again = await harness.backfill(RANGE);
    expect((await again.result()).totals).toMatchObject({ files: 0, events: 0 });
    expect([await rowCount(harness, 'default'), await rowCount(harness, 'ledger')]).toEqual([events, 12]);
  });

  it('reports at its end which files it did not read, and which it left for a later run', async () => {
    await fill(harness.bucket, 1);
    const stray = trailKey('stray').replace('/2024/03/05/', '/2024/3/5/');
    const partial = [DAYS[1], DAYS[2]].map((day) => `${trailKey('p', { day })}.6eF94Bbd`);
    for (const key of [stray, ...partial]) await harness.bucket.put(key, trailFile(records(1)));
    await harness.startWorker();
    const handle = await harness.backfill(RANGE);
    const told = {
      unread: { files: 1, atLeast: false, first: [{ key: stray, moveTo: expect.stringMatching(/\/2024\/03\/05\/$/) }] },
      ignored: [{ why: 'partial_copy', files: 2, example: expect.stringContaining('_p.json.gz.6eF94Bbd') }],
    };
    expect(await handle.result()).toMatchObject({ totals: { files: 4, quarantined: 0 }, ...told });
    expect(await handle.query<BackfillStatus>('backfillStatus')).toMatchObject(told);
  });

  it('keeps the other days when one fails, and reports at its end which one failed and why', async () => {
    await fill(harness.bucket);
    harness.stores.set(
      harness.bucket.uri,
      with_(harness.bucket, {
        list: (prefix, options) =>
          prefix.includes('/2024/03/06/')
            ? rejecting(new StorageAccessDenied(`Not allowed to list ${prefix}.`))
            : harness.bucket.list(prefix, options),
      }),
    );
    await harness.startWorker();
    const handle = await harness.backfill(RANGE);
    const failure = await handle.result().then(
      () => undefined,
      (error: WorkflowFailedError) => error.cause,
    );
    expect(failure).toMatchObject({ type: BACKFILL_INCOMPLETE });
    expect(failure?.message).toMatch(/1 of 4 days failed\. 2024-03-06: .*Not allowed to list AWSLogs/);
    const status = await handle.query<BackfillStatus>('backfillStatus');
    expect(status).toMatchObject({ days: { total: 4, done: 3, failed: 1, running: [] }, totals: { files: 9 } });
    expect(await rowCount(harness, 'default')).toBe(36);
  });

  it('quarantines a file to which access is denied, and fails a day if access to all of its files is denied', async () => {
    await fill(harness.bucket, 10);
    const denied = (key: string) =>
      key.includes('/2024/03/07/') || (key.includes('/2024/03/05/') && key.includes('_f3.'));
    harness.stores.set(
      harness.bucket.uri,
      with_(harness.bucket, {
        get: (key, options) =>
          denied(key)
            ? Promise.reject(new StorageAccessDenied(`Not allowed to read ${key}.`))
            : harness.bucket.get(key, options),
      }),
    );
    await harness.startWorker();
    const handle = await harness.backfill(RANGE);
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        message: expect.stringMatching(/1 of 4 days failed\. 2024-03-07: .*none of 10 files could be read/),
      },
    });
    const { totals } = await handle.query<BackfillStatus>('backfillStatus');
    expect(totals).toMatchObject({ files: 30, events: 29 * 4, quarantined: 1 });
    expect(await rowCount(harness, 'ledger')).toBe(30);
  });

  it('waits for an unavailable store, and then continues', async () => {
    const events = await fill(harness.bucket);
    let refusals = 6;
    harness.stores.set(
      harness.bucket.uri,
      with_(harness.bucket, {
        get: (key, options) =>
          refusals-- > 0 ? Promise.reject(new StorageUnavailable('503 SlowDown')) : harness.bucket.get(key, options),
      }),
    );
    await harness.startWorker();
    expect((await (await harness.backfill(RANGE)).result()).totals).toMatchObject({ events, quarantined: 0 });
    expect(await rowCount(harness, 'default')).toBe(events);
  });

  it('stops within seconds, with its days, when it is cancelled, and the next run ingests the rest', async () => {
    const events = await fill(harness.bucket);
    let entered = (): void => {};
    const reading = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const hang: ObjectStore['get'] = (_key, options) =>
      new Promise((_resolve, reject) => {
        entered();
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
    harness.stores.set(harness.bucket.uri, with_(harness.bucket, { get: hang }));
    const worker = await harness.startWorker();
    const handle = await harness.backfill(RANGE);
    await reading;
    const started = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(await rowCount(harness, 'default')).toBe(0);
    await worker.stop();
    harness.stores.set(harness.bucket.uri, harness.bucket);
    await harness.startWorker();
    expect((await (await harness.backfill(RANGE)).result()).totals).toMatchObject({ events });
    expect(await rowCount(harness, 'default')).toBe(events);
  });

  it('runs a transform in its threads, and says what is wrong with one that cannot be loaded', async () => {
    await fill(harness.bucket);
    await harness.startWorker();
    const run = async (source: string): Promise<Totals> => {
      const path = join(harness.directory, 'transform.ts');
      writeFileSync(path, source);
      const transform = { path, sha256: createHash('sha256').update(source).digest('hex') };
      const tables = [{ ...defaultTables(harness.source)[0], transform }];
      return (await (await harness.backfill(RANGE, {}, undefined, tables)).result()).totals;
    };
    await expect(run('export default async () => null;')).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/transform\.ts is an async function\. It is called for every row/) },
    });
    expect(await rowCount(harness, 'ledger')).toBe(0);
    const source = `export default (row: { get(name: string): unknown }) =>
      String(row.get('event.id')).endsWith('-1') ? null : undefined;`;
    expect(await run(source)).toMatchObject({ files: 12, events: 36, dropped: 12 });
    expect(await rowCount(harness, 'default')).toBe(36);
  });

  it('waits for a day that another run is working on', async () => {
    await fill(harness.bucket);
    await harness.startWorker();
    const [first, second] = await Promise.all([
      harness.backfill(RANGE),
      harness.backfill({ from: DAYS[1], to: DAYS[2] }),
    ]);
    const totals = await Promise.all([first.result(), second.result()]);
    expect(totals[0].totals.events + totals[1].totals.events).toBe(48);
    expect(await rowCount(harness, 'default')).toBe(48);
  });

  it('handles many batches in several groups, with one commit for each group', async () => {
    const events = await fill(harness.bucket, 9, 2);
    await harness.startWorker();
    const result = await (
      await harness.backfill(RANGE, { batchFiles: 1, batchesInFlight: 4, groupBatches: 4 })
    ).result();
    expect(result.totals).toMatchObject({ files: 36, events });
    expect(await rowCount(harness, 'ledger')).toBe(36);
  });
});
