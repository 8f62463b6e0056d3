/** Old versions of the metadata: which are removed, that every reader still finds the table, and that no stalled writer forks it. */
import { CommitConflict, Damaged, TableUnusable } from '../../../../errors/index';
import type { Catalog } from '../../../../iceberg/catalog';
import { metadataRetention, removeOldMetadata } from '../../../../iceberg/maintenance/old-metadata';
import { createStorageCatalog } from '../../../../iceberg/storage-catalog';
import type { ObjectStore } from '../../../../storage/object-store';
import { keysIn, load, ROOT, SCHEMA, TABLE, warehouse } from '../../../support/maintained';

const HOUR = 3_600_000;
const HINT = `${ROOT}/metadata/version-hint.text`;
const versionKey = (version: number): string => `${ROOT}/metadata/v${version}.metadata.json`;

let store: ObjectStore;
let catalog: Catalog;
let clock: { now: number };

const now = (): number => clock.now;
const open = (of: ObjectStore = store): Catalog => createStorageCatalog(of, { now });
const touch = async (by: Catalog, value: string) =>
  by.commit(await load(by), [], [{ action: 'set-properties', updates: { touched: value } }]);

async function versions(): Promise<number[]> {
  const keys = await keysIn(store, `${ROOT}/metadata/v`);
  const found = keys.flatMap((key) => /v(\d+)\.metadata/.exec(key)?.[1] ?? []);
  return found.map(Number).sort((one, two) => one - two);
}

/** A table with versions 1 to `count`, a minute apart. */
async function tableOf(count: number, properties: Record<string, string> = {}): Promise<void> {
  ({ store, catalog, clock } = await warehouse(properties));
  for (let version = 2; version <= count; version++) {
    clock.now += 60_000;
    await touch(catalog, String(version));
  }
}

describe('removing old metadata', () => {
  it('keeps a hundred versions before the current one, and those of the last hour', async () => {
    await tableOf(130);
    expect(await removeOldMetadata(await load(catalog), { now })).toMatchObject({
      count: 29,
      first: versionKey(1),
      last: versionKey(29),
    });
    expect(await versions()).toEqual(Array.from({ length: 101 }, (_, index) => 30 + index));
    const { metadata } = await load(catalog);
    for (const { 'metadata-file': file } of metadata['metadata-log'])
      expect(await store.head(file.replace('memory://warehouse/', ''))).toBeDefined();
    await tableOf(300);
    clock.now = Date.UTC(2026, 0, 1) + 120 * 60_000;
    // The clock says that version 121 has just been written: 60 and later ones are of the last hour.
    expect(await removeOldMetadata(await load(catalog), { now })).toMatchObject({ count: 60 });
    expect((await versions())[0]).toBe(61);
  });

  it('keeps more if configured, and what the metadata log names; a dry run deletes nothing', async () => {
    await tableOf(160, { 'write.metadata.previous-versions-max': '120' });
    clock.now += 10 * HOUR;
    expect((await removeOldMetadata(await load(catalog), { now, keep: 150 })).count).toBe(9);
    expect((await removeOldMetadata(await load(catalog), { now, olderThanMs: 24 * HOUR })).count).toBe(0);
    expect((await removeOldMetadata(await load(catalog), { now, dryRun: true })).count).toBe(30);
    expect((await versions())[0]).toBe(10);
    expect((await removeOldMetadata(await load(catalog), { now })).count).toBe(30);
    expect((await versions())[0]).toBe(40);
  });

  it('deletes the oldest first, so that no version is missing between others, wherever it ends', async () => {
    await tableOf(150);
    clock.now += 10 * HOUR;
    const table = await load(catalog);
    let deletions = 0;
    const dying: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
      delete: (key: string) => (++deletions > 7 ? Promise.reject(new Error('died')) : store.delete(key)),
    });
    await expect(removeOldMetadata({ ...table, store: dying }, { now })).rejects.toThrow('died');
    expect(await versions()).toEqual(Array.from({ length: 143 }, (_, index) => 8 + index));
    await removeOldMetadata(table, { now });
    expect((await versions())[0]).toBe(50);
  });

  it('is for the storage catalog only', async () => {
    await tableOf(2);
    const table = {
      ...(await load(catalog)),
      metadataLocation: `memory://warehouse/${ROOT}/metadata/00001-a.metadata.json`,
    };
    await expect(removeOldMetadata(table, { now })).rejects.toBeInstanceOf(TableUnusable);
  });

  it('is left to the server of a REST catalog, by properties that are not set yet', () => {
    expect(metadataRetention({ properties: {} }, 200)).toEqual({
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '200',
    });
    const own = { 'write.metadata.delete-after-commit.enabled': 'false', 'write.metadata.previous-versions-max': '7' };
    expect(metadataRetention({ properties: own }, 200)).toBeUndefined();
  });
});

