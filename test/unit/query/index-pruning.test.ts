/** Files are left out by the index of values where a query asks with `=` or `IN`, and its result is as if they were not. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables';
import { StorageAccessDenied } from '../../../errors/index';
import type { LoadedTable } from '../../../iceberg/catalog';
import { storageCatalog } from '../../../iceberg/catalog-settings';
import { currentSchema } from '../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { openTables } from '../../../query/open-tables';
import { type PlannedTable, planTable } from '../../../query/plan';
import { Planner } from '../../../query/planner';
import { TableIndex } from '../../../query/table-index';
import { selectOf } from '../../../query/views';
import { identifierOf } from '../../../run/config';
import type { RunContext } from '../../../run/context';
import { createFileStore } from '../../../storage/file';
import type { ObjectStore } from '../../../storage/object-store';
import { listSegments } from '../../../value-index/index-area';
import { mergeSegments } from '../../../value-index/merge';
import { type OpenDuckDb, openDuckDb } from '../../support/duckdb';
import { DAY, INGEST, ingestWholeDay, trailFile, trailKey } from '../../support/runs';

/** Texts of all forms that the index treats differently from others, and of those that it does not have. */
const TEXTS = [
  '',
  'a',
  'alice',
  'Alice',
  "it's",
  'é🎉',
  '\u0001',
  'AKIAIOSFODNN7EXAMPLE',
  '2001:db8::1',
  '2001:DB8:0:0::1',
  '2001:0db8:0000:0000:0000:0000:0000:0001',
  '::ffff:10.1.2.3',
  '10.1.2.3',
  '10.1.2.0/24',
  'ABCDEF01-2345-6789-ABCD-EF0123456789',
  'abcdef01-2345-6789-abcd-ef0123456789',
  'arn:aws:iam::111122223333:role/Admin',
  'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  'arn:aws:s3:::logs/2024/a.gz',
  'arn:aws:s3:::logs',
  'arn:x',
  'AROAAAAAAAAAAAAAAAAA:alice',
  'AROAAAAAAAAAAAAAAAAA:',
  '{"a":["alice",{"b":"bob"}],"n":1}',
  '{"x-amz-id-2":"secret"}',
  '["2024-03-05T12:10:00Z"]',
  '[]',
  '{}',
  '{"escaped":"\\u0061lice"}',
  '{not JSON}',
  '2024-03-05T12:10:00Z',
  'Mar 5, 2024 12:10:00 PM',
  'true',
  '17',
  'x'.repeat(1_024),
  'x'.repeat(1_025),
  `{"long":"${'y'.repeat(3_000)}"}`,
];
/** In no file. */
const ABSENT = ['absent', 'AKIAAAAAAAAAAAAAAAAA', '2001:db8::2', 'arn:aws:iam::111122223333:role/none', '{"a":"none"}'];
/** Below and above all others, in each file, so that bounds leave out none. */
const ENDS = ['\u0000', '\u{10ffff}'];

const COLUMNS = [
  'mine.one',
  'mine.inner.two',
  // Beside columns that are not searched.
  'event.type_of_mine',
  'error.message_of_mine',
  'team',
  'user.name',
  'source.address',
  'event.action',
  'aws.cloudtrail.error_code',
  'aws.cloudtrail.user_identity.arn',
  'aws.cloudtrail.user_identity.access_key_id',
  'aws.cloudtrail.request_parameters',
];
const TABLE = {
  key: 'default' as const,
  name: 'aws_cloudtrail',
  columns: ['mine.one', 'mine.inner.two', 'event.type_of_mine', 'error.message_of_mine'].map((name) => ({
    name,
    type: 'string' as const,
    doc: '',
    from: ['additionalEventData', name],
  })),
};

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const text = fc.option(oneOf(TEXTS), { nil: undefined, freq: 4 });
const record = fc.record({
  eventName: text,
  errorCode: text,
  sourceIPAddress: text,
  arn: text,
  userName: text,
  accessKeyId: text,
  one: text,
  two: text,
  three: text,
  four: text,
});
type MadeRecord = typeof record extends fc.Arbitrary<infer T> ? T : never;

