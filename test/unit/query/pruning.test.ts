/** Files are left out by what a query asks, and its result is as if they were not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { appendManifests } from '../../../iceberg/append';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog';
import { evolveTable } from '../../../iceberg/evolve-table';
import { keyOf, locationOf } from '../../../iceberg/location';
import { writeManifest } from '../../../iceberg/manifest';
import { dataFileOf, readFooter } from '../../../iceberg/metrics';
import { fieldByName, schemaOf, schemaToWrite } from '../../../iceberg/schema';
import { currentSchema, currentSpec } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import type { ColumnSpec, DataFile, NestedField } from '../../../iceberg/types';
import { filesWithSchema } from '../../../query/file-schemas';
import { openTables } from '../../../query/open-tables';
import { type PlannedTable, planTable } from '../../../query/plan';
import { Planner } from '../../../query/planner';
import { fileUrl } from '../../../query/sql-text';
import { selectOf } from '../../../query/views';
import { createFileStore } from '../../../storage/file';
import type { ObjectStore } from '../../../storage/object-store';
import { deleteRows } from '../../support/deletes';
import { type OpenDuckDb, openDuckDb } from '../../support/duckdb';
import { parquetFile } from '../../support/iceberg-files';

const identifier = { namespace: 'trailmill', name: 'aws_cloudtrail' };
const DAY_MICROS = 86_400_000_000n;
const FIRST_DAY = 19_548; // 2023-07-10
const DAYS = 5;

const column = (name: string, type: ColumnSpec['type'] = 'string'): ColumnSpec => ({ name, type, doc: '' });
const TS: ColumnSpec = { name: 'ts', type: 'timestamptz', required: true, doc: '' };
const OLD = [TS, column('event.id'), column('event.code', 'int'), column('event.ok', 'boolean')];
const NEW = [
  TS,
  column('event.id'),
  column('event.code', 'long'),
  column('event.ok', 'boolean'),
  column('event.score', 'double'),
  column('"odd" name.Größe'),
  column('cloud.account.id'),
];

/** Of one alphabet, so that conditions meet values: empty, longer than a bound, at its cut, beyond the Basic Multilingual Plane. */
const STRINGS = [
  '',
  'a',
  'b%',
  'arn:aws:sts::694',
  'arn:aws:sts::694000:role/x',
  'arn:aws:sts::694000:role/y',
  'arn:aws:sts::695',
  "it's",
  'é',
  '\u{ffff}'.repeat(17),
  '\u{10ffff}'.repeat(17),
  '😀',
  '\u{d7ff}'.repeat(17),
];
const NUMBERS = [-1, 0, 1, 2, 7, 2 ** 31 - 1];
const SCORES = [Number.NaN, -0.5, 0, 1.5, 3, 1e300];

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });

/** Files of which many have few distinct values, or none: those are what bounds can leave out. */
const file = fc
  .record({
    day: fc.integer({ min: 0, max: DAYS - 1 }),
    isOld: fc.boolean(),
    strings: fc.array(orNull(oneOf(STRINGS)), { minLength: 1, maxLength: 2 }),
    numbers: fc.array(orNull(oneOf(NUMBERS)), { minLength: 1, maxLength: 2 }),
    scores: fc.array(orNull(oneOf(SCORES)), { minLength: 1, maxLength: 2 }),
    flags: fc.array(orNull(fc.boolean()), { minLength: 1, maxLength: 2 }),
    hours: fc.array(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 4 }),
    deleted: fc.boolean(),
    withoutStructs: fc.boolean(),
  })
  .map((made) => ({ ...made, day: FIRST_DAY + made.day }));
type MadeFile = typeof file extends fc.Arbitrary<infer T> ? T : never;

function rowsOf({ day, isOld, hours, strings, numbers, scores, flags, withoutStructs }: MadeFile): object[] {
  const at = <T>(values: T[], index: number): T => values[index % values.length];
  return hours.map((hour, index) => {
    const code = at(numbers, index);
    const event = { id: at(strings, index), code: isOld || code === null ? code : BigInt(code), ok: at(flags, index) };
    const ts = BigInt(day) * DAY_MICROS + BigInt(hour) * 3_600_000_000n;
    if (isOld) return { ts, event };
    const isBare = withoutStructs && index % 2 === 0;
    return {
      ts,
      event: isBare ? null : { ...event, score: at(scores, index) },
      '"odd" name': isBare ? null : { Größe: at(strings, index + 1) },
      cloud: isBare ? null : { account: { id: at(strings, index) } },
    };
  });
}

