/** Compactions of Trailmill's own tables, and their reactions to problems. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder';
import { columnsOf } from '../../../cloudtrail/table-columns';
import { LEDGER_COLUMNS, tablesOf } from '../../../cloudtrail/tables';
import type { RowSet } from '../../../columnar/row-set';
import { chooseFiles, type DayChoice } from '../../../compact/choose';
import { type CompactionContext, type CompactionOptions, compactDay } from '../../../compact/compact-day';
import { type Compactor, inlineCompactor } from '../../../compact/compactor';
import { Damaged, TableUnusable } from '../../../errors/index';
import type { LoadedTable } from '../../../iceberg/catalog';
import { keyOf } from '../../../iceberg/location';
import type { ScannedFile } from '../../../iceberg/scan';
import { schemaOf } from '../../../iceberg/schema';
import { currentSchema } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { ColumnSpec, IcebergType } from '../../../iceberg/types';
import { RowsByDay } from '../../../ingest/rows';
import { storeFile } from '../../../ingest/store-files';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { writeParquet } from '../../../ingest/write-parquet';
import { loadParquetWriter } from '../../../parquet/writer';
import { eventListKey } from '../../../run/work-keys';
import { createMemoryStore } from '../../../storage/memory';
import { rowsOfParquet } from '../../support/any-rows';
import { describeWithRealData, realFiles } from '../../support/real-data';

const SORT_BY = ['cloud.account.id', 'aws.cloudtrail.user_identity.arn', 'ts'];

let tempDir: string;
beforeEach(() => {
  tempDir = mkdtempSync(join(tmpdir(), 'trailmill-compact-test-'));
});
afterEach(() => {
  expect(readdirSync(tempDir)).toEqual([]);
  rmSync(tempDir, { recursive: true });
});

async function tableOf(columns: readonly ColumnSpec[]): Promise<LoadedTable> {
  const catalog = createStorageCatalog(createMemoryStore('warehouse'));
  const schema = schemaOf(columns);
  return catalog.ensureTable({ namespace: 'test', name: 'events' }, { schema, partitionByDayOf: 'ts' });
}

async function fileOf(table: LoadedTable, rows: RowSet): Promise<ScannedFile> {
  const written = await writeParquet(await loadParquetWriter(), 'default', currentSchema(table.metadata), rows);
  return { file: { ...written.file, path: await storeFile(table, 'test', written) }, sequenceNumber: 1n };
}

function contextOf(table: LoadedTable, more: Partial<Compactor> = {}): CompactionContext {
  return { table, warehouse: table.store, pool: inlinePool, compactor: { ...inlineCompactor, ...more } };
}

const choiceOf = (table: LoadedTable, data: ScannedFile[]): DayChoice =>
  chooseFiles(
    { day: data[0].file.day, data, deletes: [] },
    { schema: currentSchema(table.metadata), sortOrderId: 1 },
  ) as DayChoice;
const options = (more: Partial<CompactionOptions> = {}): CompactionOptions => ({ sortBy: SORT_BY, tempDir, ...more });
const bodyOf = async ({ store }: LoadedTable, path: string): Promise<Buffer> =>
  (await store.get(keyOf(store, path))).body;

const text = (row: unknown): string =>
  JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : (value ?? null)));

async function rowsIn(table: LoadedTable, files: readonly { path: string }[]): Promise<string[]> {
  const rows: string[] = [];
  for (const { path } of files) rows.push(...(await rowsOfParquet(await bodyOf(table, path))).map(text));
  return rows.sort();
}

describeWithRealData('real events', () => {
  it('are the same afterwards, including the columns of a user, and new files have the event lists that would be read from them', async () => {
    const columns = columnsOf({
      ...{ key: 'default', name: 'events' },
      columns: [{ name: 'team', type: { list: 'string' }, doc: '', from: ['userIdentity', 'arn'] }],
    } as never);
    const table = await tableOf(columns);
    const byDay = new Map<number, ScannedFile[]>();
    for (const { key, bytes } of realFiles()) {
      const decoder = new FileDecoder(columns);
      decoder.decode(bytes, `s3://b/${key}`);
      for (const rows of decoder.take())
        byDay.set(rows.day, [...(byDay.get(rows.day) ?? []), await fileOf(table, rows)]);
    }
    for (const [day, data] of byDay) {
      const before = await rowsIn(
        table,
        data.map(({ file }) => file),
      );
      const { add, rows } = await compactDay(
        contextOf(table),
        choiceOf(table, data),
        options({ memoryBytes: 8 << 20 }),
      );
      expect([add.length, rows]).toEqual([1, before.length]);
      expect(add[0]).toMatchObject({ day, rows: before.length });
      expect(await rowsIn(table, add)).toEqual(before);
      const list = (await table.store.get(eventListKey(add[0].path))).body;
      expect(Buffer.compare(list, await inlinePool.readEventList(await bodyOf(table, add[0].path)))).toBe(0);
    }
  });
});

it('every table of a source can be rewritten: all of their types have buffers', async () => {
  const keys = ['default', 'insights', 'digest'] as const;
  const tables = tablesOf(
    'aws',
    keys.map((key) => ({ key, name: key, columns: [] })),
  );
  for (const definition of Object.values(tables)) {
    const table = await tableOf(definition?.columns ?? []);
    const choice = { day: 0, files: [], removeDeletes: [], bytes: 0, rows: 0, reasons: {} } as unknown as DayChoice;
    const day = { ...choice, files: [{ data: { file: { rows: 0 } }, deletes: [] }] } as unknown as DayChoice;
    const sort = async () => ({ fileRows: [0], sum: { rows: 0, one: 0, two: 0 }, runs: [], outputs: [] });
    // It proceeds to fetching the file, which does not exist.
    await expect(compactDay(contextOf(table, { sort }), day, options())).rejects.not.toThrow(/cannot write/);
  }
});

/** Two files of the ledger. */
async function ledgerDay(): Promise<{ table: LoadedTable; data: ScannedFile[] }> {
  const table = await tableOf(LEDGER_COLUMNS);
  const data: ScannedFile[] = [];
  for (const file of [0, 1]) {
    const rows = new RowsByDay(LEDGER_COLUMNS);
    for (let row = 0; row < 20; row++)
      rows.add({ ts: row * 1e6, key: `k${row % 7}-${file}`, etag: 'e', path: 'p', size: row, status: 'ingested' });
    for (const set of rows.take()) data.push(await fileOf(table, set));
  }
  return { table, data };
}

