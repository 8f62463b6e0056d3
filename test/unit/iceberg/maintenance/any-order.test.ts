/** Maintenance in any order, concurrent with other writers, and killed anywhere: see the last lines of `check`. */
import * as fc from 'fast-check';
import { ReplaceOutdated } from '../../../../errors/index';
import type { Catalog } from '../../../../iceberg/catalog';
import { keyOf } from '../../../../iceberg/location';
import { expireSnapshots } from '../../../../iceberg/maintenance/expire-snapshots';
import { removeOldMetadata } from '../../../../iceberg/maintenance/old-metadata';
import { removeOrphans } from '../../../../iceberg/maintenance/orphans';
import { rewriteManifests } from '../../../../iceberg/maintenance/rewrite-manifests';
import { manifestsOf } from '../../../../iceberg/manifest-files';
import { findCommit, snapshotById } from '../../../../iceberg/snapshot';
import { createStorageCatalog } from '../../../../iceberg/storage-catalog';
import type { DataFile } from '../../../../iceberg/types';
import type { ObjectStore } from '../../../../storage/object-store';
import { type Around, dyingAt, ProcessDied, processOf } from '../../../support/crashes';
import {
  append,
  DAY,
  dataFile,
  deleteFile,
  keysIn,
  liveFiles,
  load,
  ROOT,
  replace,
  TABLE,
  warehouse,
} from '../../../support/maintained';

const HOUR = 3_600_000;

interface Step {
  what: 'append' | 'delete' | 'replace' | 'expire' | 'manifests' | 'orphans' | 'metadata' | 'litter' | 'branch';
  /** The target of the step: different numbers are different days, files and ages. */
  choice: number;
  hours: number;
  /** What happens at a storage call of the step. */
  disturbance: 'none' | 'append' | 'delete' | 'die before' | 'die after';
  at: number;
}

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom(
      'append',
      'append',
      'delete',
      'replace',
      'replace',
      'expire',
      'manifests',
      'orphans',
      'metadata',
      'litter',
      'branch',
    ),
    choice: fc.nat(1_000),
    hours: fc.nat(30),
    disturbance: fc.constantFrom('none', 'append', 'delete', 'die before', 'die after'),
    at: fc.integer({ min: 1, max: 25 }),
  }),
  { minLength: 6, maxLength: 18 },
);

interface LiveFile {
  file: DataFile;
  isDelete: boolean;
  sequenceNumber: bigint;
}

/** A table, and its expected contents. */
class World {
  private readonly live = new Map<string, LiveFile>();
  private readonly snapshots = new Map<bigint, string[]>();
  private number = 0;
  /** Rows that are not deleted. */
  private rows = 0;
  readonly now = (): number => this.clock.now;

  private constructor(
    private readonly clock: { now: number },
    private readonly store: ObjectStore,
    private readonly catalog: Catalog,
  ) {}

  static async create(): Promise<World> {
    const { clock, store, catalog } = await warehouse({
      'commit.manifest.target-size-bytes': '6000',
      'commit.manifest.min-count-to-merge': '6',
      'write.metadata.previous-versions-max': '3',
    });
    return new World(clock, store, catalog);
  }

  async take(step: Step): Promise<void> {
    this.clock.now += step.hours * HOUR;
    const around = this.disturbed(step);
    const { warehouse: store } = processOf({ warehouse: this.store, bucket: this.store } as never, around);
    const id = `${step.what}/${this.number++}`;
    const again = await this.prepare(step, id);
    try {
      await again(createStorageCatalog(store, { now: this.now }), store);
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      // Another process does it again.
      await again(createStorageCatalog(this.store, { now: this.now }), this.store);
    }
    await this.check();
  }

  private disturbed({ disturbance, at, choice }: Step): Around {
    if (disturbance === 'none') return {};
    if (disturbance === 'die before' || disturbance === 'die after')
      return dyingAt(at, disturbance === 'die before' ? 'before' : 'after');
    return {
      before: async ({ number }) => {
        if (number !== at) return;
        if (disturbance === 'append') await this.append(`other/${this.number++}`, choice, this.catalog);
        else await this.deleteRows(`other/${this.number++}`, choice, this.catalog);
      },
    };
  }

