import * as fc from 'fast-check';
import type { Catalog } from '../../../../iceberg/catalog';
import { keyOf } from '../../../../iceberg/location';
import { groupsToRewrite, type LaidOut, windowsOf } from '../../../../iceberg/maintenance/manifest-layout';
import { rewriteManifests } from '../../../../iceberg/maintenance/rewrite-manifests';
import { readManifest } from '../../../../iceberg/manifest';
import { scanFiles } from '../../../../iceberg/scan';
import { createStorageCatalog } from '../../../../iceberg/storage-catalog';
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
  TABLE,
  warehouse,
} from '../../../support/maintained';

let store: ObjectStore;
let catalog: Catalog;

const rewrite = (more = {}) => rewriteManifests({ catalog, identifier: TABLE, sleep: async () => {}, ...more });

/** Commits of two days each, in no order, so that every manifest has days of many others; every fourth one has deletes. */
async function scattered(commits: number, days: number, properties: Record<string, string> = {}): Promise<void> {
  ({ store, catalog } = await warehouse({ 'commit.manifest-merge.enabled': 'false', ...properties }));
  for (let number = 0; number < commits; number++) {
    const data = await Promise.all(
      [number % days, (number * 7 + 3) % days].map((day, index) => dataFile(store, `c${number}-${index}`, DAY + day)),
    );
    const deletes = await Promise.all(
      data.map((of, index) => deleteFile(store, `c${number}-d${index}`, [of.path], of.day)),
    );
    await append(catalog, `c${number}`, { data, deletes: number % 4 === 0 ? deletes : [] });
  }
}

/** The manifests that a scan of one day reads. */
async function manifestsRead(day: number): Promise<number> {
  let reads = 0;
  const counting: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
    get: (...args: Parameters<ObjectStore['get']>) => {
      if (/\.avro$/.test(args[0]) && !/\/snap-/.test(args[0])) reads++;
      return store.get(...args);
    },
  });
  for await (const _ of scanFiles(await load(createStorageCatalog(counting)), { dayRange: { from: day, to: day } }));
  return reads;
}

describe('rewriting manifests', () => {
  it('sorts the entries by day into manifests of the target size, and keeps their numbers; a scan of a day reads one', async () => {
    await scattered(60, 20, { 'commit.manifest.target-size-bytes': '4200' });
    const before = await load(catalog);
    const live = await liveFiles(before);
    expect(await manifestsRead(DAY + 5)).toBeGreaterThan(5);
    const planned = await rewrite({ dryRun: true });
    const report = await rewrite();
    expect(planned).toMatchObject({ manifests: 75, replaced: { count: 75 } });
    expect(report).toMatchObject({ manifests: 75, replaced: { count: 75 }, snapshotId: expect.anything() });
    const table = await load(catalog);
    expect(await liveFiles(table)).toEqual(live);
    expect(await liveFiles(table, before.metadata['current-snapshot-id']!)).toEqual(live);
    for (let day = DAY; day < DAY + 20; day++) expect(await manifestsRead(day)).toBe(1);
    const manifests = await currentManifests(table);
    expect(report.created).toEqual({
      count: manifests.length,
      bytes: manifests.reduce((sum, { manifest_length: length }) => sum + Number(length), 0),
    });
    expect(manifests.length).toBeGreaterThan(3);
    for (const manifest of manifests) {
      expect(Number(manifest.manifest_length)).toBeLessThan(4200 * 1.25);
      const entries = readManifest((await store.get(keyOf(store, manifest.manifest_path))).body);
      const days = entries.map(({ file }) => file.day);
      expect(days).toEqual([...days].sort((one, two) => one - two));
      expect(manifest.partitions?.[0].lower_bound?.readInt32LE()).toBe(days[0]);
      expect(manifest.partitions?.[0].upper_bound?.readInt32LE()).toBe(days.at(-1));
      expect(manifest).toMatchObject({
        added_files_count: 0,
        existing_files_count: entries.length,
        sequence_number: 61n,
      });
      expect(entries.map(({ sequenceNumber }) => sequenceNumber).sort()).toContain(manifest.min_sequence_number);
      for (const entry of entries) {
        expect(entry.status).toBe('existing');
        const commit = Number(/\/c(\d+)-/.exec(entry.file.path)?.[1]);
        expect(entry.snapshotId).toBe(table.metadata.snapshots[commit]['snapshot-id']);
        expect([entry.sequenceNumber, entry.fileSequenceNumber]).toEqual([BigInt(commit + 1), BigInt(commit + 1)]);
        expect(entry.content).toBe(manifest.content === 1 ? 'position-deletes' : 'data');
      }
    }
    const { summary } = table.metadata.snapshots.at(-1)!;
    expect(summary).toMatchObject({
      operation: 'replace',
      'manifests-replaced': '75',
      'manifests-kept': '0',
      'entries-processed': '150',
    });
    expect(summary['total-records']).toBe(before.metadata.snapshots.at(-1)!.summary['total-records']);
    expect(summary['total-delete-files']).toBe('30');
  });

  it('does nothing without a benefit, and leaves manifests that are in order', async () => {
    await scattered(40, 20, { 'commit.manifest.target-size-bytes': '6000' });
    await rewrite();
    const first = await load(catalog);
    expect(await rewrite()).toMatchObject({ replaced: { count: 0 }, created: { count: 0 } });
    expect((await load(catalog)).metadataLocation).toBe(first.metadataLocation);
    const before = (await currentManifests(first)).map(({ manifest_path: path }) => path);
    await append(catalog, 'late', { data: [await dataFile(store, 'late', DAY + 3)] });
    expect(await rewrite()).toMatchObject({ replaced: { count: 2 }, created: { count: 1 } });
    const after = (await currentManifests(await load(catalog))).map(({ manifest_path: path }) => path);
    expect(before.filter((path) => after.includes(path))).toHaveLength(before.length - 1);
  });

  it('continues during appends, and starts again if another writer merged its manifests', async () => {
    await scattered(12, 4);
    let conflicts = 0;
    const busy: Catalog = {
      ...catalog,
      async commit(...args) {
        const number = conflicts++;
        if (number === 1) {
          await catalog.commit(
            await load(catalog),
            [],
            [
              {
                action: 'set-properties',
                updates: { 'commit.manifest-merge.enabled': 'true', 'commit.manifest.min-count-to-merge': '3' },
              },
            ],
          );
        }
        if (number < 3) await append(catalog, `busy${number}`, { data: [await dataFile(store, `busy${number}`)] });
        return catalog.commit(...args);
      },
    };
    const report = await rewrite({ catalog: busy });
    expect(report.snapshotId).toBeDefined();
    const table = await load(catalog);
    expect(await liveFiles(table)).toHaveLength(24 + 6 + 3);
    expect((await keysIn(store)).filter((key) => /\/sorted-/.test(key))).toHaveLength(report.created?.count ?? -1);
    expect((await keysIn(store)).filter((key) => /\/snap-/.test(key))).toHaveLength(table.metadata.snapshots.length);
  });

  it('leaves out a manifest that is damaged', async () => {
    await scattered(12, 4);
    const [manifest] = await currentManifests(await load(catalog));
    await store.delete(keyOf(store, manifest.manifest_path));
    const { replaced } = await rewrite();
    expect(replaced.count).toBe(14);
    expect((await currentManifests(await load(catalog))).map(({ manifest_path: path }) => path)).toContain(
      manifest.manifest_path,
    );
    expect((await rewrite()).replaced.count).toBe(0);
  });
});

