/** Harmful transforms: what happens to their run, and that the worker and other runs are not affected. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DecoderPool, startDecoderPool } from '../../../ingest/threads/decoder-pool';
import type { ChunkResult, ChunkTask } from '../../../ingest/types';
import { statusOf } from '../../../ledger/entry';
import { ChunkTasks, counts, rowsOf } from '../../support/chunk-tasks';
import { records, trailFile, trailKey } from '../../support/runs';

let directory: string;
let pool: DecoderPool;
let tasks: ChunkTasks;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-contained-'));
  tasks = new ChunkTasks(directory);
  const limits = { seconds: 1.5, heapMib: 64, growthMib: 256 };
  pool = startDecoderPool(1, join(__dirname, '../../../dist/ingest/threads/thread.js'), limits);
});
afterAll(async () => {
  await pool.close();
  rmSync(directory, { recursive: true, force: true });
});

const task = (...args: Parameters<ChunkTasks['task']>): ChunkTask => tasks.task(...args);

/** Every chunk without a transform has this result, unless something was changed. */
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
  ['loops forever', 'for (;;);', /did not finish within 1\.5 s/],
  ['backtracks endlessly in a regular expression', '/(a+)+$/.test("a".repeat(60) + "b");', /did not finish within/],
  ['waits for another program', 'require("node:child_process").execSync("sleep 60");', /did not finish within/],
  ['fills an array', 'const all = []; for (;;) all.push(0);', /memory/],
  ['fills a map', 'const all = new Map(); for (let i = 0; ; i++) all.set(i, {});', /memory/],
  ['creates objects', 'const all = []; for (;;) all.push({ a: [1, 2, 3] });', /memory/],
  ['creates large arrays', 'const all = []; for (;;) all.push(new Array(3e7).fill(1.5));', /memory/],
  ['splits a long string', 'const all = []; for (;;) all.push("x".repeat(2e8).split(""));', /memory/],
  ['allocates buffers', 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));', /memory/],
  ['exits its process', 'require("node:process").exit(3);', /terminated its thread \(process\.exit\) at record 1 of /],
  ['kills its process', 'const { kill, pid } = require("node:process"); kill(pid, "SIGABRT");', /crashed its process/],
])('a transform that %s stops its run with a mistake that names it', async (_what, code, message) => {
  const wrong = task(`module.exports = (row) => { ${AT_SECOND} ${code} };`);
  const failed: Error = await pool.ingestChunk(wrong).then(
    () => new Error('it went through'),
    (error) => error,
  );
  expect(failed).toMatchObject({ name: 'UserMistake', cure: expect.stringContaining('Correct it') });
  expect(failed.message).toMatch(message);
  expect(failed.message).toContain(join(directory, `t${tasks.modules}.js`));
  await expectUnharmed();
});

test('the error for a transform that loops names the file and the record', async () => {
  const wrong = task(`module.exports = (row) => { ${AT_SECOND} for (;;); };`);
  await expect(pool.ingestChunk(wrong)).rejects.toThrow(
    `did not finish within 1.5 s at record 1 of memory://bucket/${trailKey('two')}.`,
  );
});

test('a module that loops while it is loaded is also named', async () => {
  await expect(pool.ingestChunk(task('for (;;);'))).rejects.toThrow(/did not finish .* while it was being loaded/);
});

test('the memory that a transform keeps from row to row is also limited', async () => {
  const keeps = 'const all = []; module.exports = () => { for (let i = 0; i < 4e5; i++) all.push({ a: [1, 2, 3] }); };';
  await expect(pool.ingestChunk(task(keeps))).rejects.toThrow(/memory/);
  await expectUnharmed();
});

