import { CommitStateUnknown, ReplaceOutdated } from '../../../../errors/index';
import type { Catalog } from '../../../../iceberg/catalog';
import { keyOf } from '../../../../iceberg/location';
import { readManifest } from '../../../../iceberg/manifest';
import { schemaOf } from '../../../../iceberg/schema';
import { COMMIT_ID, snapshotById } from '../../../../iceberg/snapshot';
import type { DataFile } from '../../../../iceberg/types';
import type { ObjectStore } from '../../../../storage/object-store';
import {
  append,
  currentManifests,
  DAY,
  dataFile,
  deleteFile,
  keysIn,
  liveFiles,
  load,
  replace,
  SCHEMA,
  warehouse,
} from '../../../support/maintained';

let store: ObjectStore;
let catalog: Catalog;
beforeEach(async () => {
  ({ store, catalog } = await warehouse());
});

const paths = (files: readonly DataFile[]): string[] => files.map(({ path }) => path);

/** Two small files of a day in one commit with one of another day, and a later small one with deletes of its own rows. */
async function smallFiles() {
  const [a, b, c, other] = await Promise.all([
    dataFile(store, 'a'),
    dataFile(store, 'b'),
    dataFile(store, 'c'),
    dataFile(store, 'other', DAY + 1),
  ]);
  const deletes = await deleteFile(store, 'deletes', [c.path]);
  await append(catalog, 'one', { data: [a, b, other] });
  await append(catalog, 'two', { data: [c], deletes: [deletes] });
  const big = await dataFile(store, 'big', DAY, 29);
  const remove = { data: paths([a, b, c]), deletes: [{ path: deletes.path }] };
  return { a, b, c, other, deletes, big, remove };
}

