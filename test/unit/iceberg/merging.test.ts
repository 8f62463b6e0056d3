/** What commits do with manifests: one for the new files, and fewer for the old ones, without loss. */
import { Damaged } from '../../../errors/index.js';
import { type AppendRequest, appendManifests } from '../../../iceberg/append.js';
import { type AvroSchema, readAvro, writeAvro } from '../../../iceberg/avro.js';
import type { Catalog, LoadedTable } from '../../../iceberg/catalog.js';
import { keyOf, locationOf } from '../../../iceberg/location.js';
import { type ManifestEntry, readManifest, writeManifest } from '../../../iceberg/manifest.js';
import { manifestsOf, storeManifest } from '../../../iceberg/manifest-files.js';
import type { ManifestListEntry } from '../../../iceberg/manifest-list.js';
import type { Snapshot } from '../../../iceberg/metadata.js';
import { scanDataFiles, scanDeletes } from '../../../iceberg/scan.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { COMMIT_ID, currentSchema, currentSpec, snapshotById } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { DataFile, ManifestFile } from '../../../iceberg/types.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ObjectStore } from '../../../storage/object-store.js';

const TABLE = { namespace: 'logs', name: 'events' };
const SCHEMA = schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: 'time' }]);
const DAY = 19_548;

let store: ObjectStore;
let catalog: Catalog;
/** Keys that were written and deleted, in order. */
let written: string[];
let deleted: string[];
beforeEach(async () => {
  const memory = createMemoryStore('warehouse');
  written = [];
  deleted = [];
  store = Object.assign(Object.create(memory) as ObjectStore, {
    put: (...args: Parameters<ObjectStore['put']>) => {
      written.push(args[0]);
      return memory.put(...args);
    },
    delete: (...args: Parameters<ObjectStore['delete']>) => {
      deleted.push(args[0]);
      return memory.delete(...args);
    },
  });
  catalog = createStorageCatalog(store);
  await catalog.ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts' });
});

const load = async (): Promise<LoadedTable> => (await catalog.loadTable(TABLE))!;

async function setProperties(updates: Record<string, string>): Promise<void> {
  await catalog.commit(await load(), [], [{ action: 'set-properties', updates }]);
}

const fileOf = (name: string, day = DAY, rows = 10): DataFile => ({
  path: `memory://warehouse/logs/events/data/${name}.parquet`,
  bytes: 100 * rows,
  rows,
  day,
  columnSizes: { 1: 50 },
  valueCounts: { 1: rows },
  nullCounts: { 1: 0 },
  lowerBounds: { 1: Buffer.alloc(8, 1).toString('base64') },
  upperBounds: { 1: Buffer.alloc(8, 2).toString('base64') },
});

async function manifestOf(files: DataFile[], content?: ManifestFile['content']): Promise<ManifestFile> {
  const { metadata } = await load();
  const key = `logs/events/metadata/batch-${files[0].path.replace(/^.*\/|\.parquet$/g, '')}.avro`;
  return writeManifest(store, key, { schema: currentSchema(metadata), spec: currentSpec(metadata), content }, files);
}

async function append(name: string, more: Partial<AppendRequest> = {}) {
  const manifests = more.manifests ?? [await manifestOf([fileOf(name)])];
  return appendManifests({
    ...{ catalog, identifier: TABLE, commitId: name, sleep: async () => {} },
    ...more,
    manifests,
  });
}

async function list(): Promise<ManifestListEntry[]> {
  const table = await load();
  return manifestsOf(table, snapshotById(table.metadata, table.metadata['current-snapshot-id'])!);
}

async function entriesOf({ manifest_path: path }: ManifestListEntry): Promise<ManifestEntry[]> {
  return readManifest((await store.get(keyOf(store, path))).body);
}

const nameOf = ({ path }: DataFile): string => path.replace(/^.*\/|\.parquet$/g, '');

async function names(addedBy?: (snapshot: Snapshot | undefined) => boolean): Promise<string[]> {
  const found: string[] = [];
  for await (const { file } of scanDataFiles(await load(), { addedBy })) found.push(nameOf(file));
  return found.sort();
}