test('the values that a transform sets are written in several pieces, however many there are', async () => {
  const sets = `const text = 'x'.repeat(1 << 20); module.exports = (row) => {
    for (const name of ['labels', 'event.reason', 'message', 'user_agent.original']) try { row.set(name, text); } catch {} };`;
  const much = task(sets);
  much.files[0].body = trailFile(records(300));
  much.maxFileBytes = much.bufferBytes = 1 << 24;
  const limits = { seconds: 60, heapMib: 64, growthMib: 4096 };
  const patient = startDecoderPool(1, join(__dirname, '../../../dist/ingest/threads/thread.js'), limits);
  const { ledger, written } = await patient.ingestChunk(much).finally(() => patient.close());
  expect({ ...ledger[0], status: statusOf(ledger[0]) }).toMatchObject({
    status: 'ingested',
    records: 300,
    rejects: 0,
  });
  // In several pieces: 300 rows with megabytes of values are not held in memory at once.
  expect(written.length).toBeGreaterThan(2);
});

test('an asynchronous failure that nothing awaits is reported', async () => {
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

test('the same transform is loaded again for another batch: no state passes from one to the other', async () => {
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

/** The counts of a file with three records, the second of which is rejected. */
const REJECTED = [2, 1, 0];

/** A chunk with a file without a statement, then one for each of `statements`, which is executed at its second record. */
function chunkOf(statements: ReadonlyMap<string, string>): Promise<ChunkResult> {
  const calls = [...statements].map(([what, code]) => `${JSON.stringify(what)}: (row) => { ${code} }`);
  const source = `${ODD} const calls = { ${calls.join(', ')} };
    module.exports = (row) => { const [, what] = /^(.*)-1$/.exec(row.record.eventID) ?? []; if (what) calls[what]?.(row); };`;
  return pool.ingestChunk(task(source, 'b', undefined, ['one', ...statements.keys()]));
}

describe('a transform that throws', () => {
  const THROWN = [
    'null',
    'undefined',
    'a symbol',
    'a proxy',
    'an object whose toString throws',
    'an error without a name',
    'an error with a message that is no text',
    'a function',
    'an object without a prototype',
    'a lone surrogate',
    'a bigint',
  ];
  /** Each in its own chunk: both at once would exceed the memory of the process. */
  const HUGE = ['a huge text', 'an error with a huge text'];
  const chunkOfThrown = (thrown: readonly string[]): Promise<ChunkResult> =>
    chunkOf(new Map(thrown.map((what) => [what, `throw odd[${JSON.stringify(what)}];`])));
  let small: ChunkResult;
  beforeAll(async () => {
    small = await chunkOfThrown(THROWN);
  });

  test.each([...THROWN, ...HUGE])('%s rejects that record, and no other', async (what) => {
    const [thrown, result] = HUGE.includes(what) ? [[what], await chunkOfThrown([what])] : [THROWN, small];
    expect(counts(result)).toEqual([[3, 0, 0], ...thrown.map(() => REJECTED)]);
    const reject = rowsOf(result, 'rejects')[thrown.indexOf(what)];
    expect(reject.reason).toBe('transform_error');
    expect(String(reject.message).length).toBeLessThanOrEqual(1_000);
    expect(String(reject.message)).not.toBe('');
  });
});

describe('a transform that sets', () => {
  const SET: [string, string, RegExp][] = [
    ['a value without end', 'const a = []; a.push(a); row.set("tags", a);', /more than 32 levels/],
    ['a list without end', 'row.set("tags", new Array(4e9));', /members/],
    ['a text of 100 MB', 'row.set("labels", "x".repeat(1e8));', /more than 1 MiB of text/],
    ['a getter that throws', 'row.set("labels", { get a() { throw new Error("no") } });', /no|expected text/],
    ['a proxy', 'row.set("labels", proxy);', /./],
    ['a symbol', 'row.set("labels", Symbol("x"));', /a symbol is not a valid value/],
    ['a name that throws', 'row.set({ toString() { throw 1 } }, "x");', /./],
  ];
  let result: ChunkResult;
  beforeAll(async () => {
    result = await chunkOf(new Map(SET.map(([what, code]) => [what, code])));
  });

  test.each(SET)('%s rejects that record, and no other', (what, _code, message) => {
    expect(counts(result)).toEqual([[3, 0, 0], ...SET.map(() => REJECTED)]);
    expect(rowsOf(result, 'rejects')[SET.findIndex(([name]) => name === what)].message).toMatch(message);
  });
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

test('a cancelled chunk ends at once, and the next one is processed', async () => {
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
