/** Position deletes (spec, version 2): in which files they are, which rows they delete, and how live rows are counted. */
import { LEDGER_COLUMNS } from '../../../cloudtrail/tables';
import { keyOf } from '../../../iceberg/location';
import { deletesOf, type ScannedFile, scanDeletes } from '../../../iceberg/scan';
import { schemaOf } from '../../../iceberg/schema';
import { RowsByDay } from '../../../ingest/rows';
import { countRows } from '../../../ingest/tasks/count-rows';
import { mergeDeletes } from '../../../ingest/tasks/deleted-rows';
import { readDeletes } from '../../../ingest/tasks/read-deletes';
import { ledgerRows } from '../../../ledger/rows';
import { isInSlice, SINGLE_SLICE } from '../../../ledger/slices';
import { toDayNumber } from '../../../protocol/days';
import { deleteRows } from '../../support/deletes';
import { parquetFile } from '../../support/iceberg-files';
import { parquetOf } from '../../support/parquet';
import {
  DAY,
  filesOf,
  ingestWholeDay,
  memoryRun,
  placeOf,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

const OTHER = '2024-03-01';

describe('the delete files of a scan', () => {
  async function twoDays() {
    const run = memoryRun();
    await run.bucket.put(trailKey('a'), trailFile([...records(3), ...records(4, `${OTHER}T10:00:00Z`)]));
    await ingestWholeDay(run);
    const place = placeOf(run, 'default');
    const files = await filesOf(run, 'default');
    await deleteRows(place, 'some', [
      { file: files.find(({ rows }) => rows === 3)!, positions: [2, 0, 2] },
      { file: files.find(({ rows }) => rows === 4)!, positions: [1] },
    ]);
    const table = (await place.catalog.loadTable(place.identifier))!;
    const scan = async (day?: string): Promise<ScannedFile[]> => {
      const number = day === undefined ? 0 : toDayNumber(day);
      const dayRange = day === undefined ? undefined : { from: number, to: number };
      const found: ScannedFile[] = [];
      for await (const file of scanDeletes(table, { dayRange })) found.push(file);
      return found;
    };
    return { run, scan, files };
  }

  it('are those of the requested days', async () => {
    const { scan } = await twoDays();
    expect(await scan()).toHaveLength(2);
    expect((await scan(OTHER)).map(({ file }) => file.day)).toEqual([toDayNumber(OTHER)]);
    expect(await scan('2024-03-02')).toEqual([]);
  });

  it('define which rows of which file are deleted, in order and once; rows of other files stay', async () => {
    const { run, scan, files } = await twoDays();
    const [{ file }] = await scan(DAY);
    const path = files.find(({ rows }) => rows === 3)?.path;
    const { body } = await run.warehouse.get(keyOf(run.warehouse, file.path));
    expect(await readDeletes(body)).toEqual(new Map([[path, Float64Array.of(0, 2)]]));
    expect((await rowsOf(run, 'default')).map(({ event }) => (event as { id: string }).id).sort()).toEqual([
      `${OTHER}T10:00:00Z-0`,
      `${OTHER}T10:00:00Z-2`,
      `${OTHER}T10:00:00Z-3`,
      `${DAY}T12:00:00Z-1`,
    ]);
  });

  it('apply to the data file that they name, and to no other', () => {
    const at = (path: string, referencedDataFile?: string): ScannedFile =>
      ({ file: { path, day: 1, referencedDataFile }, sequenceNumber: 5n }) as unknown as ScannedFile;
    const deletes = [at('d1', 'a'), at('d2'), at('d3', 'b')];
    expect(deletesOf(at('a'), deletes).map(({ file }) => file.path)).toEqual(['d1', 'd2']);
    expect(deletesOf(at('c'), deletes).map(({ file }) => file.path)).toEqual(['d2']);
  });

  it('apply to files of their partition that are not newer', () => {
    const at = (day: number, sequenceNumber: bigint): ScannedFile =>
      ({ file: { day }, sequenceNumber }) as unknown as ScannedFile;
    const deletes = [at(1, 5n), at(1, 7n), at(2, 9n), at(Number.NaN, 9n)];
    expect(deletesOf(at(1, 5n), deletes)).toEqual([deletes[0], deletes[1]]);
    expect(deletesOf(at(1, 6n), deletes)).toEqual([deletes[1]]);
    expect(deletesOf(at(1, 8n), deletes)).toEqual([]);
    expect(deletesOf(at(Number.NaN, 8n), deletes)).toEqual([deletes[3]]);
  });

  it('are combined', () => {
    const [a, b] = [new Map([['x', Float64Array.of(1, 3)]]), new Map([['x', Float64Array.of(0, 3)]])];
    expect(mergeDeletes([a, b])).toEqual(new Map([['x', Float64Array.of(0, 1, 3)]]));
  });
});

describe('counting live rows by their object', () => {
  const schema = schemaOf([
    { name: 'log.file.path', type: 'string', doc: '' },
    { name: 'other', type: 'long', doc: '' },
  ]);
  const file = (paths: (string | null)[]): Uint8Array =>
    parquetFile(
      schema,
      paths.map((path) => ({ log: { file: { path } }, other: 1n })),
    );
  const count = async (parquet: Uint8Array, deleted?: number[], slice = SINGLE_SLICE) =>
    Object.fromEntries(
      await countRows({
        parquet,
        rows: 2,
        column: 'log.file.path',
        deleted: deleted && Float64Array.from(deleted),
        slice,
      }),
    );

  it('adds up runs of rows, including equal lengths and empty runs', async () => {
    expect(await count(file(['a/1', 'a/1', 'a/2', 'b/1', 'a/1', '', null]))).toEqual({
      'a/1': 3,
      'a/2': 1,
      'b/1': 1,
      '': 2,
    });
    expect(await count(file([]))).toEqual({});
  });

  it('leaves out deleted rows, including the first and the last', async () => {
    expect(await count(file(['a', 'a', 'b', 'b', 'c']), [0, 2, 3, 4])).toEqual({ a: 1 });
  });

  it('continues across the batches of a large file', async () => {
    const paths = Array.from({ length: 5000 }, (_, i) => `x/${Math.floor(i / 1500)}`);
    expect(await count(file(paths), [0, 1024, 4999])).toEqual({ 'x/0': 1498, 'x/1': 1500, 'x/2': 1500, 'x/3': 499 });
  });

  it('in slices: every object in one of them, by the name of the file', async () => {
    const paths = Array.from({ length: 100 }, (_, i) => `memory://bucket/x/${i}.json.gz`);
    const slices = await Promise.all([0, 1, 2].map((index) => count(file(paths), [], { index, of: 3 })));
    expect(slices.map((slice) => Object.keys(slice).length > 20)).toEqual([true, true, true]);
    expect(Object.keys(Object.assign({}, ...slices)).sort()).toEqual([...paths].sort());
    expect(isInSlice('x/7.json.gz', { index: 1, of: 3 })).toBe(
      isInSlice('file:///moved/x/7.json.gz', { index: 1, of: 3 }),
    );
  });

  it('counts all rows under no name if there is no such column', async () => {
    const parquet = parquetFile(schemaOf([{ name: 'other', type: 'long', doc: '' }]), [{ other: 1n }, { other: 2n }]);
    expect(await count(parquet)).toEqual({ '': 2 });
  });
});

test('a ledger file of an older version, without attempts and duplicates, is read', async () => {
  const columns = LEDGER_COLUMNS.filter(({ name }) => name !== 'attempt' && name !== 'duplicates');
  const set = new RowsByDay(columns);
  set.add({ ts: 0, key: 'k', etag: 'e', path: 'p', size: 1, status: 'ingested', records: 7, first_event_time: 5 });
  const parquet = await parquetOf(schemaOf(columns), set.take()[0]);
  const [row] = await ledgerRows({ parquet, slice: SINGLE_SLICE });
  expect(row).toMatchObject({ key: 'k', attempt: 1, duplicates: 0, records: 7, rejects: 0, firstEventTime: 5 });
});
