import { CommitStateUnknown, TableUnusable } from '../../../../errors/index';
import type { Catalog } from '../../../../iceberg/catalog';
import { snapshotsToExpire } from '../../../../iceberg/maintenance/choose-snapshots';
import { type ExpireRequest, expireSnapshots } from '../../../../iceberg/maintenance/expire-snapshots';
import type { Snapshot, TableMetadata } from '../../../../iceberg/metadata';
import type { ObjectStore } from '../../../../storage/object-store';
import { append, DAY, dataFile, keysIn, liveFiles, load, replace, TABLE, warehouse } from '../../../support/maintained';

const HOUR = 3_600_000;

describe('the snapshots to expire', () => {
  /** Snapshot N is N hours old, and the child of N + 1. */
  const table = (count: number, more: Partial<TableMetadata> = {}): TableMetadata =>
    ({
      'current-snapshot-id': 1n,
      properties: {},
      refs: { main: { 'snapshot-id': 1n, type: 'branch' } },
      snapshots: Array.from({ length: count }, (_, index) => snapshotOf(count - index, count)),
      ...more,
    }) as TableMetadata;
  const snapshotOf = (age: number, count: number): Snapshot => ({
    'snapshot-id': BigInt(age),
    ...(age < count ? { 'parent-snapshot-id': BigInt(age + 1) } : {}),
    'sequence-number': BigInt(1_000 - age),
    'timestamp-ms': -age * HOUR,
    'manifest-list': `${age}`,
    summary: {},
  });
  const ids = (metadata: TableMetadata, retention: Parameters<typeof snapshotsToExpire>[1] = {}): number[] =>
    snapshotsToExpire(metadata, retention, 0).map((snapshot) => Number(snapshot['snapshot-id']));

  it('are older than the age, and not among the newest', () => {
    expect(ids(table(6), { olderThanMs: 3 * HOUR })).toEqual([6, 5, 4]);
    expect(ids(table(6), { olderThanMs: 3 * HOUR, keepLast: 5 })).toEqual([6]);
    expect(ids(table(6), { olderThanMs: 0 })).toEqual([6, 5, 4, 3, 2]);
    expect(ids(table(130))).toEqual([130, 129, 128, 127, 126, 125, 124, 123, 122, 121]);
  });

  it('are fewer if the properties of the table say so', () => {
    const properties = {
      'history.expire.max-snapshot-age-ms': String(4 * HOUR),
      'history.expire.min-snapshots-to-keep': '2',
    };
    expect(ids(table(6, { properties }))).toEqual([6, 5]);
    expect(ids(table(6, { properties }), { olderThanMs: 0 })).toEqual([6, 5]);
    expect(ids(table(8, { properties }), { olderThanMs: 5 * HOUR })).toEqual([8, 7, 6]);
  });

  it('are not those of branches and tags, unless the reference has expired', () => {
    const refs = {
      main: { 'snapshot-id': 1n, type: 'branch' },
      tag: { 'snapshot-id': 6n, type: 'tag' },
      branch: { 'snapshot-id': 4n, type: 'branch', 'min-snapshots-to-keep': 2 },
      old: { 'snapshot-id': 8n, type: 'tag', 'max-ref-age-ms': 7 * HOUR },
      young: { 'snapshot-id': 9n, type: 'tag', 'max-ref-age-ms': 10 * HOUR },
    } as const;
    expect(ids(table(10, { refs }), { olderThanMs: 0 })).toEqual([10, 8, 7, 3, 2]);
    expect(
      ids(table(4, { refs: { ...refs, main: { ...refs.main, 'max-snapshot-age-ms': 3 * HOUR } } }), { olderThanMs: 0 }),
    ).toEqual([]);
  });

  it('are neither those to keep, nor recent ones without a branch', () => {
    expect(ids(table(6), { olderThanMs: 0, keep: (one) => one['snapshot-id'] === 5n })).toEqual([6, 4, 3, 2]);
    // 3 is the child of 4: it was rolled back, and 1 and 2 came after that.
    const rolledBack = table(6);
    rolledBack.snapshots[4]['parent-snapshot-id'] = 4n;
    expect(ids(rolledBack, { olderThanMs: 4 * HOUR })).toEqual([6, 5]);
    expect(ids(rolledBack, { olderThanMs: 2 * HOUR })).toEqual([6, 5, 4, 3]);
  });
});

