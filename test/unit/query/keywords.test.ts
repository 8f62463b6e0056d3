/** Columns whose names are SQL keywords: shown in quotes, and explained where somebody leaves the quotes out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { DOCUMENTED_TABLES } from '../../../dev/scripts/docs/tables';
import { schemaOf } from '../../../iceberg/schema';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { bareKeywords, KEYWORDS, sqlName, withQuotes } from '../../../query/keywords';
import { identifier, typeOf } from '../../../query/sql-text';
import { createFileStore } from '../../../storage/file';
import { runCommand } from '../../support/run-command';
import { ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';

let cwd: string;
let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  cwd = mkdtempSync(join(tmpdir(), 'trailmill-keywords-'));
  const warehouse = createFileStore(join(cwd, 'warehouse'));
  const run = { ...memoryRun(), warehouse, catalog: createStorageCatalog(warehouse) };
  const more = {
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateGroup',
    requestParameters: { groupName: 'g1' },
    responseElements: { group: { groupName: 'g1', groupId: 'AGPA1' } },
  };
  await run.bucket.put(trailKey('one'), trailFile([...records(2, undefined, more), 7]));
  await ingestWholeDay(run);
});
afterAll(() => {
  instance.closeSync();
  rmSync(cwd, { recursive: true, force: true });
});

test('the keywords are those of DuckDB', async () => {
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')",
  );
  expect([...KEYWORDS].sort()).toEqual(reader.getRows().map(String).sort());
  connection.closeSync();
});

describe.each(DOCUMENTED_TABLES.map((table) => [table.name, table] as const))('%s', (_name, { columns }) => {
  test('every column can be asked for as it is shown', async () => {
    const connection = await instance.connect();
    const fields = schemaOf(columns).fields.map(({ name, type }) => `${identifier(name)} ${typeOf(type)}`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE t (${fields.join(', ')})`);
    const names = columns.map(({ name }) => sqlName(name));
    await connection.run(`SELECT ${names.join(', ')} FROM t`);
    for (const name of names.filter((one) => one.includes('"')))
      await connection.run(`SELECT ${name} FROM t WHERE ${name} IS NULL GROUP BY ${name}`);
    connection.closeSync();
  });
});

test.each([
  ['group.name', '"group".name'],
  ['table', '"table"'],
  ['event.action', 'event.action'],
  ['user.name', 'user.name'],
  ['team.order', 'team."order"'],
  ['team.Größe', 'team."Größe"'],
  ['a-b', '"a-b"'],
])('%s is shown as %s', (name, shown) => expect(sqlName(name)).toBe(shown));

const query = (sql: string, ...flags: string[]) => runCommand(['query', sql, ...flags], cwd);

describe('trailmill query', () => {
  test.each([
    ['SELECT group.name FROM aws_cloudtrail', 'group is an SQL keyword: write "group".name'],
    ['SELECT event.action, GROUP.id FROM aws_cloudtrail', 'group is an SQL keyword: write "group".id'],
    ["SELECT count(*) FROM aws_cloudtrail WHERE group.name = 'group'", 'write "group".name'],
    ['SELECT group.name, count(*) FROM aws_cloudtrail GROUP BY group.name ORDER BY group.name', 'write "group".name'],
    ['/* group */ SELECT group FROM aws_cloudtrail', 'write "group"'],
    ['SELECT table, count(*) FROM aws_cloudtrail_rejects GROUP BY ALL', 'table is an SQL keyword: write "table"'],
    ['CREATE TEMP TABLE t AS SELECT table FROM aws_cloudtrail_rejects; FROM t', 'write "table"'],
  ])('explains %s', async (sql, cure) => {
    const { code, stderr } = await query(sql);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Parser Error/);
    expect(stderr).toContain(cure);
    const right = withQuotes(
      sql,
      bareKeywords(sql, ['group', 'table']).filter(({ written }) => written !== 'TABLE'),
    );
    expect(await query(right)).toMatchObject({ code: 0 });
  });

  test.each([
    'SELECT event.action FROM aws_cloudtrail GRUOP BY ALL',
    "SELECT 'group.name' FROM aws_cloudtrail WHERE",
    'SELECT "group".name FROM aws_cloudtrail GROUP BY',
    'SELECT order FROM aws_cloudtrail',
  ])('does not explain other mistakes by it: %s', async (sql) => {
    const { code, stderr } = await query(sql);
    expect(code).toBe(2);
    expect(stderr).not.toContain('keyword');
    expect(stderr).toContain('trailmill tables --columns');
  });

  test('says that quotes go around a part, not around all of it', async () => {
    expect((await query('SELECT "group.name" FROM aws_cloudtrail')).stderr).toContain('write "group".name');
    expect((await query('SELECT "event.action" FROM aws_cloudtrail')).stderr).toContain('write event.action');
  });
});

test('trailmill tables shows names as SQL takes them; its JSON has them as they are', async () => {
  const { stdout } = await runCommand(['tables', '--columns'], cwd);
  expect(stdout).toMatch(/^ +"group"\.name +string/m);
  expect(stdout).toMatch(/^ +"table" +string/m);
  const json = await runCommand(['tables', 'aws_cloudtrail', '--json'], cwd);
  expect(json.stdout).toContain('"name":"group.name"');
});
