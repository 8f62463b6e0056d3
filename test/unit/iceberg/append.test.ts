/** Commits with concurrent commits, lost answers and lost hints: nothing is lost, and nothing is duplicated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommitConflict, StorageUnavailable } from '../../../errors/index.js';
import { type AppendRequest, appendManifests } from '../../../iceberg/append.js';
import type { Catalog } from '../../../iceberg/catalog.js';
import { keyOf } from '../../../iceberg/location.js';
import { readManifestList } from '../../../iceberg/manifest-list.js';
import { scanFiles } from '../../../iceberg/scan.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { commitIds, snapshotById } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { ManifestFile } from '../../../iceberg/types.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { manifestOf as fileManifest } from '../../support/appends.js';

const TABLE = { namespace: 'logs', name: 'events' };
const SCHEMA = schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: 'time' }]);
const METADATA = /\/v\d+\.metadata\.json$/;
const LIST = /\/snap-[^/]*\.avro$/;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-append-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function tableIn(store: ObjectStore): Promise<Catalog> {
  const catalog = createStorageCatalog(store);
  await catalog.ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts' });
  return catalog;
}

const manifestOf = async (catalog: Catalog, name: string, rows = 1): Promise<ManifestFile> =>
  fileManifest((await catalog.loadTable(TABLE))!, name, rows);

async function append(store: ObjectStore, name: string, more: Partial<AppendRequest> = {}) {
  const catalog = more.catalog ?? createStorageCatalog(store);
  const manifests = more.manifests ?? [await manifestOf(catalog, name)];
  const quick = { sleep: async () => {} };
  return appendManifests({ catalog, identifier: TABLE, commitId: name, manifests, ...quick, ...more });
}

async function contentsOf(store: ObjectStore): Promise<{ files: string[]; commits: string[]; versions: number }> {
  const table = (await createStorageCatalog(store).loadTable(TABLE))!;
  const { metadata } = table;
  const files: string[] = [];
  for await (const file of scanFiles(table)) files.push(file.path.replace(/^.*\/|\.parquet$/g, ''));
  return { files: files.sort(), commits: [...commitIds(metadata).keys()].sort(), versions: metadata.snapshots.length };
}

async function keysOf(store: ObjectStore, pattern: RegExp): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.list('logs/')) keys.push(...page.objects.map((object) => object.key));
  return keys.filter((key) => pattern.test(key));
}

/** The store with its `put` replaced. */
function withPut(store: ObjectStore, put: (next: ObjectStore['put']) => ObjectStore['put']): ObjectStore {
  return Object.assign(Object.create(store) as ObjectStore, { put: put(store.put.bind(store)) });
}