it('a ledger is sorted by its own columns, and gets no event lists', async () => {
  const { table, data } = await ledgerDay();
  const before = await rowsIn(
    table,
    data.map(({ file }) => file),
  );
  const { add } = await compactDay(
    contextOf(table),
    choiceOf(table, data),
    options({ sortBy: ['key', 'no.such', 'ts'] }),
  );
  const rows = await rowsOfParquet(await bodyOf(table, add[0].path));
  expect(rows.map(({ key }) => key)).toEqual(rows.map(({ key }) => key as string).sort());
  expect(rows.map(text).sort()).toEqual(before);
  await expect(table.store.get(eventListKey(add[0].path))).rejects.toThrow('does not exist');
});

it('a file without rows is not needed: a day whose rows are all deleted has no file left', async () => {
  const { table, data } = await ledgerDay();
  const [one] = data;
  const deleted = [{ path: one.file.path, positions: Uint32Array.from({ length: 20 }, (_, i) => i) }];
  const [written] = await inlinePool.writeDeletes({ day: one.file.day, deleted });
  const deletes = [{ file: { ...written.file, path: await storeFile(table, 'deletes', written) }, sequenceNumber: 1n }];
  const wanted = { schema: currentSchema(table.metadata) };
  const choice = chooseFiles({ day: one.file.day, data: [one], deletes }, wanted) as DayChoice;
  expect(await compactDay(contextOf(table), choice, options())).toEqual({
    ...{ day: one.file.day, add: [], rows: 0 },
    ...{ removeData: [one.file.path], removeDeletes: [deletes[0].file.path] },
  });
});