describe('the layout of manifests', () => {
  const manifests = fc.array(
    fc
      .record({ from: fc.nat(50), span: fc.nat(6), length: fc.integer({ min: 1, max: 120 }) })
      .map(({ from, span, length }): LaidOut => ({ from, to: from + span, length })),
  );

  it('groups every manifest at most once, and all that share a day together', () => {
    void fc.assert(
      fc.property(manifests, (all) => {
        const groups = groupsToRewrite(all, 100);
        expect(new Set(groups.flat()).size).toBe(groups.flat().length);
        for (const group of groups) {
          const others = all.filter((one) => !group.includes(one));
          for (const one of group)
            for (const other of others) expect(one.from > other.to || other.from > one.to).toBe(true);
        }
      }),
    );
  });

  it('leaves nothing to do once windows of days were written', () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.nat(60).map(String), fc.integer({ min: 1, max: 90 })), (days) => {
        const weights = new Map(Object.entries(days).map(([day, weight]) => [Number(day), weight]));
        const windows = windowsOf(weights, 100);
        for (const [day] of weights) expect(windows.filter(({ from, to }) => from <= day && to >= day)).toHaveLength(1);
        const written = windows.map(({ from, to }) => {
          const length = [...weights].reduce(
            (sum, [day, weight]) => (day >= from && day <= to ? sum + weight : sum),
            0,
          );
          return { from, to, length };
        });
        expect(groupsToRewrite(written, 100)).toEqual([]);
      }),
    );
  });

  it('lets a day have several manifests of the target size, but not small ones', () => {
    const of = (length: number): LaidOut => ({ from: 7, to: 7, length });
    expect(groupsToRewrite([of(95), of(90), of(10)], 100)).toEqual([]);
    expect(groupsToRewrite([of(30), of(30), of(10)], 100)).toHaveLength(1);
  });

  it('merges small neighbors if there are enough of them', () => {
    const small = (count: number): LaidOut[] =>
      Array.from({ length: count }, (_, day) => ({ from: day, to: day, length: 5 }));
    expect(groupsToRewrite(small(7), 100)).toEqual([]);
    expect(groupsToRewrite(small(8), 100)).toHaveLength(1);
    expect(groupsToRewrite(small(45), 100).map((group) => group.length)).toEqual([20, 20]);
  });
});