/** What writers that keep bounds of doubles write: without NaN (spec, "Data File Fields"). */
function withScoreBounds(one: DataFile, score: NestedField | undefined, rows: object[]): DataFile {
  const values = rows
    .map((row) => (row as { event: { score?: number | null } | null }).event?.score)
    .filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  if (score === undefined || values.length === 0) return one;
  const bytes = (value: number): string => {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleLE(value);
    return buffer.toString('base64');
  };
  const [lower, upper] = [bytes(Math.min(...values)), bytes(Math.max(...values))];
  return {
    ...one,
    lowerBounds: { ...one.lowerBounds, [score.id]: lower },
    upperBounds: { ...one.upperBounds, [score.id]: upper },
  };
}

class Made {
  private constructor(
    readonly catalog: Catalog,
    readonly table: LoadedTable,
  ) {}

  static async of(directory: string, files: readonly MadeFile[]): Promise<Made> {
    const store = createFileStore(directory);
    const catalog = createStorageCatalog(store);
    let table = await catalog.ensureTable(identifier, { schema: schemaOf(OLD), partitionByDayOf: 'ts' });
    for (const isOld of [true, false]) {
      if (!isOld) table = await evolveTable(catalog, (await catalog.loadTable(identifier))!, NEW);
      const some = files.filter((one) => one.isOld === isOld);
      // A manifest for each day, as after a merge by day, and one for what is left.
      for (const day of new Set(some.map((one) => one.day)))
        await Made.append(
          store,
          catalog,
          table,
          `${isOld}-${day}`,
          some.filter((one) => one.day === day),
        );
    }
    return new Made(catalog, (await catalog.loadTable(identifier))!);
  }

  private static async append(
    store: ObjectStore,
    catalog: Catalog,
    table: LoadedTable,
    name: string,
    files: readonly MadeFile[],
  ): Promise<void> {
    const written: { file: DataFile; deleted: boolean }[] = [];
    const schema = schemaToWrite(currentSchema(table.metadata), files[0].isOld ? OLD : NEW);
    for (const [index, made] of files.entries()) {
      const rows = rowsOf(made);
      const parquet = parquetFile(schema, rows);
      const key = `${keyOf(store, table.location)}/data/${name}-${index}.parquet`;
      await store.put(key, parquet);
      const footer = await readFooter(parquet);
      const of = dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day: made.day, schema, footer });
      written.push({
        file: withScoreBounds(of, fieldByName(schema, 'event.score'), rows),
        deleted: made.deleted,
      });
    }
    const as = { schema: currentSchema(table.metadata), spec: currentSpec(table.metadata) };
    const key = `${keyOf(store, table.location)}/metadata/${name}.avro`;
    const manifest = await writeManifest(
      store,
      key,
      as,
      written.map((one) => one.file),
    );
    await appendManifests({ catalog, identifier, commitId: name, manifests: [manifest] });
    const gone = written.filter((one) => one.deleted).map((one) => ({ file: one.file, positions: [0] }));
    if (gone.length > 0) await deleteRows({ catalog, identifier }, `${name}-deletes`, gone);
  }
}

