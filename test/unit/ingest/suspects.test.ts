/**
 * A file on which the decoder fails unexpectedly, or that crashes the worker: the day completes, the file is quarantined by
 * name as a defect, and the others are ingested.
 */
import { commit } from '../../../commit/commit';
import { StorageUnavailable, UserMistake } from '../../../errors/index';
import { ingestBatch } from '../../../ingest/batch';
import { Trials, type TrialWork } from '../../../ingest/suspects';
import type { DecoderPool } from '../../../ingest/threads/decoder-pool';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { FetchedFile } from '../../../ingest/types';
import type { DayPlan } from '../../../protocol/messages';
import type { RunContext } from '../../../run/context';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';
import { DAY, memoryRun, NEVER, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs';

async function runWith(names: readonly string[]): Promise<ReturnType<typeof memoryRun>> {
  const run = memoryRun();
  for (const [i, name] of names.entries())
    await run.bucket.put(trailKey(name), trailFile(records(2, `${DAY}T12:00:00Z`, {}, `${name}-${i}`)));
  return run;
}

const named = (files: readonly FetchedFile[], name: string): boolean =>
  files.some(({ key, body }) => body !== undefined && key.includes(name));

/** Throws at a file with the name. */
function failing(name: string, error: unknown): DecoderPool & { calls: number } {
  return {
    ...inlinePool,
    calls: 0,
    ingestChunk(task) {
      this.calls++;
      return named(task.files, name) ? Promise.reject(error) : inlinePool.ingestChunk(task);
    },
  };
}

async function attempt(run: RunContext, pool: DecoderPool, day: DayPlan, number: number): Promise<string> {
  const input = { config: '', plan: day.address, index: 0, run: 'a test' };
  return (await ingestBatch(run, pool, input, () => {}, NEVER, number)).result;
}

async function finish(run: RunContext, day: DayPlan, result: string) {
  const input = { config: '', plan: day.address, since: day.ledgerSequence, group: 0, day: DAY, run: 'a test' };
  return commit(run, inlinePool, { ...input, results: [result] }, NEVER);
}

const NAMES = Array.from({ length: 40 }, (_, i) => `file${String(i).padStart(2, '0')}`);

async function expectOnlyQuarantined(run: RunContext, culprit: string, error: RegExp): Promise<void> {
  const ledger = await rowsOf(run, 'ledger');
  expect(ledger).toHaveLength(NAMES.length);
  for (const { key, status, records: rows, error: text } of ledger)
    if (String(key).includes(culprit)) {
      expect(status).toBe('quarantined');
      expect(text).toMatch(error);
    } else expect([key, status, Number(rows)]).toEqual([key, 'ingested', 2]);
  const ids = (await rowsOf(run, 'default')).map((row) => JSON.stringify(row)).filter((row) => row.includes(culprit));
  expect(ids).toEqual([]);
}

test.each([
  ['a RangeError', new RangeError('Cannot create a string longer than 0x1fffffe8 characters')],
  ['a trap of WebAssembly', Object.assign(new Error('unreachable'), { name: 'RuntimeError' })],
  ['a thread without memory', Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' })],
  ['something that is not an error', 'odd'],
])('%s: the culprit is found within one attempt', async (_what, error) => {
  const run = await runWith(NAMES);
  const day = await plan(run);
  const pool = failing('file17', error);
  const totals = await finish(run, day, await attempt(run, pool, day, 1));
  expect(totals).toMatchObject({ files: 40, quarantined: 1, events: 78 });
  expect(totals.quarantinedFor).toMatchObject([{ code: 'defect' }]);
  await expectOnlyQuarantined(run, 'file17', /^defect: Trailmill failed to read the file: /);
  expect(pool.calls).toBeLessThan(25);
});

test('two culprits in one chunk, first and last', async () => {
  const run = await runWith(NAMES);
  const day = await plan(run);
  const first = failing('file00', new RangeError('x'));
  const pool: DecoderPool = {
    ...inlinePool,
    ingestChunk: (task) => (named(task.files, 'file39') ? Promise.reject(new Error('y')) : first.ingestChunk(task)),
  };
  const totals = await finish(run, day, await attempt(run, pool, day, 1));
  expect(totals).toMatchObject({ files: 40, quarantined: 2, events: 76 });
});

test.each([
  ['a mistake of the user', new UserMistake('The transform is wrong.')],
  ['a store that does not answer', new StorageUnavailable('away')],
])('%s is not a defect of a file', async (_what, error) => {
  const run = await runWith(NAMES.slice(0, 3));
  const day = await plan(run);
  await expect(attempt(run, failing('file01', error), day, 1)).rejects.toBe(error);
});

test('if every file fails, or the decoder fails without any, no file is at fault', async () => {
  const run = await runWith(NAMES);
  const day = await plan(run);
  await expect(attempt(run, failing('file', new RangeError('x')), day, 1)).rejects.toThrow('x');
  const closed: DecoderPool = { ...inlinePool, ingestChunk: () => Promise.reject(new Error('The pool is closed')) };
  await expect(attempt(run, closed, day, 1)).rejects.toThrow('closed');
});

/** A worker process: when it reads the file, it dies. From then on, none of its storage calls are executed. */
function mortal(run: ReturnType<typeof memoryRun>, name: string, at: 'reading' | 'decoding') {
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new StorageUnavailable('dead');
  };
  const warehouse = new Proxy(run.warehouse, {
    get: (store, call: keyof ObjectStore) => {
      const value = store[call];
      return typeof value !== 'function'
        ? value
        : (...argv: never[]) => {
            if (isDead) throw new StorageUnavailable('dead');
            return (value as (...argv: never[]) => unknown).apply(store, argv);
          };
    },
  });
  const get: ObjectStore['get'] = async (key, options) =>
    at === 'reading' && key.includes(name) ? die() : run.bucket.get(key, options);
  const pool: DecoderPool = {
    ...inlinePool,
    ingestChunk: async (task) => (at === 'decoding' && named(task.files, name) ? die() : inlinePool.ingestChunk(task)),
  };
  return { run: { ...run, warehouse, bucket: { ...run.bucket, list: run.bucket.list, get } }, pool };
}

test.each(['reading', 'decoding'] as const)('a worker that dies while it is %s a file', async (at) => {
  const run = await runWith(NAMES);
  const day = await plan(run);
  let result: string | undefined;
  let deaths = 0;
  for (let number = 1; result === undefined && number < 20; number++) {
    const worker = mortal(run, 'file17', at);
    try {
      result = await attempt(worker.run, worker.pool, day, number);
    } catch (error) {
      expect(error).toBeInstanceOf(StorageUnavailable);
      deaths++;
    }
  }
  // Without a mark; the chunk; pieces of 5 files; the file, three times.
  expect(deaths).toBe(6);
  const totals = await finish(run, day, String(result));
  expect(totals).toMatchObject({ files: 40, quarantined: 1, events: 78 });
  await expectOnlyQuarantined(run, 'file17', /^defect: The worker crashed 3 times while it was reading only/);
});

test('an attempt that fails normally leaves no mark, and no file is suspected', async () => {
  const run = await runWith(NAMES.slice(0, 3));
  const day = await plan(run);
  const pool = failing('file01', new StorageUnavailable('away'));
  for (let number = 1; number < 10; number++)
    await expect(attempt(run, pool, day, number)).rejects.toBeInstanceOf(StorageUnavailable);
  const totals = await finish(run, day, await attempt(run, inlinePool, day, 10));
  expect(totals).toMatchObject({ files: 3, quarantined: 0, events: 6 });
});

test('suspected files are decoded while nothing else is decoded', async () => {
  const atWork: string[] = [];
  const seen: [what: string, beside: string[]][] = [];
  const working = (what: string): TrialWork => ({
    read: async () => [],
    unread: () => ({}) as FetchedFile,
    identify: async (file) => file,
    decode: async () => {
      seen.push([what, [...atWork]]);
      atWork.push(what);
      await new Promise((resolve) => setTimeout(resolve, 20));
      atWork.splice(atWork.indexOf(what), 1);
      return { written: [], ledger: [] };
    },
  });
  const store = createMemoryStore('marks');
  const run = (what: string, marks: string[]): Promise<unknown> =>
    new Trials(store, 'done/', 2, marks).decode(working(what), 0, 1, NEVER);
  // One worker died at this file alone, and one at a piece that contained it.
  const suspects = [run('suspect', ['done/trial-0-1-1']), run('suspect', ['done/trial-0-8-1'])];
  await Promise.all([run('other', []), ...suspects, run('other', []), run('other', [])]);
  await Promise.all([run('other', []), run('other', [])]);
  expect(seen).toHaveLength(7);
  for (const [what, beside] of seen) {
    expect(beside).not.toContain('suspect');
    if (what === 'suspect') expect(beside).toEqual([]);
  }
  // Others do not wait for each other: otherwise the test would prove nothing.
  expect(seen.some(([, beside]) => beside.length > 0)).toBe(true);
});