describe('a compaction refuses, and stores nothing,', () => {
  const objectsOf = async ({ store }: LoadedTable): Promise<number> => {
    let count = 0;
    for await (const { objects } of store.list('')) count += objects.length;
    return count;
  };
  const refused = async (
    day: { table: LoadedTable; data: ScannedFile[] },
    more: Partial<Compactor> = {},
    how: Partial<CompactionOptions> = {},
  ): Promise<unknown> => {
    const before = await objectsOf(day.table);
    const error = await compactDay(contextOf(day.table, more), choiceOf(day.table, day.data), options(how)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(await objectsOf(day.table)).toBe(before);
    return error;
  };

  it('when a value of a new file differs, or a row is missing, or its order is wrong', async () => {
    const day = await ledgerDay();
    const check = (change: object) => ({
      check: async (task: never) => {
        const checked = await inlineCompactor.check(task);
        return { ...checked, ...change, sum: { ...checked.sum, ...(change as { sum?: object }).sum } };
      },
    });
    for (const [change, message] of [
      [{ sum: { one: 1 } }, 'a value of day 1970-01-01 differs'],
      [{ sum: { rows: 39 } }, 'day 1970-01-01 has 39 rows instead of 40'],
      [{ inOrder: false }, 'day 1970-01-01 is not sorted'],
    ] as const) {
      const error = await refused(day, check(change));
      expect(error).toBeInstanceOf(TableUnusable);
      expect(String(error)).toContain(message);
    }
  });

  it('when a file has another number of rows than in the metadata of the table, naming the file', async () => {
    const { table, data } = await ledgerDay();
    data[1] = { ...data[1], file: { ...data[1].file, rows: 21 } };
    const error = await refused({ table, data });
    expect(error).toBeInstanceOf(Damaged);
    expect(String(error)).toContain(
      `${data[1].file.path}, a data file of events, cannot be read: it has 20 rows instead of 21.`,
    );
  });

  it('when a file is damaged, naming it', async () => {
    const { table, data } = await ledgerDay();
    const body = Buffer.from(await bodyOf(table, data[1].file.path));
    body[100] ^= 1;
    await table.store.put(keyOf(table.store, data[1].file.path), body);
    const error = await refused({ table, data });
    expect(error).toBeInstanceOf(Damaged);
    expect(String(error)).toContain(`${data[1].file.path}, a data file of events, cannot be read`);
  });

  it('when a file of another writer, without a checksum in its name, ends the thread, naming the file', async () => {
    const day = await ledgerDay();
    const sort: Compactor['sort'] = async (task) => {
      if (task.files.some(({ path }) => path.endsWith('source-1.parquet'))) throw new Error('unreachable');
      return inlineCompactor.sort(task);
    };
    const error = await refused(day, { sort });
    expect(error).toBeInstanceOf(Damaged);
    expect(String(error)).toContain(
      `${day.data[1].file.path}, a data file of events, cannot be read: its content is damaged.`,
    );
  });

  it('when another writer has added a column of a type that it cannot write', async () => {
    const { table, data } = await ledgerDay();
    const schema = currentSchema(table.metadata);
    for (const type of ['decimal(9, 2)', { type: 'map', 'key-id': 98, key: 'string', 'value-id': 99, value: 'int' }]) {
      const fields = [...schema.fields, { id: 97, name: 'price', required: false, type: type as IcebergType }];
      const metadata = { ...table.metadata, schemas: [{ ...schema, fields }] };
      const error = await refused({ table: { ...table, metadata }, data });
      expect(error).toBeInstanceOf(TableUnusable);
      expect(String(error)).toMatch(/^TableUnusable: events has the column price of type (decimal\(9, 2\)|map), which/);
    }
  });

  it('when it is cancelled, before or during its work, and the next one succeeds', async () => {
    const day = await ledgerDay();
    const reason = new Error('cancelled');
    expect(await refused(day, {}, { signal: AbortSignal.abort(reason) })).toBe(reason);
    const controller = new AbortController();
    const sort: Compactor['sort'] = async (task) => {
      controller.abort(reason);
      return inlineCompactor.sort(task);
    };
    expect(await refused(day, { sort }, { signal: controller.signal })).toBe(reason);
    expect((await compactDay(contextOf(day.table), choiceOf(day.table, day.data), options())).rows).toBe(40);
  });
});

it('two compactions of a process run one after the other', async () => {
  const day = await ledgerDay();
  let underWay = 0;
  const sort: Compactor['sort'] = async (task) => {
    expect(++underWay).toBe(1);
    const sorted = await inlineCompactor.sort(task);
    underWay--;
    return sorted;
  };
  const one = (): Promise<unknown> =>
    compactDay(contextOf(day.table, { sort }), choiceOf(day.table, day.data), options());
  await Promise.all([one(), one(), one()]);
});

it('leftovers of a process that died are removed, and nothing else', async () => {
  const machine = hostname().replace(/[^A-Za-z0-9.]/g, '_');
  // The largest number of a process on Linux is 2^22.
  const dead = ['5000000', String(process.pid)].map((pid) => `trailmill-compact-${machine}-${pid}-abcdef`);
  const others = [`trailmill-compact-${machine}-1-abcdef`, 'trailmill-compact-elsewhere-1-abcdef', 'mine'];
  for (const name of [...dead, ...others]) mkdirSync(join(tempDir, name));
  const { table, data } = await ledgerDay();
  await compactDay(contextOf(table), choiceOf(table, data), options());
  expect(readdirSync(tempDir).sort()).toEqual([...others].sort());
  for (const name of others) rmSync(join(tempDir, name), { recursive: true });
});