const sqlString = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const ID_COLUMNS = ['event.id', '"""odd"" name"."Größe"', 'cloud.account.id'];
const OPERATORS = ['=', '<', '<=', '>', '>=', '<>', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'];
const day = fc
  .integer({ min: -1, max: DAYS })
  .map((n) => new Date((FIRST_DAY + n) * 86_400_000).toISOString().slice(0, 10));

const leaf = fc.oneof(
  fc.tuple(oneOf(ID_COLUMNS), oneOf(OPERATORS), oneOf(STRINGS)).map(([c, o, v]) => `${c} ${o} ${sqlString(v)}`),
  fc
    .tuple(oneOf(ID_COLUMNS), fc.array(oneOf(STRINGS), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([c, v, not]) => `${c} ${not ? 'NOT ' : ''}IN (${v.map(sqlString).join(', ')})`),
  fc
    .tuple(oneOf(ID_COLUMNS), oneOf(STRINGS), fc.nat(18), oneOf(['%', '%x', '_', '']))
    .map(([c, v, n, rest]) => `${c} LIKE ${sqlString([...v].slice(0, n).join('') + rest)}`),
  fc.tuple(oneOf(ID_COLUMNS), oneOf(STRINGS)).map(([c, v]) => `starts_with(${c}, ${sqlString(v)})`),
  // The first of two columns that is not null, as in flat views.
  fc
    .tuple(oneOf(ID_COLUMNS), oneOf(ID_COLUMNS), oneOf(OPERATORS), oneOf(STRINGS))
    .map(([one, two, o, v]) => `coalesce(${one}, ${two}) ${o} ${sqlString(v)}`),
  fc
    .tuple(oneOf(ID_COLUMNS), oneOf(ID_COLUMNS), fc.array(oneOf(STRINGS), { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([one, two, v, not]) => `coalesce(${one}, ${two}) ${not ? 'NOT ' : ''}IN (${v.map(sqlString).join(', ')})`),
  fc
    .tuple(oneOf(ID_COLUMNS), oneOf(ID_COLUMNS), fc.boolean())
    .map(([one, two, not]) => `coalesce(${one}, ${two}) IS ${not ? 'NOT ' : ''}NULL`),
  fc
    .tuple(
      oneOf([...ID_COLUMNS, 'event.code', 'event.score', 'event.ok', 'ts', 'event', 'cloud.account']),
      fc.boolean(),
    )
    .map(([c, not]) => `${c} IS ${not ? 'NOT ' : ''}NULL`),
  fc.tuple(oneOf(OPERATORS), oneOf([...NUMBERS, 2 ** 40])).map(([o, v]) => `event.code ${o} ${v}`),
  fc.tuple(oneOf(NUMBERS), oneOf(NUMBERS)).map(([one, two]) => `event.code BETWEEN ${one} AND ${two}`),
  fc
    .tuple(oneOf(OPERATORS), oneOf(['-1.0', '0.0', '-0.0', '1.5', '2', "'nan'", '1e300', "'infinity'"]))
    .map(([o, v]) => `event.score ${o} ${v}::DOUBLE`),
  fc
    .tuple(oneOf(['-1.0', '1.5', '2']), oneOf(['1.5', '9', "'nan'"]))
    .map(([one, two]) => `event.score BETWEEN ${one}::DOUBLE AND ${two}::DOUBLE`),
  oneOf(['event.ok', 'NOT event.ok', 'event.ok = false', 'event.ok <> true']),
  fc.tuple(oneOf(OPERATORS), day, oneOf(['', ' 12:00', ' 12:00:00+05'])).map(([o, d, t]) => `ts ${o} '${d}${t}'`),
  fc.tuple(oneOf(OPERATORS), day).map(([o, d]) => `ts::DATE ${o} '${d}'`),
  fc.tuple(oneOf(OPERATORS), day).map(([o, d]) => `(ts AT TIME ZONE 'America/New_York') ${o} '${d} 20:00'`),
  fc.tuple(oneOf(['day', 'hour', 'month']), day).map(([unit, d]) => `date_trunc('${unit}', ts) >= '${d}'`),
);
const condition = fc.letrec<{ all: string }>((tie) => ({
  all: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie('all'), oneOf(['AND', 'AND', 'OR']), tie('all'))
        .map(([one, word, two]) => `(${one} ${word} ${two})`),
    },
    { weight: 1, arbitrary: tie('all').map((one) => `NOT (${one})`) },
  ),
})).all;

const SHAPES: readonly ((where: string, other: string) => string)[] = [
  (where) => `SELECT * FROM aws_cloudtrail WHERE ${where}`,
  (where, other) => `SELECT event.id FROM aws_cloudtrail WHERE ${where} AND ${other}`,
  (where) => `SELECT * FROM aws_cloudtrail WHERE ${where}`,
  (where, other) => `SELECT * FROM aws_cloudtrail WHERE ${where} UNION ALL SELECT * FROM aws_cloudtrail WHERE ${other}`,
  (where, other) => `WITH x AS (SELECT * FROM aws_cloudtrail WHERE ${where}) SELECT * FROM x WHERE ${other}`,
  (where, other) =>
    `SELECT count(*) AS n FROM (SELECT * FROM aws_cloudtrail WHERE ${where}) AS a LEFT JOIN (SELECT * FROM aws_cloudtrail WHERE ${other}) AS b ON a.event.id = b.event.id`,
  (where, other) =>
    `SELECT event.id, max(ts) AS last FROM aws_cloudtrail WHERE ${where} AND ts >= (SELECT min(ts) FROM aws_cloudtrail WHERE ${other}) GROUP BY ALL`,
];

let directory: string;
let connection: DuckDBConnection;
let close: OpenDuckDb['close'] | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-pruning-'));
  ({ connection, close } = await openDuckDb());
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => {
  close?.();
  rmSync(directory, { recursive: true, force: true });
});