describe('readers of a table whose old metadata was removed', () => {
  beforeEach(async () => {
    await tableOf(150);
    clock.now += 10 * HOUR;
  });

  const newest = async (by: Catalog): Promise<string | undefined> => (await load(by)).metadata.properties.touched;
  const exists = (key: string): Promise<boolean> =>
    store.head(key).then(
      () => true,
      () => false,
    );
  const hinted = async (): Promise<number> => Number((await store.get(HINT)).body.toString());
  /** Iceberg Java's HadoopTableOperations: the hint, else the highest number, then up. */
  async function likeSpark(): Promise<number> {
    let version = (await exists(HINT)) ? await hinted() : (await versions()).at(-1)!;
    expect(await exists(versionKey(version))).toBe(true);
    while (await exists(versionKey(version + 1))) version++;
    return version;
  }

  it.each([
    ['right', (): string => '150'],
    ['missing', (): undefined => undefined],
    ['old', (): string => '120'],
    ['of a removed version', (): string => '3'],
    ['no number', (): string => 'x'],
  ])('find the newest version if the hint is %s', async (_, hint) => {
    const long = open();
    expect(await newest(long)).toBe('150');
    const text = hint();
    if (text === undefined) await store.delete(HINT);
    else await store.put(HINT, Buffer.from(text));
    await removeOldMetadata(await load(open()), { now });
    expect((await versions())[0]).toBe(50);
    // It is corrected: DuckDB reads the version that it names, and no other.
    expect(await hinted()).toBe(150);
    expect(await likeSpark()).toBe(150);
    // Even if a slow writer sets it back again.
    if (text !== undefined) await store.put(HINT, Buffer.from(text));
    for (const reader of [long, open()]) expect(await newest(reader)).toBe('150');
    await touch(open(), '151');
    for (const reader of [long, open()]) expect(await newest(reader)).toBe('151');
    expect(await likeSpark()).toBe(151);
  });

  it('still notice when the newest versions are lost', async () => {
    const long = open();
    await newest(long);
    await removeOldMetadata(await load(catalog), { now });
    await store.delete(versionKey(150));
    await expect(load(open())).rejects.toBeInstanceOf(Damaged);
    await expect(load(long)).rejects.toBeInstanceOf(Damaged);
  });

  it('find it again after years', async () => {
    const long = open();
    await newest(long);
    for (let version = 151; version <= 400; version++) await touch(catalog, String(version));
    clock.now += 10 * HOUR;
    await removeOldMetadata(await load(catalog), { now });
    expect((await versions())[0]).toBe(300);
    expect(await newest(long)).toBe('400');
  });
});

describe('a writer that stalls', () => {
  /** Loads version 20, stalls while others write and remove old versions, and then commits. `stall`: before which call. */
  async function stalled(stall: 'after loading' | 'in the write', more: { remove?: boolean; hours?: number } = {}) {
    await tableOf(20);
    const meanwhile = async (): Promise<void> => {
      const others = open();
      for (let version = 21; version <= 200; version++) await touch(others, String(version));
      clock.now += (more.hours ?? 10) * HOUR;
      if (more.remove !== false) await removeOldMetadata(await load(others), { now });
    };
    let isStalled = false;
    const slow: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
      async put(...[key, ...rest]: Parameters<ObjectStore['put']>) {
        if (stall === 'in the write' && !isStalled && key === versionKey(21)) {
          isStalled = true;
          await meanwhile();
        }
        return store.put(key, ...rest);
      },
    });
    const writer = open(slow);
    const table = await load(writer);
    if (stall === 'after loading') await meanwhile();
    const outcome = await writer
      .commit(table, [], [{ action: 'set-properties', updates: { touched: 'stalled' } }])
      .catch((error: unknown) => error);
    return { outcome, writer };
  }

  it.each(['after loading', 'in the write'] as const)(
    '%s, while its base and the next version are removed, has a conflict and leaves nothing',
    async (stall) => {
      const { outcome, writer } = await stalled(stall);
      expect(outcome).toBeInstanceOf(CommitConflict);
      expect((await versions())[0]).toBe(100);
      expect((await store.get(HINT)).body.toString()).toBe('200');
      for (const reader of [writer, open()]) expect((await load(reader)).metadata.properties.touched).toBe('200');
      await touch(writer, 'again');
      expect((await versions()).at(-1)).toBe(201);
    },
  );

  it('has a conflict as usual if nothing was removed', async () => {
    expect((await stalled('after loading', { remove: false })).outcome).toBeInstanceOf(CommitConflict);
    expect(await versions()).toHaveLength(200);
  });

  it('commits if no other writer has', async () => {
    await tableOf(20);
    const table = await load(catalog);
    clock.now += 100 * HOUR;
    await catalog.commit(table, [], [{ action: 'set-properties', updates: { touched: 'late' } }]);
    expect((await load(open())).metadata.properties.touched).toBe('late');
  });

  it('commits even if its base was deleted by hand, and it is the newest version', async () => {
    await tableOf(20);
    const table = await load(catalog);
    clock.now += 100 * HOUR;
    await store.delete(versionKey(20));
    await catalog.commit(table, [], []);
    expect((await versions()).at(-1)).toBe(21);
  });

  it('does not create a table that others have already created', async () => {
    await tableOf(1);
    await store.delete(versionKey(1));
    await store.delete(HINT);
    const slow: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
      async put(...args: Parameters<ObjectStore['put']>) {
        if (args[0] !== versionKey(1) || args[2]?.metadata) return store.put(...args);
        const others = open();
        await others.ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts' });
        for (let version = 2; version <= 150; version++) await touch(others, String(version));
        clock.now += 10 * HOUR;
        await removeOldMetadata(await load(others), { now });
        return store.put(...args);
      },
    });
    const table = await open(slow).ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts' });
    expect(table.metadata.properties.touched).toBe('150');
    expect((await versions())[0]).toBe(50);
  });

  it('costs no extra request if it was quick', async () => {
    await tableOf(2);
    const calls: string[] = [];
    const counted = new Proxy(store, {
      get: (target, name: keyof ObjectStore) => {
        const value = target[name];
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          calls.push(`${name} ${String(args[0]).replace(/^.*\//, '')}`);
          return (value as (...all: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const writer = open(counted);
    const table = await load(writer);
    calls.length = 0;
    await writer.commit(table, [], []);
    expect(calls).toEqual(['put v3.metadata.json', 'put version-hint.text']);
  });
});