function recordOf(made: MadeRecord, id: string): object {
  const { arn, userName, accessKeyId, one, two, three, four, ...rest } = made;
  return {
    eventVersion: '1.08',
    eventTime: `${DAY}T12:00:00Z`,
    eventID: id,
    userIdentity: { type: 'IAMUser', arn, userName, accessKeyId },
    requestParameters: { name: one, list: [two] },
    additionalEventData: {
      'mine.one': one,
      'mine.inner.two': two,
      'event.type_of_mine': three,
      'error.message_of_mine': four,
    },
    ...rest,
  };
}

const ends = ENDS.map(
  (end): MadeRecord => ({
    eventName: end,
    errorCode: end,
    sourceIPAddress: end,
    arn: end,
    userName: end,
    accessKeyId: end,
    one: end,
    two: end,
    three: end,
    four: end,
  }),
);

let directory: string;
let connection: DuckDBConnection;
let close: OpenDuckDb['close'] | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-index-pruning-'));
  ({ connection, close } = await openDuckDb());
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => {
  close?.();
  rmSync(directory, { recursive: true, force: true });
});

/** A table with a data file for each list of records. */
async function tableOf(files: readonly (readonly object[])[], transform?: string): Promise<RunContext> {
  const root = mkdtempSync(join(directory, 't-'));
  const [bucket, warehouse] = ['bucket', 'warehouse'].map((name) => createFileStore(join(root, name)));
  const path = join(root, 'transform.mjs');
  if (transform !== undefined) {
    mkdirSync(root, { recursive: true });
    writeFileSync(path, transform);
  }
  const sha256 = createHash('sha256')
    .update(transform ?? '')
    .digest('hex');
  const more = transform === undefined ? {} : { transform: { path, sha256 } };
  const run: RunContext = {
    config: {
      source: 'aws_cloudtrail',
      location: bucket.uri,
      keyPrefix: '',
      catalog: storageCatalog(ICEBERG_NAMESPACE),
      ingest: { ...INGEST, chunkBytes: 1, batchFiles: 5, maxFileBytes: 64 << 20 },
      tables: [{ ...TABLE, columns: [...TABLE.columns, { name: 'team', type: 'string', doc: '' }], ...more }],
    },
    warehouse,
    bucket,
    catalog: createStorageCatalog(warehouse),
  };
  for (const [index, list] of files.entries()) await bucket.put(trailKey(`file${index}`), trailFile(list));
  await ingestWholeDay(run);
  return run;
}

const load = async (run: RunContext): Promise<LoadedTable> =>
  (await run.catalog.loadTable(identifierOf(run.config, 'default'))) as LoadedTable;

async function rowsWith(plan: PlannedTable, sql: string): Promise<string[]> {
  await connection.run(`CREATE OR REPLACE VIEW aws_cloudtrail AS ${selectOf(plan)}`);
  const reader = await connection.runAndReadAll(sql);
  return reader
    .getRowsJson()
    .map((row) => JSON.stringify(row))
    .sort();
}

const sqlString = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const value = fc.oneof({ weight: 5, arbitrary: oneOf(TEXTS) }, { weight: 2, arbitrary: oneOf(ABSENT) });
const leaf = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(oneOf(COLUMNS), value).map(([c, v]) => `${c} = ${sqlString(v)}`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(oneOf(COLUMNS), fc.array(value, { minLength: 1, maxLength: 3 }), oneOf(['', '', 'NOT ']))
      .map(([c, v, not]) => `${c} ${not}IN (${v.map(sqlString).join(', ')})`),
  },
  fc.tuple(oneOf(COLUMNS), value).map(([c, v]) => `${c} IS NOT DISTINCT FROM ${sqlString(v)}`),
  fc.tuple(oneOf(COLUMNS), value).map(([c, v]) => `${c} <> ${sqlString(v)}`),
  fc.tuple(oneOf(COLUMNS), oneOf(['arn:%', '{%', 'a', 'ali_e'])).map(([c, v]) => `${c} LIKE '${v}'`),
  oneOf(COLUMNS).map((c) => `${c} IS NULL`),
  oneOf([`ts >= '${DAY}'`, `ts < '${DAY}'`, "lower(user.name) = 'alice'", "event.id = 'id-1-0'"]),
);
const condition = fc.letrec<{ all: string }>((tie) => ({
  all: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    {
      weight: 3,
      arbitrary: fc.tuple(tie('all'), oneOf(['AND', 'OR']), tie('all')).map(([a, word, b]) => `(${a} ${word} ${b})`),
    },
    { weight: 1, arbitrary: tie('all').map((one) => `NOT (${one})`) },
  ),
})).all;

