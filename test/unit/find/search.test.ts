/** `trailmill find` over a sample: what it finds, and that it is what a full scan finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FoundEvent } from '../../../find/events';
import { search } from '../../../find/search';
import type { SearchRequest } from '../../../find/types';
import type { LoadedTable } from '../../../iceberg/catalog';
import { keyOf } from '../../../iceberg/location';
import { scanFiles } from '../../../iceberg/scan';
import type { DataFile } from '../../../iceberg/types';
import { indexFiles } from '../../../ingest/index-files';
import { readValues } from '../../../ingest/tasks/read-values';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { identifierOf } from '../../../run/config';
import type { RunContext } from '../../../run/context';
import { hashOfText } from '../../../value-index/hash';
import { listSegments } from '../../../value-index/index-area';
import { mergeSegments } from '../../../value-index/merge';
import { type Needle, needleOf } from '../../../value-index/needles';
import { type ScannedRow, scanRows, valuesOfRow } from '../../support/find-oracle';
import { findWarehouse } from '../../support/find-warehouse';

let directory: string;
let run: RunContext;
let rows: ScannedRow[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-find-'));
  ({ run } = await findWarehouse(directory));
  rows = await scanRows(run);
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const needle = (text: string): Needle => {
  const one = needleOf(text);
  if ('problem' in one) throw new Error(`${text}: ${one.problem}`);
  return one;
};

async function found(request: Omit<SearchRequest, 'needles'> & { values: readonly string[] }) {
  const { values, ...rest } = request;
  const events: { event: FoundEvent; values: string[] }[] = [];
  const { catalog, warehouse, config } = run;
  const place = { catalog, warehouse, namespace: config.catalog.namespace, source: config.source };
  const needles = values.map(needle);
  const result = await search(place, { ...rest, needles }, (event, indexes) => {
    events.push({ event, values: indexes.map((index) => needles[index].given) });
  });
  return { ...result, events };
}

/** Values of the rows, of all kinds, each once, in an order that looks random and is always the same. */
function someValues(): string[] {
  const all = new Set(rows.flatMap((row) => [...valuesOfRow(row.texts)]));
  const order = (text: string): number =>
    [...text].reduce((sum, one) => (Math.imul(sum, 31) + one.charCodeAt(0)) | 0, 7);
  // Networks have their own test.
  return [...all]
    .filter((text) => !('problem' in needleOf(text)) && needle(text).kind !== 'CIDR')
    .sort((one, two) => order(one) - order(two));
}

/** The result of a full scan. */
function scanned(text: string): { events: number; firstSeen: string | null; lastSeen: string | null } {
  const times = rows
    .filter(({ texts }) => valuesOfRow(texts).has(text))
    .map(({ time }) => time)
    .sort();
  return { events: times.length, firstSeen: times[0] ?? null, lastSeen: times.at(-1) ?? null };
}

it('finds the same as a full scan for more than a thousand values of every kind', async () => {
  const values = someValues();
  const kinds = new Map<string, number>();
  const chosen = values.filter((text) => {
    const { kind } = needle(text);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    return (kinds.get(kind) as number) <= 300;
  });
  expect([...kinds.keys()].sort()).toEqual(['ARN', 'IP address', 'UUID', 'access key id', 'account', 'name']);
  expect(chosen.length).toBeGreaterThan(1000);
  const { values: summaries } = await found({ values: chosen });
  const wanted = chosen.map((value) => ({ value, kind: needle(value).kind, ...scanned(value) }));
  expect(summaries).toEqual(wanted);
}, 300_000);