  /** Chooses a step, and returns a function that performs it; a repeated call uses the same files. */
  private async prepare(step: Step, id: string): Promise<(catalog: Catalog, store: ObjectStore) => Promise<void>> {
    const common = { identifier: TABLE, now: this.now, sleep: async () => {} };
    const { choice } = step;
    switch (step.what) {
      case 'append':
        return (catalog) => this.append(id, choice, catalog);
      case 'delete': {
        const targets = this.dataFiles();
        return (catalog) => this.deleteRows(id, choice, catalog, targets);
      }
      case 'replace':
        return this.replacement(id, choice);
      case 'expire':
        return async (catalog) => {
          await expireSnapshots({ ...common, catalog, olderThanMs: (choice % 40) * HOUR, keepLast: choice % 4 });
        };
      case 'manifests':
        return async (catalog) => {
          await rewriteManifests({ ...common, catalog });
        };
      case 'orphans':
        return async (catalog) => {
          const isProtected = (key: string): boolean => key.includes('protected');
          await removeOrphans({ ...common, catalog, olderThanMs: ((choice % 30) + 1) * HOUR, isProtected });
        };
      case 'metadata':
        return async (catalog) => {
          await removeOldMetadata(await load(catalog), { now: this.now });
        };
      case 'litter':
        return async (_, store) => {
          for (const key of [`data/lost-${id}.parquet`, `metadata/snap-${id}.avro`, `data/protected-${id}.parquet`])
            await store.put(`${ROOT}/${key.replace(id, id.replace('/', '-'))}`, Buffer.from('x'));
        };
      case 'branch':
        return async (catalog) => {
          const table = await load(catalog);
          const { snapshots } = table.metadata;
          if (snapshots.length === 0) return;
          const chosen = snapshots[choice % snapshots.length]['snapshot-id'];
          await catalog
            .commit(
              table,
              [],
              [{ action: 'set-snapshot-ref', 'ref-name': 'kept', type: 'branch', 'snapshot-id': chosen }],
            )
            .catch((error: Error) => {
              if (error.name !== 'CommitConflict') throw error;
            });
        };
    }
  }

  private dataFiles(): DataFile[] {
    return [...this.live.values()].filter(({ isDelete }) => !isDelete).map(({ file }) => file);
  }

  private async append(id: string, choice: number, catalog: Catalog): Promise<void> {
    const name = id.replace('/', '-');
    const days = [choice % 5, (choice * 7) % 5].slice(0, 1 + (choice % 2));
    const data = await Promise.all(days.map((day, index) => dataFile(this.store, `${name}-${index}`, DAY + day)));
    const own = choice % 3 === 0 ? [await deleteFile(this.store, `${name}-deletes`, [data[0].path], data[0].day)] : [];
    const { sequenceNumber } = await append(catalog, id, { data, deletes: own }, this.now);
    for (const file of data) this.add(file, sequenceNumber!);
    for (const file of own) this.add(file, sequenceNumber!, true);
    this.rows += data.reduce((sum, { rows }) => sum + rows, 0) - own.length;
  }

  /** A position-delete file for an earlier data file, as other writers make them. */
  private async deleteRows(id: string, choice: number, catalog: Catalog, targets = this.dataFiles()): Promise<void> {
    if (targets.length === 0) return;
    const { path, day } = targets[choice % targets.length];
    const file = await deleteFile(this.store, id.replace('/', '-'), [path], day, choice % 2 === 0);
    const { sequenceNumber, snapshotId } = await append(catalog, id, { deletes: [file] }, this.now);
    this.add(file, sequenceNumber!, true);
    // A replacement may have been faster: then it deletes no row.
    const there = await liveFiles(await load(this.catalog), snapshotId!);
    if (there.some((text) => path.endsWith(`/${text.split(' ')[0]}.parquet`))) this.rows--;
  }

  /** Replaces some data files of a day with one, with all delete files of that day. */
  private async replacement(id: string, choice: number): Promise<(catalog: Catalog) => Promise<void>> {
    const day = DAY + (choice % 5);
    const ofDay = [...this.live.values()].filter(({ file }) => file.day === day);
    const data = ofDay.filter(({ isDelete }) => !isDelete).slice(0, 1 + (choice % 4));
    const table = await load(this.catalog);
    const base = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
    if (base === undefined || data.length === 0) return async () => {};
    const deletes: { path: string; dataFiles: string[] }[] = [];
    for (const { file, isDelete } of ofDay) {
      const dataFiles = isDelete ? await this.concerned(file) : [];
      // Those that also concern others have to stay.
      if (isDelete && dataFiles.every((path) => data.some((one) => one.file.path === path)))
        deletes.push({ path: file.path, dataFiles });
    }
    let rows = 0;
    for (const one of data) rows += one.file.rows - (await this.deletedFrom(one));
    const add = await dataFile(this.store, id.replace('/', '-'), day, rows);
    const remove = { data: data.map(({ file }) => file.path), deletes };
    return async (catalog) => {
      // Written again after a failure, as the rewriting of the rows would.
      await dataFile(this.store, id.replace('/', '-'), day, rows);
      try {
        const { sequenceNumber } = await replace(catalog, id, { remove, add: [add], base, days: [day], now: this.now });
        for (const path of [...remove.data, ...deletes.map((one) => one.path)]) this.live.delete(path);
        this.add(add, sequenceNumber);
      } catch (error) {
        if (!(error instanceof ReplaceOutdated)) throw error;
        expect(findCommit((await load(this.catalog)).metadata, id)).toBeUndefined();
        await expect(this.store.head(keyOf(this.store, add.path))).rejects.toThrow();
      }
    };
  }