describe('the manifest of a commit', () => {
  const FILES = [fileOf('b', DAY + 1, 5), fileOf('a', DAY), fileOf('c', DAY + 3), fileOf('d', DAY + 1)];

  it('has the counts and the bounds of all files, and a name derived from its content', async () => {
    await append('plan/7', { manifests: [await storeManifest(await load(), 'plan-7', FILES)] });
    const [entry, ...others] = await list();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      manifest_path: expect.stringMatching(
        /^memory:\/\/warehouse\/logs\/events\/metadata\/plan-7-h[0-9a-f]{16}\.avro$/,
      ),
      content: 0,
      sequence_number: 1n,
      min_sequence_number: 1n,
      added_files_count: 4,
      existing_files_count: 0,
      added_rows_count: 35n,
    });
    expect(entry.partitions?.[0].lower_bound?.readInt32LE()).toBe(DAY);
    expect(entry.partitions?.[0].upper_bound?.readInt32LE()).toBe(DAY + 3);
    const inherited = { status: 'added', snapshotId: null, sequenceNumber: null, fileSequenceNumber: null };
    expect(await entriesOf(entry)).toEqual(
      [fileOf('a'), fileOf('b', DAY + 1, 5), fileOf('d', DAY + 1), fileOf('c', DAY + 3)].map((file) => ({
        ...inherited,
        content: 'data',
        file,
      })),
    );
    const { summary } = (await load()).metadata.snapshots[0];
    expect(summary).toMatchObject({ 'added-data-files': '4', 'added-records': '35', 'changed-partition-count': '3' });
  });

  it('is the same object for the same files, in any order', async () => {
    const { path } = await storeManifest(await load(), 'mine', FILES);
    expect((await storeManifest(await load(), 'mine', [...FILES].reverse())).path).toBe(path);
    expect((await storeManifest(await load(), 'mine', FILES.slice(1))).path).not.toBe(path);
  });

  it('is separate from that of deletes', async () => {
    const deletes = await storeManifest(await load(), 'one', [fileOf('deletes')], 'deletes');
    await append('one', { prepare: async () => ({ manifests: [deletes] }) });
    expect((await list()).map(({ content, manifest_path }) => [content, manifest_path === deletes.path])).toEqual([
      [0, false],
      [1, true],
    ]);
  });
});