describe.each([
  ['memory', () => createMemoryStore('warehouse')],
  ['file', () => createFileStore(directory)],
])('commits on the %s store', (_name, open) => {
  it('of 20 concurrent writers all succeed, one after the other, and leave no manifest list behind', async () => {
    const store = open();
    await tableIn(store);
    const names = Array.from({ length: 20 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const real = { sleep: undefined };
    const results = await Promise.all(names.map((name) => append(store, name, real)));
    expect(new Set(results.map(({ snapshotId }) => snapshotId)).size).toBe(20);
    expect(results.every(({ alreadyCommitted }) => !alreadyCommitted)).toBe(true);
    expect(await contentsOf(store)).toEqual({ files: names, commits: names, versions: 20 });
    expect(await keysOf(store, LIST)).toHaveLength(20);
  });

  it('with the same id are done once, whichever writer retries', async () => {
    const store = open();
    const catalog = await tableIn(store);
    const manifests = [await manifestOf(catalog, 'once')];
    const first = await append(store, 'once', { manifests });
    expect(await append(store, 'once', { manifests })).toEqual({ ...first, alreadyCommitted: true });
    const together = await Promise.all([1, 2, 3].map(() => append(store, 'again', { manifests })));
    expect(together.filter(({ alreadyCommitted }) => !alreadyCommitted)).toHaveLength(1);
    expect((await contentsOf(store)).commits).toEqual(['again', 'once']);
  });

  it('that conflict write the manifest list and the metadata again, never the manifest', async () => {
    const store = open();
    const catalog = await tableIn(store);
    const manifests = [await manifestOf(catalog, 'mine')];
    const written: string[] = [];
    let other: Promise<unknown> | undefined;
    const busy = withPut(store, (put) => async (key, body, options) => {
      // Another writer is first, once.
      if (METADATA.test(key) && other === undefined) other = append(store, 'theirs');
      await other;
      written.push(key);
      return put(key, body, options);
    });
    await append(busy, 'mine', { manifests });
    expect(written.filter((key) => LIST.test(key))).toHaveLength(2);
    expect(written.filter((key) => METADATA.test(key))).toHaveLength(2);
    expect(written.filter((key) => key.endsWith('mine.avro'))).toEqual([]);
    expect(await contentsOf(store)).toMatchObject({ files: ['mine', 'theirs'], versions: 2 });
  });
});

describe('a commit', () => {
  it('whose answer was lost is found, and not repeated', async () => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    const lying = withPut(store, (put) => async (key, body, options) => {
      const answer = await put(key, body, options);
      if (METADATA.test(key)) throw new StorageUnavailable('the connection was reset after the request was sent');
      return answer;
    });
    expect(await append(lying, 'one')).toMatchObject({ alreadyCommitted: false });
    expect(await contentsOf(store)).toEqual({ files: ['one'], commits: ['one'], versions: 1 });
  });

  it('whose request arrives long after the timeout is still one commit', async () => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    let late: (() => Promise<unknown>) | undefined;
    const slow = withPut(store, (put) => async (key, body, options) => {
      if (METADATA.test(key) && late === undefined) {
        late = () => put(key, body, options);
        throw new StorageUnavailable('timeout');
      }
      return put(key, body, options);
    });
    // The first request arrives while the writer waits before its second try.
    await append(slow, 'one', { sleep: async () => void (await late?.()) });
    expect(await contentsOf(store)).toEqual({ files: ['one'], commits: ['one'], versions: 1 });
  });

  it('that never succeeds ends with the conflict, and leaves the table unchanged', async () => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    let others = 0;
    const crowded = withPut(store, (put) => async (key, body, options) => {
      if (METADATA.test(key)) await append(store, `other${others++}`);
      return put(key, body, options);
    });
    await expect(append(crowded, 'mine', { maxAttempts: 3 })).rejects.toBeInstanceOf(CommitConflict);
    expect((await contentsOf(store)).commits).toEqual(['other0', 'other1', 'other2']);
  });

  it('stops trying when it is cancelled', async () => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    const cancelled = new AbortController();
    const away = withPut(store, (put) => async (key, body, options) => {
      if (!METADATA.test(key)) return put(key, body, options);
      cancelled.abort(new Error('cancelled'));
      throw new StorageUnavailable('503');
    });
    await expect(append(away, 'one', { signal: cancelled.signal, sleep: undefined })).rejects.toThrow('cancelled');
    expect((await contentsOf(store)).versions).toBe(0);
  });

  it('keeps the manifests of all earlier commits, each with its own counts', async () => {
    const store = createMemoryStore('warehouse');
    const catalog = await tableIn(store);
    for (const [name, rows] of [['a', 3] as const, ['b', 5] as const])
      await append(store, name, { manifests: [await manifestOf(catalog, name, rows)] });
    const { metadata } = (await catalog.loadTable(TABLE))!;
    const current = snapshotById(metadata, metadata['current-snapshot-id'])!;
    const list = readManifestList((await store.get(keyOf(store, current['manifest-list']))).body);
    expect(list.map((entry) => [entry.sequence_number, entry.added_rows_count])).toEqual([
      [2n, 5n],
      [1n, 3n],
    ]);
    expect(current.summary).toMatchObject({ 'added-records': '5', 'total-records': '8', 'total-data-files': '2' });
  });
});