describe('replacing files', () => {
  it('has the new ones instead of the old ones, which are deleted entries with their own sequence numbers', async () => {
    const { big, remove } = await smallFiles();
    const before = await load(catalog);
    const { snapshotId, sequenceNumber } = await replace(catalog, 'compact/1', { remove, add: [big] });
    const table = await load(catalog);
    expect(await liveFiles(table)).toEqual([`big ${DAY} 3`, `other ${DAY + 1} 1`]);
    expect(await liveFiles(table, before.metadata['current-snapshot-id']!)).toEqual(await liveFiles(before));
    const snapshot = snapshotById(table.metadata, snapshotId)!;
    expect(sequenceNumber).toBe(3n);
    expect(snapshot.summary).toEqual({
      operation: 'replace',
      'added-data-files': '1',
      'added-records': '29',
      'added-files-size': '3',
      'deleted-data-files': '3',
      'deleted-records': '30',
      'removed-delete-files': '1',
      'removed-position-delete-files': '1',
      'removed-position-deletes': '1',
      'removed-files-size': String('abc'.length + 'deletes'.length),
      'changed-partition-count': '1',
      'total-data-files': '2',
      'total-delete-files': '0',
      'total-records': '39',
      'total-files-size': String('big'.length + 'other'.length),
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      [COMMIT_ID]: 'compact/1',
    });
    const manifests = await currentManifests(table);
    const counts = manifests.map((entry) => [
      entry.content,
      entry.added_files_count,
      entry.existing_files_count,
      entry.deleted_files_count,
      Number(entry.deleted_rows_count),
      Number(entry.min_sequence_number),
    ]);
    expect(counts.sort()).toEqual([
      [0, 0, 0, 1, 10, 3],
      [0, 0, 1, 2, 20, 1],
      [0, 1, 0, 0, 0, 3],
      [1, 0, 0, 1, 1, 3],
    ]);
    for (const manifest of manifests) {
      for (const entry of readManifest((await store.get(keyOf(store, manifest.manifest_path))).body)) {
        if (entry.status === 'deleted') expect(entry.snapshotId).toBe(snapshotId);
        if (entry.status === 'existing') expect(entry).toMatchObject({ sequenceNumber: 1n, fileSequenceNumber: 1n });
      }
    }
    // Manifests with only deleted entries are useless to later snapshots.
    await replace(catalog, 'compact/2', {
      remove: { data: [big.path], deletes: [] },
      add: [{ ...big, path: `${big.path}2` }],
    });
    expect((await currentManifests(await load(catalog))).map((entry) => entry.deleted_files_count).sort()).toEqual([
      0, 1, 2,
    ]);
  });

  it('leaves manifests that no later append keeps, because nothing in them is live', async () => {
    const { a, b, other } = await smallFiles();
    await replace(catalog, 'retention/1', {
      remove: { data: paths([a, b]), deletes: [] },
      add: [],
      dropsRows: true,
    });
    await replace(catalog, 'retention/2', {
      remove: { data: [other.path], deletes: [] },
      add: [],
      days: [DAY + 1],
      dropsRows: true,
    });
    const dead = async (): Promise<string[]> =>
      (await currentManifests(await load(catalog)))
        .filter((entry) => entry.added_files_count === 0 && entry.existing_files_count === 0)
        .map((entry) => keyOf(store, entry.manifest_path));
    expect(await dead()).not.toEqual([]);
    // Nor does anything read them.
    for (const key of await dead()) await store.delete(key);
    const before = await liveFiles(await load(catalog));
    await append(catalog, 'three', { data: [await dataFile(store, 'd')] });
    expect(await dead()).toEqual([]);
    expect(await liveFiles(await load(catalog))).toHaveLength(before.length + 1);
  });

  it('happens once, even if it is requested again or the answer was lost', async () => {
    const { big, remove } = await smallFiles();
    const base = (await load(catalog)).metadata.snapshots.at(-1)!;
    let lost = 0;
    const forgetful: Catalog = {
      ...catalog,
      async commit(...args) {
        const table = await catalog.commit(...args);
        if (lost++ === 0) throw new CommitStateUnknown('no answer');
        return table;
      },
    };
    const first = await replace(forgetful, 'compact', { remove, add: [big] });
    const again = await replace(catalog, 'compact', { remove, add: [big], base });
    expect([first.alreadyCommitted, again.alreadyCommitted]).toEqual([false, true]);
    expect(again.snapshotId).toBe(first.snapshotId);
    expect((await load(catalog)).metadata.snapshots).toHaveLength(3);
    expect(await store.head(keyOf(store, big.path))).toBeDefined();
  });

  it('continues during appends, and leaves nothing of lost attempts', async () => {
    const { big, remove } = await smallFiles();
    let appended = 0;
    const busy: Catalog = {
      ...catalog,
      async commit(...args) {
        if (appended < 3) {
          const late = await dataFile(store, `late${appended}`);
          await append(catalog, `late-${appended++}`, { data: [late] });
        }
        return catalog.commit(...args);
      },
    };
    await replace(busy, 'compact', { remove, add: [big] });
    const table = await load(catalog);
    expect(await liveFiles(table)).toEqual([
      `big ${DAY} 6`,
      `late0 ${DAY} 3`,
      `late1 ${DAY} 4`,
      `late2 ${DAY} 5`,
      `other ${DAY + 1} 1`,
    ]);
    const lists = (await keysIn(store)).filter((key) => /\/snap-/.test(key));
    expect(lists).toHaveLength(table.metadata.snapshots.length);
    expect((await keysIn(store)).filter((key) => /\/replaced-/.test(key))).toHaveLength(3);
  });

  /** Replaces a and b of the small files, while `meanwhile` happens after they were read. */
  async function outdatedBy(meanwhile: (files: Awaited<ReturnType<typeof smallFiles>>) => Promise<unknown>, more = {}) {
    const files = await smallFiles();
    const base = (await load(catalog)).metadata.snapshots.at(-1)!;
    await meanwhile(files);
    const before = {
      keys: (await keysIn(store)).filter((key) => !key.endsWith('/big.parquet')),
      live: await liveFiles(await load(catalog)),
    };
    const big = { ...files.big, rows: 20 };
    const remove = { data: paths([files.a, files.b]), deletes: [] };
    const outcome = await replace(catalog, 'compact', { remove, add: [big], base, ...more }).catch(
      (error: unknown) => error,
    );
    return { outcome, before, files };
  }

  it.each([
    [
      'a removed file was replaced',
      ({ a }: { a: DataFile }) =>
        replace(catalog, 'other', { remove: { data: [a.path], deletes: [] }, add: [{ ...a, path: `${a.path}2` }] }),
    ],
    [
      'rows of a removed file were deleted',
      async ({ b }: { b: DataFile }) => append(catalog, 'd', { deletes: [await deleteFile(store, 'd', [b.path])] }),
    ],
    [
      'rows of unknown files of the day were deleted',
      async ({ other }: { other: DataFile }) =>
        append(catalog, 'd', { deletes: [await deleteFile(store, 'd', [other.path], DAY, false)] }),
    ],
  ])('yields if %s, and leaves nothing', async (_, meanwhile) => {
    const { outcome, before } = await outdatedBy(meanwhile as never);
    expect(outcome).toBeInstanceOf(ReplaceOutdated);
    expect(await liveFiles(await load(catalog))).toEqual(before.live);
    expect(await keysIn(store)).toEqual(before.keys);
  });

  it.each([
    [
      'of another day',
      async () => append(catalog, 'd', { deletes: [await deleteFile(store, 'd', ['x'], DAY + 1, false)] }),
    ],
    [
      'whose bounds name other files',
      async () =>
        append(catalog, 'd', {
          deletes: [await deleteFile(store, 'd', ['memory://warehouse/logs/events/data/zz.parquet'])],
        }),
    ],
  ])('does not yield to deletes %s', async (_, meanwhile) => {
    const { outcome } = await outdatedBy(meanwhile);
    expect(outcome).toMatchObject({ alreadyCommitted: false });
  });

  it('yields to a schema that the new files cannot be read with', async () => {
    const narrow = schemaOf([{ name: 'other', type: 'string', doc: '' }]);
    const { outcome } = await outdatedBy(async () => {}, {
      schema: { ...narrow, fields: [{ ...SCHEMA.fields[0], type: 'string' }] },
    });
    expect(outcome).toBeInstanceOf(ReplaceOutdated);
  });

  it('keeps delete files that may apply to files that stay, unless their contents rule it out', async () => {
    const { a, b, c, big } = await smallFiles();
    const wide = await deleteFile(store, 'wide', [a.path, c.path]);
    await append(catalog, 'wide', { deletes: [wide] });
    const add = [{ ...big, rows: 19 }];
    const remove = (dataFiles?: string[]) => ({ data: paths([a, b]), deletes: [{ path: wide.path, dataFiles }] });
    await expect(replace(catalog, 'compact', { remove: remove(), add })).rejects.toThrow('which is not replaced');
    await expect(replace(catalog, 'compact', { remove: remove([a.path, c.path]), add })).rejects.toThrow(
      'which is not replaced',
    );
    await dataFile(store, 'big');
    await replace(catalog, 'compact', { remove: remove([a.path]), add });
    expect(await liveFiles(await load(catalog))).toEqual([
      `-deletes ${DAY} 2`,
      `big ${DAY} 4`,
      `c ${DAY} 2`,
      `other ${DAY + 1} 1`,
    ]);
  });

  it('refuses new files with more rows, with too few, or of another day', async () => {
    const { a, b, big } = await smallFiles();
    const remove = { data: paths([a, b]), deletes: [] };
    for (const add of [
      { ...big, rows: 21 },
      { ...big, rows: 18 },
      { ...big, rows: 20, day: DAY + 1 },
    ])
      await expect(replace(catalog, 'compact', { remove, add: [add] })).rejects.toThrow(
        /; expected 20|a different day/,
      );
  });
});