let filesByName = 0;

/** @param byName as in a query with few files: those with the columns of the table are read by name, the others by field id */
async function rowsWith(plan: PlannedTable, sql: string, byName = false): Promise<string[]> {
  const urls = byName ? plan.files.map(({ file: { path } }) => fileUrl(path)) : [];
  const same = await filesWithSchema(connection, urls, plan.schema);
  filesByName += same.size;
  await connection.run(`CREATE OR REPLACE VIEW aws_cloudtrail AS ${selectOf(plan, undefined, same)}`);
  const reader = await connection.runAndReadAll(sql);
  return reader
    .getRowsJson()
    .map((row) => JSON.stringify(row))
    .sort();
}

/** The tables are few and the questions to each many: making a table takes longer than asking. */
test('whatever is asked of whatever table, the rows are those of all files', async () => {
  let [asked, leftOut, questionsWithFewer] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 14 }),
      fc.array(fc.tuple(oneOf(SHAPES), condition, condition), { minLength: 40, maxLength: 40 }),
      async (files, questions) => {
        const { table } = await Made.of(mkdtempSync(join(directory, 't-')), files);
        const planner = (await Planner.open(new Map([[identifier.name, currentSchema(table.metadata)]])))!;
        const everything = await planTable(table);
        for (const [shape, where, other] of questions) {
          const sql = shape(where, other);
          const pruned = await planTable(table, (await planner.conditionsOf(sql))?.get(identifier.name));
          asked++;
          leftOut += everything.files.length - pruned.files.length;
          if (pruned.files.length < everything.files.length) questionsWithFewer++;
          const [expected, rows] = [await rowsWith(everything, sql), await rowsWith(pruned, sql, true)];
          if (JSON.stringify(rows) !== JSON.stringify(expected)) throw new Error(`${sql}\n${expected}\n${rows}`);
        }
        planner.close();
      },
    ),
    { numRuns: 8, seed: 21, endOnFailure: true },
  );
  expect(asked).toBe(320);
  // Else, nothing would be tested here.
  expect([questionsWithFewer > 150, leftOut > 400, filesByName > 200]).toEqual([true, true, true]);
}, 180_000);

