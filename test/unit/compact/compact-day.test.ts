/** Days of any rows through a compaction: the same rows, in order, once, whatever was deleted and whichever schema they had. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { chooseFiles } from '../../../compact/choose';
import { type CompactedDay, compactDay } from '../../../compact/compact-day';
import { inlineCompactor } from '../../../compact/compactor';
import type { LoadedTable } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { keyOf, locationOf } from '../../../iceberg/location';
import { dataFileOf, readFooter } from '../../../iceberg/metrics';
import type { ScannedFile } from '../../../iceberg/scan';
import { fieldByName, schemaOf, schemaToWrite } from '../../../iceberg/schema';
import { currentSchema } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { ColumnSpec, ColumnType, StructType } from '../../../iceberg/types';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { createMemoryStore } from '../../../storage/memory';
import { kindOf, orNull, type Row, rowSetOfRows, rowsOfParquet, type Value } from '../../support/any-rows';
import { parquetOf } from '../../support/parquet';

const DAY = 19_548;
const DAY_MICROS = BigInt(DAY) * 86_400_000_000n;
const SORT_BY = ['account', 'user.arn', 'ts'];
const IDENTIFIER = { namespace: 'test', name: 'events' };

const tempDir = mkdtempSync(join(tmpdir(), 'trailmill-compact-test-'));
afterAll(() => rmSync(tempDir, { recursive: true }));

const struct = (...names: string[]): ColumnType => ({ struct: names.map((name) => ({ name, type: 'string' })) });
const column = (name: string, type: ColumnType, required?: true): ColumnSpec => ({ name, type, required, doc: '' });

/** Columns of the first version of a table, and of the second, which has one more column and one more member of a struct. */
const versionsOf = (first: ColumnType, added: ColumnType): ColumnSpec[][] => {
  const base = [column('ts', 'timestamptz', true), column('account', 'string'), column('user.arn', 'string')];
  return [
    [...base, column('any', first), column('s', struct('a', 'b')), column('l', { list: struct('x') })],
    [
      ...base,
      ...[column('any', first), column('s', struct('a', 'b', 'c')), column('l', { list: struct('x', 'y') })],
      column('added', added),
    ],
  ];
};

interface MadeFile {
  version: number;
  rows: Row[];
  deleted: number[];
}

function reversed<T extends StructType>(struct: T): T {
  const fields = struct.fields.map((field) =>
    typeof field.type === 'object' && field.type.type === 'struct' ? { ...field, type: reversed(field.type) } : field,
  );
  return { ...struct, fields: fields.reverse() };
}