const SELECT = `SELECT event.id AS id, ${COLUMNS.join(', ')} FROM aws_cloudtrail`;
const SHAPES: readonly ((where: string, other: string) => string)[] = [
  (where) => `${SELECT} WHERE ${where}`,
  (where, other) => `${SELECT} WHERE ${where} UNION ALL ${SELECT} WHERE ${other}`,
  (where, other) =>
    `SELECT count(*) AS n FROM (${SELECT} WHERE ${where}) AS a LEFT JOIN (${SELECT} WHERE ${other}) AS b ON a.id = b.id`,
];

/** What may happen to an index. All files stay as they are. */
const STATES: readonly [name: string, change: (run: RunContext, table: LoadedTable) => Promise<void>][] = [
  ['as ingestion leaves it', async () => {}],
  [
    'without some of its segments',
    async ({ warehouse }, table) => {
      const [first, second] = await listSegments(warehouse, table.metadata['table-uuid']);
      await warehouse.deleteAll([first.key, second.key]);
    },
  ],
  [
    'with damaged segments',
    async ({ warehouse }, table) => {
      const [first, second] = await listSegments(warehouse, table.metadata['table-uuid']);
      for (const [{ key }, from] of [
        [first, 0],
        [second, second.headerBytes],
      ] as const) {
        const { body } = await warehouse.get(key);
        const broken = Buffer.from(body);
        for (let at = from + 9; at < broken.length; at += 10) broken[at] ^= 1;
        await warehouse.put(key, broken);
      }
    },
  ],
  [
    'merged',
    async ({ warehouse }, table) => {
      const livePaths = (await planTable(table)).files.map(({ file }) => file.path);
      await mergeSegments(warehouse, { tableUuid: table.metadata['table-uuid'], livePaths, now: Date.now() });
    },
  ],
];

/** The tables are few and the questions to each many: making a table takes longer than asking. */
test('whatever is asked of whatever table, the rows are those of all files', async () => {
  let [leftOut, questionsWithFewer] = [0, 0];
  const transform = `export default (row) => { row.set('team', row.get('mine.one')); return row; };`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(record, { minLength: 1, maxLength: 2 }), { minLength: 16, maxLength: 20 }),
      fc.array(fc.tuple(oneOf(SHAPES), condition, condition), { minLength: 25, maxLength: 25 }),
      async (files, questions) => {
        const lists = files.map((list, file) => [...list, ...ends].map((one, at) => recordOf(one, `id-${file}-${at}`)));
        const run = await tableOf(lists, transform);
        const table = await load(run);
        const planner = (await Planner.open(new Map([['aws_cloudtrail', currentSchema(table.metadata)]])))!;
        const everything = await planTable(table);
        expect(everything.files.length).toBeGreaterThanOrEqual(16);
        for (const [state, change] of STATES) {
          await change(run, table);
          for (const [shape, where, other] of questions) {
            const sql = shape(where, other);
            const conditions = (await planner.conditionsOf(sql))?.get('aws_cloudtrail');
            const byBounds = await planTable(table, conditions);
            const index = new TableIndex(run.warehouse, table);
            const pruned = await planTable(table, conditions, undefined, { index });
            leftOut += byBounds.files.length - pruned.files.length;
            expect(index.use.leftOut).toBe(byBounds.files.length - pruned.files.length);
            if (pruned.files.length === byBounds.files.length) continue;
            questionsWithFewer++;
            const [expected, rows] = [await rowsWith(everything, sql), await rowsWith(pruned, sql)];
            if (JSON.stringify(rows) !== JSON.stringify(expected))
              throw new Error(`${state}: ${sql}\n${expected}\n${rows}`);
          }
        }
        planner.close();
      },
    ),
    { numRuns: 3, seed: 21, endOnFailure: true },
  );
  // Else, nothing would be tested here.
  expect([questionsWithFewer > 50, leftOut > 500]).toEqual([true, true]);
}, 240_000);