  /** The data files that a delete file names. */
  private async concerned({ path }: DataFile): Promise<string[]> {
    return (await this.store.get(keyOf(this.store, path))).body.toString().split('\n');
  }

  /** Each delete file deletes another row of each file that it concerns. */
  private async deletedFrom(data: Pick<LiveFile, 'file' | 'sequenceNumber'>): Promise<number> {
    let deleted = 0;
    for (const { file, isDelete, sequenceNumber } of this.live.values()) {
      if (!isDelete || file.day !== data.file.day || sequenceNumber < data.sequenceNumber) continue;
      if ((await this.concerned(file)).includes(data.file.path)) deleted++;
    }
    return deleted;
  }

  private add(file: DataFile, sequenceNumber: bigint, isDelete = false): void {
    this.live.set(file.path, { file, isDelete, sequenceNumber });
  }

  /** The scan equals the model, and every snapshot is unchanged, including the objects of its files. */
  async check(): Promise<void> {
    const table = await load(createStorageCatalog(this.store));
    const expected = [...this.live.values()].map(
      ({ file, isDelete, sequenceNumber }) =>
        `${isDelete ? '-' : ''}${file.path.replace(/^.*\/data\/|\.parquet$/g, '')} ${file.day} ${sequenceNumber}`,
    );
    expect(await liveFiles(table)).toEqual(expected.sort());
    let rows = 0;
    for (const one of this.live.values()) if (!one.isDelete) rows += one.file.rows - (await this.deletedFrom(one));
    expect(rows).toBe(this.rows);
    for (const { 'snapshot-id': id } of table.metadata.snapshots) {
      const found = await liveFiles(table, id);
      expect(found).toEqual(this.snapshots.get(id) ?? found);
      this.snapshots.set(id, found);
    }
    const keys = new Set(await keysIn(this.store));
    for (const key of await this.reachable()) expect(keys).toContain(key);
    for (const { 'metadata-file': file } of table.metadata['metadata-log'])
      expect(keys).toContain(keyOf(this.store, file));
  }

  /** After a while, everything that is not needed is gone, and nothing else. */
  async end(): Promise<void> {
    this.clock.now += 100 * HOUR;
    const { catalog } = this;
    const isProtected = (key: string): boolean => key.includes('protected');
    const dry = await removeOrphans({ catalog, identifier: TABLE, now: this.now, isProtected, dryRun: true });
    const report = await removeOrphans({ catalog, identifier: TABLE, now: this.now, isProtected });
    expect(report).toEqual(dry);
    await this.check();
    const left = (await keysIn(this.store)).filter((key) => /\.(parquet|avro)$/.test(key) && !/protected/.test(key));
    expect(left.sort()).toEqual([...(await this.reachable())].sort());
  }

  private async reachable(): Promise<Set<string>> {
    const table = await load(this.catalog);
    const found = new Set<string>();
    for (const snapshot of table.metadata.snapshots) {
      found.add(keyOf(this.store, snapshot['manifest-list']));
      for (const { manifest_path: path } of await manifestsOf(table, snapshot)) found.add(keyOf(this.store, path));
      for (const text of await liveFiles(table, snapshot['snapshot-id']))
        found.add(`${ROOT}/data/${text.replace(/^-/, '').split(' ')[0]}.parquet`);
    }
    return found;
  }
}

describe('maintenance in any order', () => {
  it('never changes the result of a scan, keeps every snapshot complete, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = await World.create();
        for (const step of all) await world.take(step);
        await world.end();
      }),
      { numRuns: Number(process.env.TRAILMILL_PROPERTY_RUNS ?? 60) },
    );
  }, 240_000);
});