/** The table in its second version, with the files of a day. */
async function tableOf(versions: ColumnSpec[][], files: readonly MadeFile[]) {
  const store = createMemoryStore('warehouse');
  const catalog = createStorageCatalog(store);
  let table = await catalog.ensureTable(IDENTIFIER, { schema: schemaOf(versions[0]), partitionByDayOf: 'ts' });
  const data: ScannedFile[] = [];
  const deletes: ScannedFile[] = [];
  for (const version of [0, 1]) {
    table = await evolveTable(catalog, table, versions[version]);
    for (const [number, made] of files.entries()) {
      if (made.version !== version) continue;
      const written = schemaToWrite(currentSchema(table.metadata), versions[version]);
      // Columns and members are identified by their ids: in every other file they are in another order.
      const schema = number % 2 === 0 ? reversed(written) : written;
      const bytes = await parquetOf(schema, rowSetOfRows(versions[version], made.rows, DAY));
      const key = `${keyOf(store, table.location)}/data/file-${number}.parquet`;
      await store.put(key, bytes);
      const path = locationOf(store, key);
      const of = { path, bytes: bytes.length, day: DAY, schema };
      data.push({ file: dataFileOf({ ...of, footer: await readFooter(bytes) }), sequenceNumber: 1n });
      if (made.deleted.length === 0) continue;
      const [gone] = await inlinePool.writeDeletes({
        day: DAY,
        deleted: [{ path, positions: Uint32Array.from(made.deleted) }],
      });
      await store.put(`${key}-deletes`, gone.bytes);
      deletes.push({ file: { ...gone.file, path: `${path}-deletes` }, sequenceNumber: 1n });
    }
  }
  const schema = currentSchema(table.metadata);
  const fields = SORT_BY.map((name) => ({
    ...{ transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' },
    'source-id': fieldByName(schema, name)?.id,
  }));
  const order = { 'order-id': 1, fields } as LoadedTable['metadata']['sort-orders'][number];
  const metadata = { ...table.metadata, 'sort-orders': [...table.metadata['sort-orders'], order] };
  return { table: { ...table, metadata }, store, data, deletes };
}

async function compact(
  { table, store, data, deletes }: Awaited<ReturnType<typeof tableOf>>,
  memoryBytes?: number,
): Promise<{ result: CompactedDay; rows: Row[] } | undefined> {
  const wanted = { schema: currentSchema(table.metadata), sortOrderId: 1 };
  const choice = chooseFiles({ day: DAY, data, deletes }, wanted);
  if (choice === undefined) return undefined;
  const context = { table, warehouse: store, pool: inlinePool, compactor: inlineCompactor };
  const result = await compactDay(context, choice, { sortBy: SORT_BY, tempDir, memoryBytes });
  const rows: Row[] = [];
  for (const { path } of result.add) rows.push(...(await rowsOfParquet((await store.get(keyOf(store, path))).body)));
  const after = result.add.map((file): ScannedFile => ({ file, sequenceNumber: 2n }));
  expect(chooseFiles({ day: DAY, data: after, deletes: [] }, wanted)).toBeUndefined();
  expect(readdirSync(tempDir)).toEqual([]);
  return { result, rows };
}

/** A text that is equal for equal rows; a member or a column that a row lacks is null. Structs of dotted columns are never null. */
function textOf(row: Row): string {
  const { account = null, user, 'user.arn': arn, s, l, any = null, added = null, ts } = row;
  const member = (of: Value | undefined, name: string): Value => (of as Row | null)?.[name] ?? null;
  const normal = {
    ...{ ts, account, any, added },
    arn: arn ?? member(user, 'arn'),
    s: s == null ? null : { a: member(s, 'a'), b: member(s, 'b'), c: member(s, 'c') },
    l: (l as Value[] | null)?.map((each) => (each == null ? null : { x: member(each, 'x'), y: member(each, 'y') })),
  };
  return JSON.stringify(normal, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : (value ?? null),
  );
}

function compareTexts(one: Value, two: Value): number {
  if (one === null || two === null) return Number(one !== null) - Number(two !== null);
  return Buffer.compare(Buffer.from(one as string), Buffer.from(two as string));
}

function expectOrder(rows: readonly Row[]): void {
  for (let i = 1; i < rows.length; i++) {
    const [one, two] = [rows[i - 1], rows[i]];
    const arn = (row: Row): Value => (row.user as Row | null)?.arn ?? null;
    const times = Number((one.ts as bigint) - (two.ts as bigint));
    const order = compareTexts(one.account, two.account) || compareTexts(arn(one), arn(two)) || times;
    expect(order).toBeLessThanOrEqual(0);
  }
}

const texts = (nulls: number) =>
  orNull(fc.oneof(fc.constantFrom('', 'a', 'ab', 'b', 'é', '🎉', '\uffee'), fc.string({ maxLength: 5 })), nulls);
const structOf = (...names: string[]) => fc.record(Object.fromEntries(names.map((name) => [name, texts(3)])));

const days = fc.tuple(kindOf(2), kindOf(1)).chain(([first, added]) => {
  const rowOf = (version: number) =>
    fc.record({
      ts: fc.bigInt({ min: 0n, max: 86_399_999_999n }).map((micros) => DAY_MICROS + micros),
      account: texts(2),
      'user.arn': texts(4),
      any: first.value,
      s: orNull(version === 0 ? structOf('a', 'b') : structOf('a', 'b', 'c'), 3),
      l: orNull(fc.array(orNull(version === 0 ? structOf('x') : structOf('x', 'y'), 2), { maxLength: 3 }), 3),
      ...(version === 0 ? {} : { added: added.value }),
    }) as fc.Arbitrary<Row>;
  const file = fc.constantFrom(0, 1).chain((version) =>
    fc.record({
      version: fc.constant(version),
      rows: fc.array(rowOf(version), { minLength: 1, maxLength: 25 }),
      deleted: fc.oneof(
        fc.constant([]),
        fc.uniqueArray(fc.nat(24), { maxLength: 25 }).map((positions) => positions.sort((a, b) => a - b)),
      ),
    }),
  );
  return fc.record({
    versions: fc.constant(versionsOf(first.type, added.type)),
    files: fc.array(file, { minLength: 1, maxLength: 6 }),
    // With so little memory, every batch is a separate run, and only two are merged at a time.
    memoryBytes: fc.constantFrom(undefined, 4096),
  });
});

it('a day has the same rows afterwards, in order, and is left alone from then on', async () => {
  await fc.assert(
    fc.asyncProperty(days, async ({ versions, files, memoryBytes }) => {
      const made = files.map(({ deleted, ...file }) => ({
        ...file,
        deleted: (deleted as number[]).filter((position) => position < file.rows.length),
      }));
      const day = await tableOf(versions, made);
      const compacted = await compact(day, memoryBytes);
      const live = made.flatMap(({ rows, deleted }) => rows.filter((_, position) => !deleted.includes(position)));
      expect(compacted?.rows.map(textOf).sort()).toEqual(live.map(textOf).sort());
      expectOrder(compacted?.rows ?? []);
      expect(compacted?.result).toMatchObject({
        rows: live.length,
        removeData: day.data.map(({ file }) => file.path),
        removeDeletes: day.deletes.map(({ file }) => file.path),
      });
      expect(compacted?.result.add.length).toBe(live.length === 0 ? 0 : 1);
    }),
    { numRuns: 60 },
  );
});
