/** Upkeep maintains the index: a search finds the same events as before, and opens no unnecessary file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { search } from '../../../find/search';
import type { LoadedTable } from '../../../iceberg/catalog';
import { keyOf } from '../../../iceberg/location';
import { scanFiles } from '../../../iceberg/scan';
import { identifierOf } from '../../../run/config';
import type { RunContext } from '../../../run/context';
import { tidyIndex } from '../../../upkeep/tidy-index';
import { listSegments } from '../../../value-index/index-area';
import { type Needle, needleOf } from '../../../value-index/needles';
import { fileKey, readHeader } from '../../../value-index/segment';
import { scanRows, valuesOfRow } from '../../support/find-oracle';
import { findWarehouse } from '../../support/find-warehouse';
import { upkeep, upkeepContext } from '../../support/upkeep';

const ABSENT = ['AKIAAAAAAAAAAAAAAAAA', '00000000-0000-4000-8000-000000000000', '192.0.2.77', 'no-such-bucket'];
const A_DAY = 25 * 3_600_000;

let directory: string;
let run: RunContext;
let values: string[];
let before: Awaited<ReturnType<typeof found>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-find-'));
  ({ run } = await findWarehouse(directory));
  const all = new Set((await scanRows(run)).flatMap(({ texts }) => [...valuesOfRow(texts)]));
  const usable = [...all].filter((text) => !('problem' in needleOf(text)));
  values = usable.filter((_, index) => index % Math.ceil(usable.length / 60) === 0);
  before = await found(values);
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function found(texts: readonly string[]) {
  const events: string[] = [];
  const { catalog, warehouse, config } = run;
  const place = { catalog, warehouse, namespace: config.catalog.namespace, source: config.source };
  const needles = texts.map((text) => needleOf(text) as Needle);
  const result = await search(place, { needles }, (event, indexes) => {
    events.push(JSON.stringify([event, indexes]));
  });
  return { values: result.values, looked: result.looked, events: events.sort() };
}

const load = async (): Promise<LoadedTable> =>
  (await run.catalog.loadTable(identifierOf(run.config, 'default'))) as LoadedTable;

async function liveFiles(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of scanFiles(await load())) paths.push(path);
  return paths.sort();
}

async function segments() {
  return listSegments(run.warehouse, (await load()).metadata['table-uuid']);
}

/** The files that the index has, once for each segment that has it. */
async function indexedFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const { key, headerBytes } of await segments()) {
    const header = readHeader(await run.warehouse.getRange(key, { from: 0, length: headerBytes }));
    if ('problem' in header) throw new Error(header.problem);
    files.push(...header.files);
  }
  return files.sort();
}

async function expectSame(): Promise<void> {
  const after = await found(values);
  expect(after.values).toEqual(before.values);
  expect(after.events).toEqual(before.events);
  expect(after.looked).toMatchObject({ withoutIndex: 0, problems: [] });
  for (const value of ABSENT) expect((await found([value])).looked).toMatchObject({ opened: 0, withoutIndex: 0 });
}

it('a dry run reports what would be done, and does nothing', async () => {
  const keys = await segments();
  const { tables } = await upkeep(upkeepContext(run), { dryRun: true });
  // The compacted files, which would be indexed, do not exist.
  expect(tables.aws_cloudtrail.index).toEqual({ merged: expect.any(Number), indexed: 0 });
  expect(tables.aws_cloudtrail.index?.merged).toBeGreaterThan(0);
  expect(await segments()).toEqual(keys);
});

it('upkeep indexes compacted files: the same is found, and a value that is in no file opens none', async () => {
  const earlier = await liveFiles();
  const { tables } = await upkeep(upkeepContext(run));
  const now = await liveFiles();
  expect(now.length).toBeLessThan(earlier.length);
  expect(tables.aws_cloudtrail.index).toMatchObject({ indexed: now.length });
  expect(tables.aws_cloudtrail_ledger?.index).toBeUndefined();
  await expectSame();
}, 300_000);

it('the index drops files that are gone, and is then unchanged', async () => {
  await upkeep(upkeepContext(run, {}, Date.now() + A_DAY));
  expect(await indexedFiles()).toEqual((await liveFiles()).map(fileKey).sort());
  const keys = await segments();
  const { tables } = await upkeep(upkeepContext(run, {}, Date.now() + A_DAY));
  expect(tables.aws_cloudtrail.index).toBeUndefined();
  expect(await segments()).toEqual(keys);
  await expectSame();
}, 300_000);

it('an index that was lost is made again; an upkeep that is stopped makes none', async () => {
  await run.warehouse.deleteAll((await segments()).map(({ key }) => key));
  const table = { role: 'default', identifier: identifierOf(run.config, 'default') } as const;
  const context = upkeepContext(run);
  const stopped = { ...context, signal: AbortSignal.abort(new Error('stopped')) };
  await expect(tidyIndex(stopped, table, false)).rejects.toThrow('stopped');
  expect(await segments()).toEqual([]);
  const { length } = await liveFiles();
  expect(await tidyIndex(context, table, true)).toEqual({ merged: 0, indexed: length });
  expect(await segments()).toEqual([]);
  expect(await tidyIndex(context, table, false)).toEqual({ merged: 0, indexed: length });
  await expectSame();
}, 300_000);

it('a file that cannot be read is counted, and the others are indexed', async () => {
  await run.warehouse.deleteAll((await segments()).map(({ key }) => key));
  const table = await load();
  const [damaged, ...others] = await liveFiles();
  const key = keyOf(table.store, damaged);
  const { body } = await table.store.get(key);
  await table.store.put(key, body.subarray(0, body.length >> 1));
  const role = { role: 'default', identifier: table.identifier } as const;
  const done = await tidyIndex(upkeepContext(run), role, false);
  expect(done).toEqual({ merged: 0, indexed: others.length, damaged: 1 });
  expect(await indexedFiles()).toEqual(others.map(fileKey).sort());
  await table.store.put(key, body);
});