describe('the newest version', () => {
  const hint = 'logs/events/metadata/version-hint.text';

  it.each([
    ['there is no hint', undefined],
    ['the hint went back', '1'],
    ['the hint is not a number', 'v3 perhaps'],
    ['the hint names a missing version', '99'],
  ])('is found when %s', async (_what, text) => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    await append(store, 'one');
    await append(store, 'two');
    if (text === undefined) await store.delete(hint);
    else await store.put(hint, Buffer.from(text));
    expect((await contentsOf(store)).commits).toEqual(['one', 'two']);
    await append(store, 'three');
    expect((await store.get(hint)).body.toString()).toBe('4');
  });

  it.each(['v7.gz.metadata.json', 'v7.metadata.json.gz'])('is not guessed if it is %s', async (name) => {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    await store.put(`logs/events/metadata/${name}`, Buffer.from([0x1f, 0x8b]));
    await store.put(hint, Buffer.from('7'));
    await expect(append(store, 'one')).rejects.toMatchObject({
      name: 'TableUnusable',
      cure: expect.stringContaining('write.metadata.compression-codec'),
    });
    // Once the newest version is readable, it is the current one.
    await store.put(
      'logs/events/metadata/v8.metadata.json',
      (await store.get('logs/events/metadata/v1.metadata.json')).body,
    );
    expect((await createStorageCatalog(store).loadTable(TABLE))?.metadataLocation).toMatch(/v8\.metadata\.json$/);
  });
});

describe('a table that this process has seen', () => {
  const prefix = 'logs/events/metadata';

  async function seen(): Promise<{ store: ObjectStore; catalog: Catalog; calls: string[] }> {
    const store = createMemoryStore('warehouse');
    await tableIn(store);
    await append(store, 'one');
    const calls: string[] = [];
    const watched: ObjectStore = {
      ...store,
      get: (key, options) => {
        calls.push(key.replace(/^.*\//, ''));
        return store.get(key, options);
      },
    };
    const catalog = createStorageCatalog(watched);
    await catalog.loadTable(TABLE);
    calls.length = 0;
    return { store, catalog, calls };
  }

  const commitsOf = async (catalog: Catalog) =>
    [...commitIds((await catalog.loadTable(TABLE))!.metadata).keys()].sort();

  it('is not read again while nothing changes', async () => {
    const { catalog, calls } = await seen();
    expect(await commitsOf(catalog)).toEqual(['one']);
    expect(calls.sort()).toEqual(['v3.metadata.json', 'version-hint.text']);
  });

  it('is read at its newest version after other commits', async () => {
    const { store, catalog } = await seen();
    await append(store, 'two');
    await append(store, 'three');
    expect(await commitsOf(catalog)).toEqual(['one', 'three', 'two']);
  });

  it('is not confused with a table that was recreated in its place', async () => {
    const { store, catalog } = await seen();
    for (const key of await keysOf(store, /./)) await store.delete(key);
    expect(await catalog.loadTable(TABLE)).toBeUndefined();
    await tableIn(store);
    expect(await commitsOf(catalog)).toEqual([]);
    await append(store, 'other');
    expect(await commitsOf(catalog)).toEqual(['other']);
  });

  it('is not written to when another writer has compressed its next version', async () => {
    const { store, catalog } = await seen();
    await store.put(`${prefix}/v3.gz.metadata.json`, Buffer.from([0x1f, 0x8b]));
    await store.put(`${prefix}/version-hint.text`, Buffer.from('3'));
    await expect(catalog.loadTable(TABLE)).rejects.toMatchObject({ name: 'TableUnusable' });
  });

  it('conflicts when it has changed since it was loaded', async () => {
    const { store, catalog } = await seen();
    const table = (await catalog.loadTable(TABLE))!;
    await append(store, 'two');
    await expect(catalog.commit(table, [], [{ action: 'set-properties', updates: { a: 'b' } }])).rejects.toBeInstanceOf(
      CommitConflict,
    );
  });
});
