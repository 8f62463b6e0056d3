/** Event lists: what is written is read, a commit reads only what it needs of them, and damaged ones are made again. */
import fc from 'fast-check';
import { ID_WORDS } from '../../../cloudtrail/event-ids';
import { ENTRY_WORDS, eventListOf, readEventIndex } from '../../../cloudtrail/event-list';
import { EventLists } from '../../../commit/event-lists';
import { entriesOf, passesOf, SecondSet } from '../../../commit/seconds';
import type { DataFile } from '../../../iceberg/types';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { eventListKey } from '../../../run/work-keys';
import { createMemoryStore } from '../../../storage/memory';
import { filesOf, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';

const DAY_END = 86_400;
const [WHOLE_DAY] = passesOf([], 1);
let names = 0;

/** A store with the list of a file whose rows have these seconds, -1 for a row without an id. The first word of an id is its row. */
async function stored(seconds: readonly number[]) {
  const ids = new Uint32Array(seconds.length * ID_WORDS);
  seconds.forEach((second, row) => {
    if (second >= 0) ids.set([row, 1, 2, 3], row * ID_WORDS);
  });
  const store = createMemoryStore('warehouse');
  const file = { path: `memory://warehouse/t/data/${++names}.parquet`, rows: seconds.length } as DataFile;
  const list = eventListOf({ ids, seconds: Uint32Array.from(seconds, (second) => Math.max(second, 0)) });
  await store.put(eventListKey(file.path), list);
  const read = { bytes: 0, requests: 0 };
  const counted = {
    ...store,
    getRange: async (...of: Parameters<typeof store.getRange>) => {
      const body = await store.getRange(...of);
      read.bytes += body.length;
      read.requests++;
      return body;
    },
  };
  const place = { store, identifier: { namespace: 'n', name: 't' } };
  return { list, file, read, lists: new EventLists(counted, place, inlinePool) };
}

/** The rows of some events. */
const rowsIn = (events: readonly Uint32Array[]): number[] =>
  events.flatMap((some) => [...some].filter((_, at) => at % ENTRY_WORDS === ID_WORDS));

const someSeconds = fc.array(
  fc.oneof(fc.integer({ min: -1, max: DAY_END - 1 }), fc.integer({ min: 43_000, max: 43_005 })),
  { maxLength: 300 },
);

it('has the rows with an id, by second and then by row', async () => {
  await fc.assert(
    fc.asyncProperty(someSeconds, async (seconds) => {
      const { lists, file, list } = await stored(seconds);
      const wanted = [...seconds.keys()].filter((row) => seconds[row] >= 0);
      wanted.sort((one, two) => seconds[one] - seconds[two] || one - two);
      const part = await lists.readAll(file);
      expect(rowsIn(part.events)).toEqual(wanted);
      expect([...part.index.seconds]).toEqual([...new Set(wanted.map((row) => seconds[row]))]);
      expect(readEventIndex(list, file.rows)).toEqual(part.index);
    }),
    { numRuns: 50 },
  );
});

it('returns the events of some seconds', async () => {
  await fc.assert(
    fc.asyncProperty(someSeconds, someSeconds, fc.nat(DAY_END), async (seconds, others, from) => {
      const { lists, file } = await stored(seconds);
      const pass = { ...WHOLE_DAY, from, end: from + 40_000, isWholeDay: false };
      const wanted = new SecondSet(others.filter((second) => second >= 0));
      const isWanted = (second: number): boolean =>
        second >= from && second < pass.end && others.includes(second) && second >= 0;
      const part = await lists.read(file, (index) => entriesOf(index, pass, wanted));
      const rows = new Set(rowsIn(part.events));
      for (const [row, second] of seconds.entries()) if (isWanted(second)) expect(rows).toContain(row);
      expect(rows.size).toBe(seconds.filter(isWanted).length);
    }),
    { numRuns: 50 },
  );
});

it('reads a small part of a long list for a few seconds, and its index once', async () => {
  const { lists, file, list, read } = await stored(Array.from({ length: 50_000 }, (_, row) => row % 1_000));
  const wanted = new SecondSet([3, 500]);
  const part = await lists.read(file, (index) => entriesOf(index, WHOLE_DAY, wanted));
  expect(new Set(rowsIn(part.events).map((row) => row % 1_000))).toEqual(new Set([3, 500]));
  expect([rowsIn(part.events).length, read.requests]).toEqual([100, 3]);
  expect(read.bytes).toBeLessThan(list.length / 50);
  await lists.read(file, () => []);
  expect(read.requests).toBe(3);
});

it('reads an index that is longer than what is read first', async () => {
  const { lists, file } = await stored(Array.from({ length: 30_000 }, (_, row) => (row * 7) % DAY_END));
  expect((await lists.index(file)).seconds.length).toBe(30_000);
});

describe('a list that is', () => {
  it.each([
    ['missing', () => undefined],
    ['of another format', (list: Buffer) => list.fill(9, 4, 8)],
    ['of another file', (list: Buffer) => list.fill(9, 8, 12)],
    ['cut in its index', (list: Buffer) => list.subarray(0, 18)],
    ['cut in its events', (list: Buffer) => list.subarray(0, -20)],
    ['empty', () => Buffer.alloc(0)],
    ['of ids only, as earlier versions wrote it', () => Buffer.alloc(3 * 16, 7)],
  ])('%s is made again from the data file, and stored', async (_how, damage) => {
    const run = memoryRun();
    await run.bucket.put(trailKey('one'), trailFile(records(3)));
    await ingestWholeDay(run);
    const [file] = await filesOf(run, 'default');
    // Under another name, as if read by another process: this one has the index in memory.
    const copy = { ...file, path: file.path.replace(/[^/]*$/, `copy-${++names}.parquet`) };
    const keyOf = (path: string): string => path.slice(`${run.warehouse.uri}/`.length);
    await run.warehouse.put(keyOf(copy.path), (await run.warehouse.get(keyOf(file.path))).body);
    const { body: list } = await run.warehouse.get(eventListKey(file.path));
    const damaged = damage(Buffer.from(list));
    if (damaged) await run.warehouse.put(eventListKey(copy.path), damaged);
    const place = { store: run.warehouse, identifier: { namespace: 'n', name: 't' } };
    const part = await new EventLists(run.warehouse, place, inlinePool).readAll(copy);
    expect(rowsIn(part.events)).toEqual([0, 1, 2]);
    expect((await run.warehouse.get(eventListKey(copy.path))).body).toEqual(list);
    await run.warehouse.delete(eventListKey(copy.path));
    expect(
      await new EventLists(run.warehouse, place, inlinePool).read(copy, (index) => entriesOf(index, WHOLE_DAY)),
    ).toEqual(part);
  });
});

it('passes take every event once, and hardly more at a time than the limit', async () => {
  await fc.assert(
    fc.asyncProperty(someSeconds, fc.integer({ min: 1, max: 100 }), async (seconds, eventsPerPass) => {
      const { lists, file } = await stored(seconds);
      const index = await lists.index(file);
      const passes = passesOf([index], eventsPerPass);
      const rows: number[] = [];
      for (const pass of passes) {
        if (pass.part > 0) continue;
        const { events } = await lists.read(file, (of) => entriesOf(of, pass));
        rows.push(...rowsIn(events));
        expect(rowsIn(events).length).toBeLessThanOrEqual(eventsPerPass * pass.parts);
      }
      expect(rows).toEqual(rowsIn((await lists.readAll(file)).events));
    }),
    { numRuns: 50 },
  );
});
