import { UserMistake } from '../../../../errors/index';
import type { Catalog } from '../../../../iceberg/catalog';
import { type RemoveOrphansRequest, removeOrphans } from '../../../../iceberg/maintenance/orphans';
import { storeManifest } from '../../../../iceberg/manifest-files';
import type { ObjectStore } from '../../../../storage/object-store';
import { append, DAY, dataFile, keysIn, liveFiles, load, ROOT, TABLE, warehouse } from '../../../support/maintained';

const HOUR = 3_600_000;
const DAYS = 24 * HOUR;

describe('orphan files', () => {
  let store: ObjectStore;
  let catalog: Catalog;
  let clock: { now: number };
  beforeEach(async () => {
    ({ store, catalog, clock } = await warehouse());
    await append(catalog, 'one', { data: [await dataFile(store, 'live')] });
  });

  const remove = (more: Partial<RemoveOrphansRequest> = {}) =>
    removeOrphans({ catalog, identifier: TABLE, now: () => clock.now, ...more });

  it('are what no snapshot reaches, after three days', async () => {
    const before = await keysIn(store);
    const lost = [
      'data/ts_day=2023-07-10/lost.parquet',
      'metadata/batch-7.avro',
      'metadata/snap-7-8.avro',
      'metadata/x.puffin',
    ];
    for (const key of lost) await store.put(`${ROOT}/${key}`, Buffer.from('xy'));
    clock.now += 3 * DAYS;
    expect((await remove()).count).toBe(0);
    clock.now += 1;
    const dry = await remove({ dryRun: true });
    expect(await keysIn(store)).toHaveLength(before.length + 4);
    expect(await remove()).toEqual(dry);
    expect(dry).toMatchObject({ count: 4, bytes: 8, first: lost.map((key) => `${ROOT}/${key}`) });
    expect(await keysIn(store)).toEqual(before);
    expect(await liveFiles(await load(catalog))).toEqual([`live ${DAY} 1`]);
  });

  it('are not metadata files, files of other programs or tables, or protected files', async () => {
    const others = [
      'data/_SUCCESS',
      'data/.hidden/x.parquet',
      'data/notes.txt',
      'metadata/v99999.metadata.json',
      'metadata/00001-a.metadata.json',
    ];
    for (const key of [
      ...others.map((name) => `${ROOT}/${name}`),
      `${ROOT}2/data/x.parquet`,
      `${ROOT}/data/open.parquet`,
    ])
      await store.put(key, Buffer.from('x'));
    const before = await keysIn(store, '');
    clock.now += 10 * DAYS;
    const isProtected = (key: string): boolean => key === `${ROOT}/data/open.parquet`;
    // The catalog would find the version that was not committed, so a table that was loaded earlier is used.
    await store.delete(`${ROOT}/metadata/v99999.metadata.json`);
    expect(await remove({ isProtected })).toEqual({
      ...{ count: 0, bytes: 0, first: [] },
      unknown: { count: 3, first: `${ROOT}/data/.hidden/x.parquet` },
      protected: { count: 1, first: `${ROOT}/data/open.parquet` },
    });
    expect(await keysIn(store, '')).toEqual(before.filter((key) => !key.includes('v99999')));
  });

  it('are not the files of a commit that was prepared long ago and happens during the search', async () => {
    const file = await dataFile(store, 'late');
    const manifest = await storeManifest(await load(catalog), 'late', [file]);
    clock.now += 10 * DAYS;
    expect((await remove({ dryRun: true })).count).toBe(2);
    let loads = 0;
    const overtaken: Catalog = {
      ...catalog,
      async loadTable(...args) {
        // After the first look at the table, before anything is deleted.
        if (++loads === 2) await append(catalog, 'late', { data: [file] });
        return catalog.loadTable(...args);
      },
    };
    expect((await remove({ catalog: overtaken })).count).toBe(0);
    expect(await store.head(manifest.path.replace('memory://warehouse/', ''))).toBeDefined();
    expect(await liveFiles(await load(catalog))).toEqual([`late ${DAY} 2`, `live ${DAY} 1`]);
  });

  it('are not searched for within the first hour, if files may not be deleted, or if a manifest is gone', async () => {
    await expect(remove({ olderThanMs: HOUR - 1 })).rejects.toBeInstanceOf(UserMistake);
    await store.delete((await keysIn(store)).find((key) => /\/one-/.test(key))!);
    await expect(remove()).rejects.toThrow('is gone');
    await catalog.commit(await load(catalog), [], [{ action: 'set-properties', updates: { 'gc.enabled': 'false' } }]);
    await expect(remove()).rejects.toThrow('gc.enabled');
  });
});