it('finds one value at a time, by SQL that rules out most rows, as a full scan does', async () => {
  const values = someValues();
  const kinds = new Set(values.map((text) => needle(text).kind));
  const chosen = [...kinds].flatMap((kind) => values.filter((text) => needle(text).kind === kind).slice(0, 2));
  const escaped = values.filter((text) => /["\\]|[^ -~]/.test(text)).slice(0, 4);
  expect(escaped.length).toBeGreaterThan(0);
  for (const value of [...chosen, ...escaped]) {
    const {
      values: [summary],
      events,
    } = await found({ values: [value] });
    expect({ ...summary, kind: undefined }).toEqual({ value, kind: undefined, ...scanned(value) });
    expect(events).toHaveLength(summary.events);
    const times = events.map(({ event }) => event.time);
    expect(times).toEqual([...times].sort().reverse());
  }
}, 300_000);

it('finds addresses by their network', async () => {
  const [address] = someValues().filter((text) => needle(text).kind === 'IP address' && !text.includes(':'));
  const [a, b, c] = address.split('.');
  for (const [network, prefix] of [
    [`${a}.${b}.${c}.0/24`, `${a}.${b}.${c}.`],
    [`${a}.${b}.0.0/16`, `${a}.${b}.`],
    [`${a}.0.0.0/8`, `${a}.`],
    [`0.0.0.0/0`, ''],
  ]) {
    const inside = (text: string): boolean =>
      text === network ||
      (text.startsWith(prefix) &&
        /^\d+\.\d+\.\d+\.\d+$/.test(text) &&
        needleOf(text) !== undefined &&
        !('problem' in needleOf(text)));
    const wanted = rows.filter(({ texts }) => [...valuesOfRow(texts)].some(inside)).length;
    const {
      values: [{ kind, events }],
    } = await found({ values: [network] });
    expect({ network, kind, events }).toEqual({ network, kind: 'CIDR', events: wanted });
  }
});

it('finds UUIDs in any case', async () => {
  const [id] = rows.flatMap(({ id }) => id ?? []);
  const { values } = await found({ values: [id.toUpperCase()] });
  expect(values[0].events).toBeGreaterThan(0);
});

it('searches only the requested days and column', async () => {
  const one = rows.find(({ account }) => account !== null) as ScannedRow;
  const account = one.account as string;
  const day = Math.floor(Date.parse(one.time) / 86_400_000);
  const ofDay = await found({ values: [account], days: { from: day, to: day } });
  const wanted = rows.filter(
    ({ time, texts }) => time.slice(0, 10) === one.time.slice(0, 10) && valuesOfRow(texts).has(account),
  );
  expect(ofDay.values[0].events).toBe(wanted.length);
  expect(ofDay.looked.files).toBeLessThan((await found({ values: [account] })).looked.files);
  const inColumn = await found({ values: [account], within: 'cloud.account.id' });
  expect(inColumn.values[0].events).toBe(rows.filter((row) => row.account === account).length);
  await expect(found({ values: [account], within: 'cloud.acount.id' })).rejects.toThrow('--in cloud.acount.id');
  await expect(found({ values: [account], within: 'event.action' })).rejects.toThrow('not a searchable column');
});

const withIndex = (values: readonly string[]) => found({ values });

it('opens no data file for a value that is in none, and few for a value in few', async () => {
  const absent = [
    'AKIAAAAAAAAAAAAAAAAA',
    '00000000-0000-4000-8000-000000000000',
    '192.0.2.77',
    'no-such-bucket',
    'arn:aws:iam::111122223333:role/none',
  ];
  for (const value of absent)
    expect((await found({ values: [value] })).looked).toMatchObject({ opened: 0, withoutIndex: 0 });
  const [id] = rows.flatMap(({ id }) => id ?? []);
  const { values, looked } = await withIndex([id]);
  expect(looked.opened).toBeLessThanOrEqual(values[0].events);
});

it('finds the same without an index, with an index of files that are read again, and after a merge', async () => {
  const values = [...new Set(someValues().map((text) => needle(text).kind))].flatMap((kind) =>
    someValues()
      .filter((text) => needle(text).kind === kind)
      .slice(-12),
  );
  const indexed = await withIndex(values);
  const { warehouse } = run;
  const table = (await run.catalog.loadTable(identifierOf(run.config, 'default'))) as LoadedTable;
  const uuid = table.metadata['table-uuid'];
  const segments = await listSegments(warehouse, uuid);
  const files: DataFile[] = [];
  for await (const file of scanFiles(table)) files.push(file);
  const livePaths = files.map(({ path }) => path);
  await warehouse.deleteAll(segments.map(({ key }) => key));
  const without = await withIndex(values);
  expect(without.values).toEqual(indexed.values);
  expect(without.looked.withoutIndex).toBe(files.length);
  expect((await mergeSegments(warehouse, { tableUuid: uuid, livePaths, now: Date.now() })).uncovered).toEqual(
    livePaths,
  );

  for (const one of files) await indexFiles(warehouse, table, inlinePool, [one]);
  const again = await withIndex(values);
  expect(again.values).toEqual(indexed.values);
  expect(again.looked).toMatchObject({ withoutIndex: 0, opened: indexed.looked.opened });
  for (const value of values.slice(0, 20))
    expect((await withIndex([value])).looked.opened).toBeLessThanOrEqual(files.length);
  expect((await found({ values: ['AKIAAAAAAAAAAAAAAAAA'] })).looked.opened).toBe(0);

  const merged = await mergeSegments(warehouse, { tableUuid: uuid, livePaths, now: Date.now() });
  expect(merged).toMatchObject({ before: files.length, uncovered: [] });
  // Of files with few and with many values, segments are not merged.
  expect(merged.after).toBeLessThanOrEqual(4);
  expect((await withIndex(values)).values).toEqual(indexed.values);
}, 300_000);

it('makes the same index from a file as from the rows that it was written from', async () => {
  const table = (await run.catalog.loadTable(identifierOf(run.config, 'default'))) as LoadedTable;
  for await (const { path } of scanFiles(table)) {
    const { body } = await table.store.get(keyOf(table.store, path));
    const hashes = new Set(await readValues(body));
    const ofFile = await scanRows(run, path);
    for (const { texts } of ofFile)
      for (const value of valuesOfRow(texts)) {
        const isWhole = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:./s.test(value) || /^A[A-Z0-9]{15,}:./s.test(value);
        if (!isWhole) expect({ value, has: hashes.has(hashOfText(value)) }).toEqual({ value, has: true });
      }
  }
}, 300_000);

it('reports what it has searched for an absent value', async () => {
  const { values, looked } = await found({ values: ['AKIAAAAAAAAAAAAAAAAA'] });
  expect(values).toEqual([
    { value: 'AKIAAAAAAAAAAAAAAAAA', kind: 'access key id', events: 0, firstSeen: null, lastSeen: null },
  ]);
  expect(looked).toMatchObject({
    tables: ['aws_cloudtrail', 'aws_cloudtrail_insights'],
    firstDay: expect.stringMatching(/^\d{4}-/),
  });
  expect(looked.files).toBeGreaterThan(0);
});