describe('what is read', () => {
  const files: MadeFile[] = Array.from({ length: DAYS * 2 }, (_, index) => ({
    day: FIRST_DAY + Math.floor(index / 2),
    isOld: false,
    strings: [`id-${index}-longer than a bound`],
    numbers: [index],
    scores: [null],
    flags: [true],
    hours: [index, index + 1],
    deleted: index === 3,
    withoutStructs: false,
  }));
  let catalog: Catalog;
  const read: string[] = [];

  beforeAll(async () => {
    const made = await Made.of(mkdtempSync(join(directory, 'read-')), files);
    catalog = {
      ...made.catalog,
      description: made.catalog.description,
      loadTable: async (of) => {
        const table = (await made.catalog.loadTable(of)) as LoadedTable;
        const { store } = table;
        const counted: ObjectStore = Object.assign(Object.create(store), {
          get: (key: string, options?: object) => {
            read.push(key.replace(/^.*\//, ''));
            return store.get(key, options);
          },
        });
        return { ...table, store: counted };
      },
    };
  });

  /** Asks in a session of its own: the rows, the manifests that were read, and the data files that the view has. */
  async function ask(sql: string) {
    const tables = await openTables(catalog, identifier.namespace, { sql: 'aws_cloudtrail' });
    read.length = 0;
    try {
      const rows = await tables.query(sql);
      const manifests = read.filter((name) => /^(true|false)-\d+(-deletes)*\.avro$/.test(name)).length;
      return { rows, manifests, files: tables.files.filter((path) => !path.includes('deletes')).length };
    } finally {
      tables.close();
    }
  }

  test.each([
    // A row of the fourth file is deleted.
    ['TRUE', 19, 6, 10],
    ["ts >= '2023-07-11' AND ts < '2023-07-12'", 3, 2, 2],
    ["ts >= '2023-07-11' AND ts < '2023-07-12' AND event.code = 2", 2, 2, 1],
    ["event.id = 'id-7-longer than a bound'", 2, 6, 1],
    ["event.id LIKE 'id-7-longer%'", 2, 6, 1],
    ["cloud.account.id IN ('id-1-longer than a bound', 'id-8-longer than a bound')", 4, 6, 2],
    ["cloud.account.id > 'id-8-longer than'", 4, 6, 2],
    // Without a data file, no manifest of deletes is read.
    ["event.id = 'absent'", 0, 5, 0],
    ['event.score IS NOT NULL', 0, 5, 0],
    ['NOT event.ok', 0, 5, 0],
    ["ts < '2023-07-10' OR event.code >= 9", 2, 6, 1],
  ])('WHERE %s', async (where, count, manifests, opened) => {
    const { rows, ...counts } = await ask(`SELECT count(*)::INT AS n FROM aws_cloudtrail WHERE ${where}`);
    expect([rows, counts]).toEqual([[{ n: count }], { manifests, files: opened }]);
  });
});

describe('one session', () => {
  const files: MadeFile[] = [0, 1].map((day) => ({
    day: FIRST_DAY + day,
    isOld: false,
    strings: ['x'],
    numbers: [day],
    scores: [1],
    flags: [true],
    hours: [2, 20],
    deleted: false,
    withoutStructs: false,
  }));
  const open = async () => {
    const { catalog } = await Made.of(mkdtempSync(join(directory, 'session-')), files);
    return openTables(catalog, identifier.namespace, { sql: 'aws_cloudtrail' });
  };
  const count = (where: string) => `SELECT count(*)::INT AS n FROM aws_cloudtrail WHERE ${where}`;

  test.each([
    ["SET TimeZone = 'Pacific/Kiritimati'", "ts::DATE = '2023-07-12'", 1],
    ["SET TimeZone = 'Pacific/Niue'", "ts::DATE = '2023-07-09'", 1],
    ["SET TimeZone = 'Pacific/Niue'", "ts::TIMESTAMP < '2023-07-10'", 1],
    ["SET TimeZone = 'UTC'", "(ts AT TIME ZONE 'Pacific/Kiritimati') >= '2023-07-12 09:00'", 1],
  ])('finds the rows of days in other time zones: %s; %s', async (setting, where, n) => {
    const tables = await open();
    await tables.query(setting);
    expect(await tables.query(count(where))).toEqual([{ n }]);
    tables.close();
  });

  test('answers one question after the other, and several at once', async () => {
    const tables = await open();
    const questions = ['event.code = 0', 'event.code = 1', 'TRUE', 'event.code = 5', 'event.code < 9'];
    const answers = [2, 2, 4, 0, 4].map((n) => [{ n }]);
    for (const [index, where] of questions.entries()) expect(await tables.query(count(where))).toEqual(answers[index]);
    expect(await Promise.all(questions.map((where) => tables.query(count(where))))).toEqual(answers);
    tables.close();
  });

  test.each([
    ['a view of its own', 'CREATE VIEW mine AS FROM aws_cloudtrail', 'SELECT count(*)::INT AS n FROM mine', 4],
    [
      'a view instead of the table',
      'CREATE TEMP VIEW aws_cloudtrail AS SELECT event.id, 7 AS code FROM memory.main.aws_cloudtrail',
      'SELECT count(*)::INT AS n FROM aws_cloudtrail WHERE code = 7',
      4,
    ],
    [
      'a macro',
      'CREATE MACRO code() AS TABLE SELECT event.code AS c FROM aws_cloudtrail',
      'SELECT count(*)::INT AS n FROM code() WHERE c < 2',
      4,
    ],
    ['a variable', 'SET VARIABLE wanted = 1', count("event.code = getvariable('wanted')"), 2],
    ['a time zone', "SET TimeZone = 'America/Los_Angeles'", count("ts >= '2023-07-10' AND ts < '2023-07-11'"), 2],
  ])('knows %s', async (_what, before, sql, n) => {
    const tables = await open();
    expect(await tables.query(count('event.code = 0'))).toEqual([{ n: 2 }]);
    await tables.query(before);
    expect(await tables.query(sql)).toEqual([{ n }]);
    tables.close();
  });
});