describe('expiring snapshots', () => {
  let store: ObjectStore;
  let catalog: Catalog;
  let clock: { now: number };
  beforeEach(async () => {
    ({ store, catalog, clock } = await warehouse());
    const files = await Promise.all(['a', 'b', 'c'].map((name) => dataFile(store, name)));
    for (const file of files) {
      await append(catalog, file.path.slice(-9, -8), { data: [file] }, () => clock.now);
      clock.now += HOUR;
    }
    const ab = await dataFile(store, 'ab', DAY, 20);
    const remove = { data: [files[0].path, files[1].path], deletes: [] };
    await replace(catalog, 'compact', { remove, add: [ab], now: () => clock.now });
    clock.now += HOUR;
  });

  const expire = (more: Partial<ExpireRequest> = {}) =>
    expireSnapshots({
      ...{ catalog, identifier: TABLE, olderThanMs: 0, now: () => clock.now, sleep: async () => {} },
      ...more,
    });

  it('deletes what no other snapshot has, and reports it, even beforehand', async () => {
    const before = await keysIn(store);
    const planned = await expire({ dryRun: true });
    expect(await keysIn(store)).toEqual(before);
    const done = await expire();
    expect(done).toEqual(planned);
    expect(done).toMatchObject({
      snapshots: { count: 3 },
      // The manifests of a and b; the one of c is in the current snapshot.
      files: { data: 2, deletes: 0, manifest: 2, 'manifest-list': 3, statistics: 0 },
      elsewhere: { count: 0 },
      damaged: { count: 0 },
    });
    const after = await keysIn(store);
    expect(before.filter((key) => !after.includes(key))).toHaveLength(7);
    expect(after.filter((key) => /\.parquet$/.test(key)).map((key) => key.slice(-10))).toEqual(
      ['ab.parquet', '/c.parquet'].map((key) => expect.stringContaining(key)),
    );
    expect(await liveFiles(await load(catalog))).toEqual([`ab ${DAY} 4`, `c ${DAY} 3`]);
    expect((await expire()).snapshots.count).toBe(0);
  });

  it('keeps files of the snapshots that are kept', async () => {
    await expire({ keepLast: 2 });
    const table = await load(catalog);
    expect(table.metadata.snapshots).toHaveLength(2);
    expect(await liveFiles(table, table.metadata.snapshots[0]['snapshot-id'])).toHaveLength(3);
    for (const name of ['a', 'b', 'c', 'ab'])
      expect(await store.head(`logs/events/data/${name}.parquet`)).toBeDefined();
  });

  it('deletes files even if the answer of the commit was lost', async () => {
    let lost = 0;
    const forgetful: Catalog = {
      ...catalog,
      async commit(...args) {
        const table = await catalog.commit(...args);
        if (lost++ === 0) throw new CommitStateUnknown('no answer');
        return table;
      },
    };
    expect(await expire({ catalog: forgetful })).toMatchObject({
      snapshots: { count: 3 },
      files: { data: 2, manifest: 2 },
    });
    expect((await keysIn(store)).filter((key) => /\.parquet$/.test(key))).toHaveLength(2);
  });

  it('deletes statistics of expired snapshots only', async () => {
    const table = await load(catalog);
    const [first, , , last] = table.metadata.snapshots;
    const path = (name: string): string => `memory://warehouse/logs/events/metadata/${name}.puffin`;
    for (const name of ['first', 'last']) await store.put(`logs/events/metadata/${name}.puffin`, Buffer.from('x'));
    const statistics = [
      { 'snapshot-id': first['snapshot-id'], 'statistics-path': path('first') },
      { 'snapshot-id': last['snapshot-id'], 'statistics-path': path('last') },
    ];
    table.metadata.statistics = statistics;
    await catalog.commit(table, [], []);
    expect((await expire()).files.statistics).toBe(1);
    expect((await keysIn(store)).filter((key) => key.endsWith('.puffin'))).toEqual([
      'logs/events/metadata/last.puffin',
    ]);
    expect((await load(catalog)).metadata.statistics).toHaveLength(1);
  });

  it('continues if a file of an expired snapshot is gone, and reports it; a missing file of a kept snapshot is an error', async () => {
    const { metadata } = await load(catalog);
    await store.delete(metadata.snapshots[0]['manifest-list'].replace('memory://warehouse/', ''));
    expect((await expire({ dryRun: true })).damaged).toEqual({
      count: 1,
      first: metadata.snapshots[0]['manifest-list'],
    });
    await store.delete(metadata.snapshots[3]['manifest-list'].replace('memory://warehouse/', ''));
    await expect(expire({ dryRun: true })).rejects.toThrow('is gone');
  });

  it('refuses a table whose files may not be deleted', async () => {
    await catalog.commit(await load(catalog), [], [{ action: 'set-properties', updates: { 'gc.enabled': 'false' } }]);
    await expect(expire()).rejects.toBeInstanceOf(TableUnusable);
  });
});
