/** Transforms that do harm: what becomes of their run, and that nothing becomes of the worker and of other runs. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { columnsOf } from '../../../cloudtrail/table-columns';
import type { TableConfig } from '../../../cloudtrail/table-config';
import { defaultTables, tablesOf } from '../../../cloudtrail/tables';
import { schemaOf } from '../../../iceberg/schema';
import { type DecoderPool, startDecoderPool } from '../../../ingest/threads/decoder-pool';
import type { ChunkResult, ChunkTask } from '../../../ingest/types';
import { statusOf } from '../../../ledger/entry';
import { ACCOUNT, records, trailFile, trailKey } from '../../support/runs';

let directory: string;
let pool: DecoderPool;
let modules = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-contained-'));
  const limits = { seconds: 1.5, heapMib: 64, growthMib: 256 };
  pool = startDecoderPool(1, join(__dirname, '../../../dist/ingest/threads/thread.js'), limits);
});
afterAll(async () => {
  await pool.close();
  rmSync(directory, { recursive: true, force: true });
});

function task(transform: string | undefined, batch = 'b', path?: string): ChunkTask {
  const [config] = defaultTables('aws_cloudtrail');
  const module = path ?? join(directory, `t${++modules}.js`);
  if (transform !== undefined) writeFileSync(module, transform);
  const sha256 = createHash('sha256')
    .update(transform ?? '')
    .digest('hex');
  const table: TableConfig = transform === undefined ? config : { ...config, transform: { path: module, sha256 } };
  const files = ['one', 'two'].map((name) => {
    const key = trailKey(name);
    const body = trailFile(records(3, undefined, { userAgent: 'x' }, name));
    const place = { account: ACCOUNT, region: 'us-east-1', kind: 'CloudTrail' };
    return { key, etag: 'e', size: body.length, ...place, uri: `memory://bucket/${key}`, deliveredAt: 0, body };
  });
  return {
    batch,
    run: 'r',
    files,
    tables: [{ config: table, schema: schemaOf(columnsOf(table)) }],
    rejectsSchema: schemaOf(tablesOf('aws_cloudtrail', [config]).rejects.columns),
    maxFileBytes: 1 << 20,
    deduplicate: false,
    bufferBytes: 1 << 20,
  };
}

function rowsOf({ written }: ChunkResult, role: string): Record<string, unknown>[] {
  return written
    .filter((file) => file.role === role)
    .flatMap(({ bytes }) => tableFromIPC(readParquet(bytes).intoIPCStream()).toArray())
    .map((row) => row.toJSON());
}

const counts = ({ ledger }: ChunkResult): number[][] =>
  ledger.map((file) => [file.records, file.rejects, file.dropped]);

/** What every chunk without a transform comes to, as long as nobody has changed anything. */
async function expectUnharmed(): Promise<void> {
  const result = await pool.ingestChunk(task(undefined));
  expect(counts(result)).toEqual([
    [3, 0, 0],
    [3, 0, 0],
  ]);
  const [row] = rowsOf(result, 'default');
  expect(Object.getPrototypeOf(row.tags ?? [])).toBe(Array.prototype);
  expect(rowsOf(result, 'default').map((each) => (each.event as { action: string }).action)).toEqual(
    Array(6).fill('GetObject'),
  );
}

const AT_SECOND = `if (row.record.eventID !== 'two-1') return;`;

test.each([
  ['loops for ever', 'for (;;);', /did not finish within 1\.5 s/],
  ['recurses through a regular expression', '/(a+)+$/.test("a".repeat(60) + "b");', /did not finish within/],
  ['waits for another program', 'require("node:child_process").execSync("sleep 60");', /did not finish within/],
  ['fills an array', 'const all = []; for (;;) all.push(0);', /memory/],
  ['fills a map', 'const all = new Map(); for (let i = 0; ; i++) all.set(i, {});', /memory/],
  ['makes objects', 'const all = []; for (;;) all.push({ a: [1, 2, 3] });', /memory/],
  ['makes large arrays', 'const all = []; for (;;) all.push(new Array(3e7).fill(1.5));', /memory/],
  ['splits a long text', 'const all = []; for (;;) all.push("x".repeat(2e8).split(""));', /memory/],
  ['fills buffers', 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));', /memory/],
  ['ends its process', 'require("node:process").exit(3);', /terminated its thread \(process\.exit\) at record 1 of /],
  ['kills its process', 'const { kill, pid } = require("node:process"); kill(pid, "SIGABRT");', /crashed its process/],
])('a transform that %s stops its run with a mistake that names it', async (_what, code, message) => {
  const wrong = task(`module.exports = (row) => { ${AT_SECOND} ${code} };`);
  const failed: Error = await pool.ingestChunk(wrong).then(
    () => new Error('it went through'),
    (error) => error,
  );
  expect(failed).toMatchObject({ name: 'UserMistake', cure: expect.stringContaining('Correct it') });
  expect(failed.message).toMatch(message);
  expect(failed.message).toContain(join(directory, `t${modules}.js`));
  await expectUnharmed();
});