describe('the manifests of earlier commits', () => {
  it('are merged when there are enough, with the snapshot and the sequence numbers of each file', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '4' });
    const ids = [await append('a'), await append('b'), await append('c')].map(({ snapshotId }) => snapshotId);
    expect(await list()).toHaveLength(3);
    const { snapshotId } = await append('d');
    const [fresh, merged, ...others] = await list();
    expect(others).toEqual([]);
    expect(fresh).toMatchObject({ added_files_count: 1, existing_files_count: 0 });
    expect(merged).toMatchObject({
      manifest_path: expect.stringMatching(/\/metadata\/merged-[-0-9a-f]+-h[0-9a-f]{16}\.avro$/),
      content: 0,
      partition_spec_id: 0,
      sequence_number: 4n,
      min_sequence_number: 1n,
      added_snapshot_id: snapshotId,
      added_files_count: 0,
      existing_files_count: 3,
      deleted_files_count: 0,
      added_rows_count: 0n,
      existing_rows_count: 30n,
      deleted_rows_count: 0n,
      key_metadata: null,
    });
    expect(merged.partitions).toEqual([
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: fresh.partitions?.[0].lower_bound,
        upper_bound: fresh.partitions?.[0].upper_bound,
      },
    ]);
    expect(Number(merged.manifest_length)).toBe((await store.get(keyOf(store, merged.manifest_path))).body.length);
    expect(await entriesOf(merged)).toEqual(
      ['a', 'b', 'c'].map((name, index) => ({
        status: 'existing',
        snapshotId: ids[index],
        sequenceNumber: BigInt(index + 1),
        fileSequenceNumber: BigInt(index + 1),
        content: 'data',
        file: fileOf(name),
      })),
    );
    const ages: [string, bigint][] = [];
    for await (const { file, sequenceNumber } of scanDataFiles(await load())) ages.push([nameOf(file), sequenceNumber]);
    expect(ages.sort()).toEqual([
      ['a', 1n],
      ['b', 2n],
      ['c', 3n],
      ['d', 4n],
    ]);
    // A merged manifest is merged again.
    for (const name of ['e', 'f', 'g']) await append(name);
    expect(await names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect((await entriesOf((await list()).at(-1)!)).map(({ snapshotId }) => snapshotId)).toEqual(
      expect.arrayContaining(ids),
    );
  });

  it('leave lists of a hundred by default', async () => {
    for (let number = 0; number < 230; number++) await append(String(number));
    expect((await list()).length).toBeLessThanOrEqual(100);
    expect(await names()).toHaveLength(230);
    expect(written.filter((key) => key.includes('/merged-'))).toHaveLength(2);
    expect(deleted).toEqual([]);
  });

  it('are not merged if the table disables it, and not beyond the target size', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '3', 'commit.manifest-merge.enabled': 'false' });
    for (const name of ['a', 'b', 'c', 'd']) await append(name);
    expect(await list()).toHaveLength(4);
    const length = Number((await list())[0].manifest_length);
    await setProperties({
      'commit.manifest-merge.enabled': 'true',
      'commit.manifest.target-size-bytes': String(2 * length - 10),
    });
    await append('e');
    expect(await list()).toHaveLength(5);
    await setProperties({ 'commit.manifest.target-size-bytes': String(3 * length) });
    for (const name of ['f', 'g', 'h', 'i', 'j']) await append(name);
    expect(Math.max(...(await list()).map(({ manifest_length: bytes }) => Number(bytes)))).toBeLessThanOrEqual(
      3 * length,
    );
    expect((await list()).length).toBeLessThan(6);
    expect(await names()).toHaveLength(10);
  });

  it('of deletes are unchanged', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '3' });
    const deletes = await manifestOf([fileOf('deletes')], 'deletes');
    await append('a', { prepare: async () => ({ manifests: [deletes] }) });
    const before = (await list()).find(({ content }) => content === 1);
    for (const name of ['b', 'c', 'd']) await append(name);
    expect((await list()).filter(({ content }) => content === 1)).toEqual([before]);
    expect((await list()).filter(({ existing_files_count: count }) => Number(count) > 0)).toHaveLength(1);
    expect(await names()).toEqual(['a', 'b', 'c', 'd']);
    const found: string[] = [];
    for await (const { file } of scanDeletes(await load())) found.push(nameOf(file));
    expect(found).toEqual(['deletes']);
  });

  it('that are damaged are unchanged, and the commit succeeds', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '4' });
    for (const name of ['a', 'gone', 'c']) await append(name);
    await store.delete('logs/events/metadata/batch-gone.avro');
    await append('d');
    expect((await list()).map(({ existing_files_count: count }) => count)).toEqual([0, 0, 2]);
    await expect(names()).rejects.toBeInstanceOf(Damaged);
  });

  it('of other writers keep every field; those with unknown fields are unchanged', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '5' });
    for (const name of ['a', 'b', 'more', 'unknown']) await append(name);
    await rewrite('more', (schema, record) => {
      const file = record.data_file as Record<string, unknown>;
      Object.assign(file, { split_offsets: [4n, 400n], sort_order_id: 7, nan_value_counts: [{ key: 1, value: 3n }] });
      return schema;
    });
    await rewrite('unknown', (schema, record) => {
      Object.assign(record.data_file as object, { novelty: 'new' });
      const copy = structuredClone(schema) as { fields: { name: string; type: { fields: unknown[] } }[] };
      const file = copy.fields.find(({ name }) => name === 'data_file');
      file?.type.fields.push({ name: 'novelty', 'field-id': 999, type: 'string' });
      return copy as unknown as AvroSchema;
    });
    await append('last');
    const after = await list();
    expect(after.map(({ existing_files_count: count }) => count)).toEqual([0, 0, 3]);
    expect(after[1].manifest_path).toMatch(/batch-unknown\.avro$/);
    const { records } = readAvro((await store.get(keyOf(store, after[2].manifest_path))).body);
    const carried = records.map(({ data_file: file }) => file as Record<string, unknown>);
    expect(carried.find(({ file_path: path }) => /more/.test(String(path)))).toMatchObject({
      split_offsets: [4n, 400n],
      sort_order_id: 7,
      nan_value_counts: [{ key: 1, value: 3n }],
    });
  });

  /** Changes the only entry of a manifest, in the file and in the size that the list has. */
  async function rewrite(
    name: string,
    change: (schema: AvroSchema, record: Record<string, unknown>) => AvroSchema,
  ): Promise<void> {
    const table = await load();
    const key = `logs/events/metadata/batch-${name}.avro`;
    const { schema, metadata, records } = readAvro((await store.get(key)).body);
    const next = change(schema, records[0]);
    const { 'avro.schema': _, 'avro.codec': __, ...own } = metadata;
    const bytes = writeAvro(next, own, records);
    await store.put(key, bytes);
    const snapshot = snapshotById(table.metadata, table.metadata['current-snapshot-id'])!;
    const listKey = keyOf(store, snapshot['manifest-list']);
    const file = readAvro((await store.get(listKey)).body);
    for (const record of file.records)
      if (record.manifest_path === locationOf(store, key)) record.manifest_length = BigInt(bytes.length);
    const { 'avro.schema': ___, 'avro.codec': ____, ...header } = file.metadata;
    await store.put(listKey, writeAvro(file.schema, header, file.records));
  }

  it('without live files disappear, and deleted entries with them', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '4' });
    for (const name of ['a', 'b', 'c']) await append(name);
    await rewrite('b', (schema, record) => {
      Object.assign(record, { status: 2, snapshot_id: 1n, sequence_number: 2n, file_sequence_number: 2n });
      return schema;
    });
    await append('d');
    expect((await list()).map(({ existing_files_count: count }) => count)).toEqual([0, 2]);
    expect(await names()).toEqual(['a', 'c', 'd']);
  });

  it('are found by the snapshot that added their files, merged or not', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '4' });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await append(name);
    const by = (name: string) => (snapshot: Snapshot | undefined) => snapshot?.summary[COMMIT_ID] === name;
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(await names(by(name))).toEqual([name]);
    expect(await names((snapshot) => snapshot === undefined)).toEqual([]);
    const { metadata, ...table } = await load();
    const kept = metadata.snapshots.filter((snapshot) => !by('b')(snapshot));
    const found: string[] = [];
    const expired = { ...table, metadata: { ...metadata, snapshots: kept } };
    for await (const { file } of scanDataFiles(expired, { addedBy: (one) => one === undefined }))
      found.push(nameOf(file));
    expect(found).toEqual(['b']);
  });

  it('are merged once for all attempts, and again only if another writer has merged them', async () => {
    await setProperties({ 'commit.manifest.min-count-to-merge': '4' });
    for (const name of ['a', 'b', 'c']) await append(name);
    let left = 2;
    const crowded: Catalog = {
      ...catalog,
      commit: async (...args) => {
        left--;
        // First another commit that merges the same manifests, then one that does not.
        if (left >= 0) await append(left === 1 ? 'first' : 'second');
        return catalog.commit(...args);
      },
    };
    await append('mine', { catalog: crowded });
    expect(await names()).toEqual(['a', 'b', 'c', 'first', 'mine', 'second']);
    const table = await load();
    const lists = await Promise.all(table.metadata.snapshots.map((snapshot) => manifestsOf(table, snapshot)));
    const used = lists.flat().map(({ manifest_path: path }) => keyOf(store, path));
    const merged = written.filter((key) => key.includes('/merged-'));
    // Every merged manifest belongs to a snapshot or was deleted.
    expect(deleted.some((key) => merged.includes(key))).toBe(true);
    expect(merged.filter((key) => !deleted.includes(key)).every((key) => used.includes(key))).toBe(true);
  });
});
