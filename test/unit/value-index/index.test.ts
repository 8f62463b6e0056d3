/** The index: each value of a file is found in it, whatever happens to the index; hardly any absent value is. */
import fc from 'fast-check';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';
import { hashOfText } from '../../../value-index/hash';
import { listSegments, storeSegment } from '../../../value-index/index-area';
import { ValueIndex } from '../../../value-index/lookup';
import { mergeSegments } from '../../../value-index/merge';
import { type Needle, needleOf } from '../../../value-index/needles';
import { segmentOfFiles } from '../../../value-index/segment-writer';

const TABLE = 'table-1';
const NOW = Date.parse('2024-03-05T00:00:00Z');

interface File {
  path: string;
  values: string[];
}

async function put(store: ObjectStore, files: readonly File[]): Promise<void> {
  const hashed = files.map(({ path, values }) => {
    return { path, values: Float64Array.from(new Set(values.map((value) => hashOfText(value)))).sort() };
  });
  await storeSegment(store, TABLE, await segmentOfFiles(hashed));
}

const files = (names: readonly string[], valuesOf: (index: number) => string[]): File[] =>
  names.map((name, index) => ({ path: `s3://lake/data/${name}.parquet`, values: valuesOf(index) }));

const needle = (text: string): Needle => needleOf(text) as Needle;

async function found(store: ObjectStore, value: string, all: readonly File[]): Promise<string[]> {
  const candidates = await (await ValueIndex.open(store, TABLE)).candidates([needle(value)]);
  return all.filter(({ path }) => candidates(path).mayHave).map(({ path }) => path);
}

const having = (value: string, all: readonly File[]): string[] =>
  all.filter(({ values }) => values.includes(value)).map(({ path }) => path);

it('finds every value in the files that have it, before and after segments are merged', async () => {
  const word = fc.stringMatching(/^[a-z]{1,2}$/);
  const segment = fc.array(fc.array(word, { maxLength: 30 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 4 }), word, async (segments, absent) => {
      const store = createMemoryStore('index');
      const all: File[] = [];
      for (const [at, one] of segments.entries()) {
        const made = files(
          one.map((_, index) => `${at}-${index}`),
          (index) => one[index],
        );
        await put(store, made);
        all.push(...made);
      }
      const check = async (): Promise<void> => {
        for (const value of new Set([...segments.flat(2), absent]))
          expect(await found(store, value, all)).toEqual(having(value, all));
      };
      await check();
      const { after, uncovered } = await mergeSegments(store, {
        tableUuid: TABLE,
        livePaths: all.map(({ path }) => path),
        now: NOW,
      });
      expect(after).toBe(1);
      expect(uncovered).toEqual([]);
      await check();
    }),
    { numRuns: 40 },
  );
});

it('finds few absent values, and takes few bytes per value', async () => {
  const store = createMemoryStore('index');
  const names = Array.from({ length: 64 }, (_, index) => `f${index}`);
  const all = files(names, (index) => [
    ...Array.from({ length: 500 }, (_, row) => `id-${index}-${row}`),
    'in all',
    `pair-${index >> 1}`,
  ]);
  for (let at = 0; at < all.length; at += 8) await put(store, all.slice(at, at + 8));
  await mergeSegments(store, { tableUuid: TABLE, livePaths: all.map(({ path }) => path), now: NOW });
  const [{ size, headerBytes }] = await listSegments(store, TABLE);
  // 19 bits for 2^-19, 1.5 for the code, less 9 for the values of a file that are distinct anyway; 6 for the file.
  expect(((size - headerBytes) * 8) / (64 * 500)).toBeLessThan(27);
  const index = await ValueIndex.open(store, TABLE);
  let hits = 0;
  for (let at = 0; at < 2000; at++) {
    const candidates = await index.candidates([needle(`absent-${at}`)]);
    hits += all.filter(({ path }) => candidates(path).mayHave).length;
  }
  // 64 files × 2,000 values × 2^-19 = 0.25.
  expect(hits).toBeLessThan(5);
  expect(await found(store, 'in all', all)).toHaveLength(64);
  expect(await found(store, 'pair-3', all)).toEqual(having('pair-3', all));
});

it('reads the header and a block of a segment', async () => {
  const store = createMemoryStore('index');
  await put(
    store,
    files(['a', 'b'], (file) => Array.from({ length: 20_000 }, (_, row) => `${file}-${row}`)),
  );
  const index = await ValueIndex.open(store, TABLE);
  expect(index.requests).toBe(2);
  await index.candidates([needle('1-17')]);
  expect(index.requests).toBe(3);
});

it('leaves out segments that are damaged or of another version, reports them, and their files are read', async () => {
  const all = files(['a', 'b', 'c'], (file) => Array.from({ length: 3_000 }, (_, row) => `${file}-${row}`));
  for (const [at, problem] of [
    [4, 'format'],
    [5, 'rules'],
    [40, 'damaged'],
    [-1, 'damaged'],
  ] as const) {
    const store = createMemoryStore('index');
    for (const one of all) await put(store, [one]);
    const [{ key }] = await listSegments(store, TABLE);
    const { body } = await store.get(key);
    const broken = Buffer.from(body);
    if (at >= 0) broken[at] ^= 1;
    // Every block, because any of them may be looked up.
    else for (let byte = Number(/-(\d+)\.values$/.exec(key)?.[1]); byte < broken.length; byte += 100) broken[byte] ^= 1;
    await store.put(key, broken);
    const index = await ValueIndex.open(store, TABLE);
    const candidates = await index.candidates([needle('nowhere')]);
    expect(all.filter(({ path }) => candidates(path).mayHave)).toHaveLength(1);
    expect(index.problems).toEqual([expect.stringMatching(new RegExp(`^${key}: .*${problem}`))]);
    const { uncovered } = await mergeSegments(store, {
      tableUuid: TABLE,
      livePaths: all.map(({ path }) => path),
      now: NOW,
      graceMs: -1e15,
    });
    expect(uncovered).toHaveLength(1);
    expect(await listSegments(store, TABLE)).toHaveLength(1);
  }
});

it('keeps files that are not in the table yet, and drops files that are gone', async () => {
  const store = createMemoryStore('index');
  const all = files(['a', 'b', 'c', 'd'], (file) => [`only-${file}`]);
  await put(store, all.slice(0, 2));
  await put(store, all.slice(2));
  const live = { tableUuid: TABLE, livePaths: [all[0].path] };
  const young = await mergeSegments(store, { ...live, now: Date.now() });
  expect(young).toMatchObject({ before: 2, after: 1, uncovered: [] });
  expect(await found(store, 'only-3', all)).toEqual([all[3].path]);
  await mergeSegments(store, { ...live, now: Date.now() + 30 * 86_400_000 });
  // Only the first file is in the index.
  expect(await found(store, 'only-3', all)).toEqual(all.slice(1).map(({ path }) => path));
  await mergeSegments(store, { tableUuid: TABLE, livePaths: [], now: Date.now() + 60 * 86_400_000 });
  expect(await listSegments(store, TABLE)).toEqual([]);
});

it('writes and deletes nothing in a dry run', async () => {
  const store = createMemoryStore('index');
  await put(
    store,
    files(['a'], () => ['x']),
  );
  await put(
    store,
    files(['b'], () => ['y']),
  );
  const before = await listSegments(store, TABLE);
  await mergeSegments(store, { tableUuid: TABLE, livePaths: [], now: NOW, graceMs: -1e15, dryRun: true });
  expect(await listSegments(store, TABLE)).toEqual(before);
});