test('what loops is named with its file and its record', async () => {
  const wrong = task(`module.exports = (row) => { ${AT_SECOND} for (;;); };`);
  await expect(pool.ingestChunk(wrong)).rejects.toThrow(
    `did not finish within 1.5 s at record 1 of memory://bucket/${trailKey('two')}.`,
  );
});

test('a module that loops while it is loaded is named, too', async () => {
  await expect(pool.ingestChunk(task('for (;;);'))).rejects.toThrow(/did not finish .* while it was being loaded/);
});

test('what a transform keeps from row to row has a limit, too', async () => {
  const keeps = 'const all = []; module.exports = () => { for (let i = 0; i < 4e5; i++) all.push({ a: [1, 2, 3] }); };';
  await expect(pool.ingestChunk(task(keeps))).rejects.toThrow(/memory/);
  await expectUnharmed();
});

test('what a transform sets is written out on the way, however much it is', async () => {
  const sets = `const text = 'x'.repeat(1 << 20); module.exports = (row) => {
    for (const name of ['labels', 'event.reason', 'message', 'user_agent.original']) try { row.set(name, text); } catch {} };`;
  const much = task(sets);
  much.files[0].body = trailFile(records(1_500));
  much.maxFileBytes = much.bufferBytes = 1 << 26;
  const limits = { seconds: 60, heapMib: 64, growthMib: 4096 };
  const patient = startDecoderPool(1, join(__dirname, '../../../dist/ingest/threads/thread.js'), limits);
  const { ledger, written } = await patient.ingestChunk(much).finally(() => patient.close());
  expect({ ...ledger[0], status: statusOf(ledger[0]) }).toMatchObject({
    status: 'ingested',
    records: 1_500,
    rejects: 0,
  });
  // In several pieces: 1,500 rows with megabytes of values are not held at once.
  expect(written.length).toBeGreaterThan(2);
});

test('what fails later, when nobody waits for it, is told', async () => {
  const later = task('module.exports = () => { (async () => { throw new Error("no such team"); })(); };');
  await expect(pool.ingestChunk(later)).rejects.toThrow(
    /started an asynchronous operation that failed: Error: no such team/,
  );
  await expectUnharmed();
});

test.each([
  ['Object.prototype', 'Object.prototype.eventName = "Evil"; Object.prototype.get = 1;'],
  ['Array.prototype', 'Array.prototype.push = () => 0; Array.prototype[Symbol.iterator] = function* () {};'],
  ['Map.prototype', 'Map.prototype.get = () => undefined; Map.prototype.set = () => undefined;'],
  ['typed arrays', 'Uint8Array.prototype.subarray = () => new Uint8Array(0); Uint8Array.prototype.set = () => {};'],
  ['JSON', 'JSON.parse = () => ({}); JSON.stringify = () => "{}";'],
  ['String.prototype', 'String.prototype.slice = () => "x"; String.prototype.toWellFormed = () => "x";'],
  ['Function.prototype', 'Function.prototype.call = Function.prototype.apply = () => 1;'],
  ['Promise.prototype', 'Promise.prototype.then = () => {};'],
  ['modules of Node', 'require("node:fs").readFileSync = () => ""; require("node:crypto").createHash = null;'],
  ['the row', 'module.exports.x = 1; const p = row => Object.getPrototypeOf(row); globalThis.seen = p;'],
  ['globals', 'globalThis.Buffer = globalThis.Math = globalThis.Date = undefined;'],
])('changes to %s harm neither the decoder of the run nor another run', async (_what, code) => {
  const evil = `${code}\nmodule.exports = (row) => { ${code} };`;
  const result = await pool.ingestChunk(task(evil, 'evil'));
  expect(counts(result).map(([kept, rejected]) => kept + rejected)).toEqual([3, 3]);
  for (const row of rowsOf(result, 'default')) expect(row.event).toMatchObject({ action: 'GetObject' });
  expect(result.ledger.map(({ sha256 }) => sha256)).toEqual(
    (await pool.ingestChunk(task(undefined))).ledger.map(({ sha256 }) => sha256),
  );
  await expectUnharmed();
});

