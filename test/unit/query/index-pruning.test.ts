/** Files are left out by the index of values where a query asks with `=` or `IN`, and its result is as if they were not. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance as Instance } from '@duckdb/node-api';
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
let instance: Instance;
let connection: DuckDBConnection;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-index-pruning-'));
  const { DuckDBInstance } = await import('@duckdb/node-api');
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
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