describe('what is read', () => {
  const KEY = (index: number): string =>
    `AKIA${String(index)
      .padStart(16, 'A')
      .replace(/\d/g, (digit) => 'ABCDEFGHIJ'[+digit])}`;
  const SHARED = 'AKIASHAREDSHAREDSHAR';
  const FILES = 24;
  let run: RunContext;
  let requests: string[];
  let warehouse: ObjectStore;

  beforeAll(async () => {
    const lists = Array.from({ length: FILES }, (_, file) => {
      const keys = [KEY(file), ...(file % 8 === 1 ? [SHARED] : [])];
      const made = keys.map((accessKeyId) => ({ ...ends[0], accessKeyId, one: `only-${file}` }));
      return [...made, ...ends].map((one, at) => recordOf(one, `id-${file}-${at}`));
    });
    run = await tableOf(lists);
  });
  beforeEach(() => {
    requests = [];
    warehouse = storeOf((key) => {
      requests.push(key);
    });
  });

  /** The warehouse, with something that happens first when a part of it is listed or read. */
  function storeOf(before: (key: string) => void): ObjectStore {
    const { warehouse: store } = run;
    const first =
      <A extends unknown[], R>(call: (key: string, ...rest: A) => R) =>
      (key: string, ...rest: A): R => {
        before(key);
        return call.call(store, key, ...rest);
      };
    return Object.assign(Object.create(store), { list: first(store.list), getRange: first(store.getRange) });
  }

  async function ask(where: string, from = 'aws_cloudtrail') {
    const tables = await openTables(run.catalog, run.config.catalog.namespace, { warehouse, sql: from });
    try {
      const rows = await tables.query(`SELECT count(*)::INT AS n FROM ${from} WHERE ${where}`);
      return { n: rows[0].n, files: tables.files.length, ...tables.indexUse };
    } finally {
      tables.close();
    }
  }

  const column = 'aws.cloudtrail.user_identity.access_key_id';

  test('a key that is in no file opens no data file', async () => {
    const { problems, ...rest } = await ask(`${column} = 'AKIANOWHERENOWHERENO'`);
    expect(rest).toEqual({ n: 0, files: 0, leftOut: FILES, requests: requests.length });
    expect(problems).toEqual([]);
    const segments = await listSegments(run.warehouse, (await load(run)).metadata['table-uuid']);
    // A listing, and the header and a block of each segment.
    expect(requests.length).toBeLessThanOrEqual(1 + 2 * segments.length);
  });

  test('a key that is in three files opens three', async () => {
    expect(await ask(`${column} = '${SHARED}'`)).toMatchObject({ n: 3, files: 3, leftOut: FILES - 3 });
  });

  test.each([
    [`${column} IN ('${KEY(1)}', '${KEY(2)}', 'AKIANOWHERENOWHERENO')`, 2, 2],
    [`${column} = '${SHARED}' AND mine.one = 'only-9'`, 1, 1],
    [`${column} = '${SHARED}' OR mine.one = 'only-2'`, 4, 4],
    [`${column} = '${KEY(1)}' AND mine.one = 'only-2'`, 0, 0],
    [`${column} = '${SHARED}' AND lower(mine.one) = 'only-9'`, 1, 3],
    [`${column} = '${SHARED}' OR lower(mine.one) = 'only-9'`, 4, FILES],
  ])('WHERE %s', async (where, n, files) => {
    expect(await ask(where)).toMatchObject({ n, files });
  });

  test.each([
    [`${column} LIKE 'AKIA%'`],
    [`${column} <> '${SHARED}'`],
    [`${column} > '${SHARED}'`],
    [`event.action = 'no such action'`],
    [`${column} IN (${Array.from({ length: 101 }, (_, index) => `'${KEY(index)}'`).join(', ')})`],
    ["mine.one = '2024-03-05T12:10:00Z'"],
    [`mine.one = '${'x'.repeat(2_000)}'`],
    ['TRUE'],
  ])('the index is not touched by WHERE %s', async (where) => {
    expect(await ask(where)).toMatchObject({ requests: 0, leftOut: 0 });
    expect(requests).toEqual([]);
  });

  test('nor by what bounds leave few files of, and by a table that has none', async () => {
    expect(await ask(`event.id = 'id-3-0' AND ts >= '${DAY}'`)).toMatchObject({ n: 1, files: 1, requests: 0 });
    await ask("key = 'nothing'", 'aws_cloudtrail_files');
    expect(requests).toEqual([]);
  });

  test('it is opened once for several queries', async () => {
    const tables = await openTables(run.catalog, run.config.catalog.namespace, {
      warehouse,
      sql: 'aws_cloudtrail',
    });
    const count = async (key: string) =>
      (await tables.query(`SELECT count(*)::INT AS n FROM aws_cloudtrail WHERE ${column} = '${key}'`))[0].n;
    expect(await count(SHARED)).toBe(3);
    const first = requests.length;
    expect(await count(KEY(5))).toBe(1);
    expect(requests.slice(first).filter((key) => key.endsWith('/'))).toEqual([]);
    expect(tables.files).toHaveLength(1);
    tables.close();
  });

  test('without the right to read it, all files are read, and it is said', async () => {
    warehouse = storeOf((key) => {
      throw new StorageAccessDenied(`No right to read ${key}.`, 'Grant it.');
    });
    const { problems, ...rest } = await ask(`${column} = '${SHARED}'`);
    expect(rest).toEqual({ n: 3, files: FILES, requests: 0, leftOut: 0 });
    expect(problems).toEqual([expect.stringContaining('No right to read _trailmill/index/')]);
  });

  test('a column that was not searched under an earlier name leaves out nothing', async () => {
    const table = await load(run);
    const { metadata } = table;
    const renamed = structuredClone(currentSchema(metadata));
    const mine = renamed.fields.find(({ name }) => name === 'mine') as (typeof renamed.fields)[number];
    mine.name = 'ecs';
    const as = { ...table, metadata: { ...metadata, schemas: [renamed, ...metadata.schemas] } };
    const planner = (await Planner.open(new Map([['t', currentSchema(metadata)]])))!;
    const condition = (await planner.conditionsOf("FROM t WHERE mine.one = 'only-3'"))?.get('t');
    planner.close();
    const filesOf = async (of: LoadedTable) =>
      (await planTable(table, condition, undefined, { index: new TableIndex(warehouse, of) })).files.length;
    expect([await filesOf(table), await filesOf(as)]).toEqual([1, FILES]);
  });

  test('more segments than are worth it are not read', async () => {
    const table = await load(run);
    const uuid = table.metadata['table-uuid'];
    const [{ key }] = await listSegments(run.warehouse, uuid);
    const { body } = await run.warehouse.get(key);
    const copies = Array.from({ length: 2 * FILES }, (_, copy) => key.replace(/index\/[^/]+\//, `$&${copy}-`));
    for (const copy of copies) await run.warehouse.put(copy, body);
    expect(await ask(`${column} = '${SHARED}'`)).toMatchObject({ n: 3, files: FILES, requests: 1, leftOut: 0 });
    await run.warehouse.deleteAll(copies);
  });
});