test('the same transform is loaded anew for another batch: no state goes from one to the other', async () => {
  const source =
    'let calls = 0; Object.prototype.left ??= 0; module.exports = (row) => { row.set("labels", JSON.stringify({ n: ++calls, left: ++Object.prototype.left })); };';
  const path = join(directory, 'counts.js');
  const labels = async (batch: string): Promise<unknown[]> =>
    rowsOf(await pool.ingestChunk(task(source, batch, path)), 'default').map((row) => row.labels);
  const first = await labels('first');
  expect(first).toHaveLength(6);
  expect(first[0]).toBe('{"n":1,"left":1}');
  expect(await labels('second')).toEqual(first);
});

const ODD = `
  const proxy = new Proxy({}, { get() { throw proxy; }, ownKeys() { throw proxy; }, getPrototypeOf() { throw proxy; } });
  const odd = {
    'null': null,
    'undefined': undefined,
    'a symbol': Symbol('s'),
    'a proxy': proxy,
    'an object whose toString throws': { toString() { throw this; } },
    'an error without a name': Object.defineProperty(new Error('m'), 'name', { get() { throw 5; } }),
    'an error with a message that is no text': Object.assign(new Error(), { message: { toString() { throw 5; } } }),
    'a function': () => 1,
    'an object without a prototype': Object.create(null),
    'a huge text': 'x'.repeat(5e7),
    'an error with a huge text': new Error('y'.repeat(2e7)),
    'a lone surrogate': '\\ud800',
    'a bigint': 5n,
  };
`;

test.each([
  'null',
  'undefined',
  'a symbol',
  'a proxy',
  'an object whose toString throws',
  'an error without a name',
  'an error with a message that is no text',
  'a function',
  'an object without a prototype',
  'a huge text',
  'an error with a huge text',
  'a lone surrogate',
  'a bigint',
])('a transform that throws %s rejects that record, and no other', async (what) => {
  const odd = `${ODD} module.exports = (row) => { ${AT_SECOND} throw odd[${JSON.stringify(what)}]; };`;
  const result = await pool.ingestChunk(task(odd));
  expect(counts(result)).toEqual([
    [3, 0, 0],
    [2, 1, 0],
  ]);
  const [reject] = rowsOf(result, 'rejects');
  expect(reject.reason).toBe('transform_error');
  expect(String(reject.message).length).toBeLessThanOrEqual(1_000);
  expect(String(reject.message)).not.toBe('');
});

test.each([
  ['a value without end', 'const a = []; a.push(a); row.set("tags", a);', /more than 32 levels/],
  ['a list without end', 'row.set("tags", new Array(4e9));', /members/],
  ['a text of 100 MB', 'row.set("labels", "x".repeat(1e8));', /more than 1 MiB of text/],
  ['a getter that throws', 'row.set("labels", { get a() { throw new Error("no") } });', /no|expected text/],
  ['a proxy', `${ODD} row.set("labels", proxy);`, /./],
  ['a symbol', 'row.set("labels", Symbol("x"));', /a symbol is not a valid value/],
  ['a name that throws', 'row.set({ toString() { throw 1 } }, "x");', /./],
])('a transform that sets %s rejects that record, and no other', async (_what, code, message) => {
  const result = await pool.ingestChunk(task(`module.exports = (row) => { ${AT_SECOND} ${code} };`));
  expect(counts(result)[1]).toEqual([2, 1, 0]);
  expect(rowsOf(result, 'rejects')[0].message).toMatch(message);
});

test('secrets of the worker are not in the environment of a transform', async () => {
  process.env.TRAILMILL_CATALOG_TOKEN = 'secret';
  process.env.TEAM_OF_TEST = 'red';
  try {
    const source = `module.exports = (row) => { const { env } = require("node:process");
      row.set("labels", JSON.stringify([env.TRAILMILL_CATALOG_TOKEN ?? "none", process.env.TEAM_OF_TEST])); };`;
    const [row] = rowsOf(await pool.ingestChunk(task(source)), 'default');
    expect(row.labels).toBe('["none","red"]');
  } finally {
    delete process.env.TRAILMILL_CATALOG_TOKEN;
    delete process.env.TEAM_OF_TEST;
  }
});

test('a cancelled chunk ends at once, and a process serves the next', async () => {
  const controller = new AbortController();
  const looping = pool.ingestChunk(task('module.exports = () => { for (;;); };'), controller.signal);
  setTimeout(() => controller.abort(), 300);
  const started = Date.now();
  await expect(looping).rejects.toMatchObject({ name: 'AbortError' });
  expect(Date.now() - started).toBeLessThan(1_400);
  expect(counts(await pool.ingestChunk(task('module.exports = () => null;')))).toEqual([
    [0, 0, 3],
    [0, 0, 3],
  ]);
});
