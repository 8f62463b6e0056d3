import { CommitConflict, TableUnusable } from '../../../errors/index.js';
import { keyOf, locationOf } from '../../../iceberg/location.js';
import {
  newTableMetadata,
  parseMetadata,
  type Snapshot,
  serializeMetadata,
  type TableMetadata,
} from '../../../iceberg/metadata.js';
import { fieldByName, lastColumnId, leafFields, schemaOf } from '../../../iceberg/schema.js';
import { commitIds, findCommit, newSnapshotId } from '../../../iceberg/snapshot.js';
import { applyUpdates, checkRequirements } from '../../../iceberg/updates.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';

const SCHEMA = schemaOf([
  { name: 'ts', type: 'timestamptz', required: true, doc: 'time' },
  { name: 'event.id', type: 'string', doc: 'id' },
  { name: 'aws.cloudtrail.region', type: 'string', doc: 'region' },
  { name: 'event.category', type: { list: 'string' }, doc: 'categories' },
  { name: 'resources', type: { list: { struct: [{ name: 'arn', type: 'string' }] } }, doc: 'resources' },
]);

const fresh = (properties: Record<string, string> = {}): TableMetadata =>
  newTableMetadata({
    schema: SCHEMA,
    partitionByDayOf: 'ts',
    properties,
    location: 'memory://w/a/t',
    uuid: 'u',
    now: 5,
  });

const snapshotOf = (id: bigint, sequence: bigint, more: Partial<Snapshot> = {}): Snapshot => ({
  'snapshot-id': id,
  'sequence-number': sequence,
  'timestamp-ms': 1_000 + Number(sequence),
  'manifest-list': `memory://w/a/t/metadata/snap-${id}.avro`,
  summary: { operation: 'append' },
  ...more,
});

const appended = (metadata: TableMetadata, snapshot: Snapshot, now = 2_000): TableMetadata =>
  applyUpdates(
    metadata,
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshot['snapshot-id'] },
    ],
    { now, previousLocation: `v${metadata.snapshots.length + 1}` },
  );

describe('schemas', () => {
  it('nests dotted names and numbers the fields of a struct before their members', () => {
    const optional = { required: false };
    expect(SCHEMA.fields).toEqual([
      { id: 1, name: 'ts', required: true, type: 'timestamptz', doc: 'time' },
      {
        id: 2,
        name: 'event',
        ...optional,
        type: {
          type: 'struct',
          fields: [
            { id: 5, name: 'id', ...optional, type: 'string', doc: 'id' },
            {
              id: 6,
              name: 'category',
              ...optional,
              type: { type: 'list', 'element-id': 7, element: 'string', 'element-required': false },
              doc: 'categories',
            },
          ],
        },
      },
      {
        id: 3,
        name: 'aws',
        ...optional,
        type: {
          type: 'struct',
          fields: [
            {
              id: 8,
              name: 'cloudtrail',
              ...optional,
              type: { type: 'struct', fields: [{ id: 9, name: 'region', ...optional, type: 'string', doc: 'region' }] },
            },
          ],
        },
      },
      expect.objectContaining({ id: 4, name: 'resources' }),
    ]);
    expect(lastColumnId(SCHEMA)).toBe(11);
  });

  it('lists the leaves in the order of the columns of a file', () => {
    expect([...leafFields(SCHEMA)].map((leaf) => [leaf.id, leaf.path, leaf.insideList])).toEqual([
      [1, 'ts', false],
      [5, 'event.id', false],
      [7, 'event.category.element', true],
      [9, 'aws.cloudtrail.region', false],
      [11, 'resources.element.arn', true],
    ]);
    expect(fieldByName(SCHEMA, 'aws.cloudtrail.region')?.id).toBe(9);
    expect(fieldByName(SCHEMA, 'resources.arn')).toBeUndefined();
  });

  it('refuses a name that is a value and a struct', () => {
    const text = { type: 'string', doc: '' } as const;
    expect(() =>
      schemaOf([
        { name: 'a', ...text },
        { name: 'a.b', ...text },
      ]),
    ).toThrow('cannot also be a struct');
    expect(() =>
      schemaOf([
        { name: 'a.b', ...text },
        { name: 'a', ...text },
      ]),
    ).toThrow('taken');
  });
});

describe('metadata files', () => {
  const FOREIGN = `{
    "format-version": 2, "table-uuid": "u", "location": "s3://b/t", "last-sequence-number": 9007199254740995,
    "last-updated-ms": 1700000000000, "last-column-id": 1, "current-schema-id": 0, "schemas": [], "default-spec-id": 0,
    "partition-specs": [], "last-partition-id": 999, "default-sort-order-id": 0, "sort-orders": [],
    "current-snapshot-id": 9223372036854775806,
    "refs": {"main": {"snapshot-id": 9223372036854775806, "type": "branch", "max-ref-age-ms": 86400000}},
    "snapshots": [{"snapshot-id": 9223372036854775806, "parent-snapshot-id": 9007199254740993, "sequence-number": 3,
      "timestamp-ms": 1700000000000, "manifest-list": "l", "summary": {"operation": "append"}, "key-id": "k"}],
    "snapshot-log": [{"snapshot-id": 9223372036854775806, "timestamp-ms": 1700000000000}],
    "statistics": [{"snapshot-id": 9223372036854775806, "ratio": 0.10000000000000000001}],
    "unknown": {"long": 9223372036854775805, "small": 7}
  }`;

  it('keep every digit and every unknown key of other writers', () => {
    const metadata = parseMetadata(FOREIGN);
    expect(metadata['current-snapshot-id']).toBe(9223372036854775806n);
    const text = serializeMetadata(applyUpdates(metadata, [], { now: 0 }));
    const squeeze = (json: string): string => json.replace(/\s/g, '');
    for (const part of [
      '"snapshot-id": 9223372036854775806, "type": "branch", "max-ref-age-ms": 86400000',
      '"parent-snapshot-id": 9007199254740993',
      '"last-sequence-number": 9007199254740995',
      '"key-id": "k"',
      '"statistics": [{"snapshot-id": 9223372036854775806, "ratio": 0.10000000000000000001}]',
      '"unknown": {"long": 9223372036854775805, "small": 7}',
    ]) {
      expect(squeeze(text)).toContain(squeeze(part));
    }
    expect(parseMetadata(text)).toEqual(parseMetadata(FOREIGN));
  });

  it('write no current snapshot if there is none, and read -1 as none', () => {
    const text = serializeMetadata(fresh());
    expect(text).not.toContain('current-snapshot-id');
    expect(parseMetadata(text)).toEqual(fresh());
    const old = text.replace('"table-uuid"', '"current-snapshot-id": -1, "table-uuid"');
    expect(parseMetadata(old)['current-snapshot-id']).toBeNull();
  });

  it('of another format version are refused', () => {
    const text = serializeMetadata(fresh());
    expect(() => parseMetadata(text.replace('"format-version": 2', '"format-version": 3'))).toThrow(TableUnusable);
    expect(() => parseMetadata(text.slice(0, 40))).toThrow(TableUnusable);
  });

  it('partition by the day of the timestamp', () => {
    expect(fresh()['partition-specs']).toEqual([
      { 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name: 'ts_day', transform: 'day' }] },
    ]);
    const create = { schema: SCHEMA, location: 'l', uuid: 'u', now: 1 };
    expect(() => newTableMetadata({ ...create, partitionByDayOf: 'event.id' })).toThrow('event.id');
  });
});

describe('updates', () => {
  it('update main, the logs and the sequence number, and do not change the argument', () => {
    const before = fresh();
    const after = appended(before, snapshotOf(7n, 1n));
    expect(before).toEqual(fresh());
    expect(after).toMatchObject({
      'current-snapshot-id': 7n,
      'last-sequence-number': 1n,
      'last-updated-ms': 2_000,
      refs: { main: { 'snapshot-id': 7n, type: 'branch' } },
      'snapshot-log': [{ 'snapshot-id': 7n, 'timestamp-ms': 1_001 }],
      'metadata-log': [{ 'metadata-file': 'v1', 'timestamp-ms': 5 }],
    });
  });

  it('never set the clock back', () => {
    expect(appended(fresh(), snapshotOf(7n, 1n), 3)['last-updated-ms']).toBe(1_001);
  });

  it('bound the metadata log', () => {
    let metadata = fresh({ 'write.metadata.previous-versions-max': '2' });
    for (let n = 1n; n <= 4n; n++) metadata = appended(metadata, snapshotOf(n, n));
    expect(metadata['metadata-log'].map((entry) => entry['metadata-file'])).toEqual(['v3', 'v4']);
    expect(metadata.snapshots).toHaveLength(4);
  });

  it('conflict over a sequence number that another branch took', () => {
    const metadata = applyUpdates(fresh(), [{ action: 'add-snapshot', snapshot: snapshotOf(7n, 1n) }], { now: 1 });
    expect(() => appended(metadata, snapshotOf(8n, 1n))).toThrow(CommitConflict);
    expect(() => appended(metadata, snapshotOf(7n, 2n))).toThrow(CommitConflict);
  });

  it('require the state that the writer saw', () => {
    const metadata = appended(fresh(), snapshotOf(7n, 1n));
    const main = (id: bigint | null) => ({ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': id }) as const;
    checkRequirements(metadata, [{ type: 'assert-table-uuid', uuid: 'u' }, main(7n)]);
    checkRequirements(fresh(), [main(null)]);
    expect(() => checkRequirements(metadata, [main(null)])).toThrow(CommitConflict);
    expect(() => checkRequirements(metadata, [main(8n)])).toThrow(CommitConflict);
    expect(() => checkRequirements(metadata, [{ type: 'assert-table-uuid', uuid: 'v' }])).toThrow(CommitConflict);
  });

  it('set properties', () => {
    const next = applyUpdates(fresh({ a: '1', b: '1' }), [{ action: 'set-properties', updates: { b: '2' } }], {
      now: 9,
    });
    expect(next.properties).toEqual({ a: '1', b: '2' });
  });

  it('remove properties', () => {
    const next = applyUpdates(fresh({ a: '1', b: '1' }), [{ action: 'remove-properties', removals: ['b', 'none'] }], {
      now: 9,
    });
    expect(next.properties).toEqual({ a: '1' });
  });

  it('remove snapshots with their tags, their statistics, and the log before the newest of them', () => {
    let metadata = fresh();
    for (const id of [1n, 2n, 3n, 4n]) metadata = appended(metadata, snapshotOf(id, id));
    metadata.refs.audit = { 'snapshot-id': 2n, type: 'tag' };
    metadata.statistics = [
      { 'snapshot-id': 2, 'statistics-path': 'two.puffin' },
      { 'snapshot-id': 4, 'statistics-path': 'four.puffin' },
    ];
    const next = applyUpdates(metadata, [{ action: 'remove-snapshots', 'snapshot-ids': [2n, 9n] }], { now: 9 });
    expect(next.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([1n, 3n, 4n]);
    expect(Object.keys(next.refs)).toEqual(['main']);
    expect(next['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([3n, 4n]);
    expect(next.statistics).toEqual([{ 'snapshot-id': 4, 'statistics-path': 'four.puffin' }]);
    expect(next['last-sequence-number']).toBe(4n);
    const current = () => applyUpdates(metadata, [{ action: 'remove-snapshots', 'snapshot-ids': [4n] }], { now: 9 });
    expect(current).toThrow(CommitConflict);
  });
});

describe('commit ids', () => {
  const withId = (id: string, parent?: bigint): Partial<Snapshot> => ({
    summary: { 'trailmill.commit-id': id },
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
  });

  it('are those of the ancestors of main, not those that were rolled back', () => {
    let metadata = appended(fresh(), snapshotOf(1n, 1n, withId('one')));
    metadata = appended(metadata, snapshotOf(2n, 2n, withId('rolled-back', 1n)));
    metadata = appended(metadata, snapshotOf(3n, 3n, withId('three', 1n)));
    expect(commitIds(metadata)).toEqual(
      new Map([
        ['three', 3n],
        ['one', 1n],
      ]),
    );
    expect(findCommit(metadata, 'one')?.['snapshot-id']).toBe(1n);
    expect(findCommit(metadata, 'rolled-back')).toBeUndefined();
  });

  it('are found beyond a gap left by snapshot expiry', () => {
    let metadata = appended(fresh(), snapshotOf(1n, 1n, withId('one')));
    metadata = appended(metadata, snapshotOf(3n, 3n, withId('three', 2n)));
    expect(findCommit(metadata, 'one')?.['snapshot-id']).toBe(1n);
  });

  it('snapshot ids are positive and exact as JSON numbers', () => {
    for (let i = 0; i < 1_000; i++) {
      const id = newSnapshotId();
      expect(id > 0n && Number.isSafeInteger(Number(id))).toBe(true);
    }
  });
});

describe('locations', () => {
  it('are literal, whatever the name of the directory', () => {
    const store = createFileStore('/srv/my logs 100%');
    const location = locationOf(store, 'a/ts_day=2023-07-10/f.parquet');
    expect(location).toBe('file:///srv/my logs 100%/a/ts_day=2023-07-10/f.parquet');
    expect(keyOf(store, location)).toBe('a/ts_day=2023-07-10/f.parquet');
  });

  it('of other writers are understood; those outside are refused', () => {
    const store = createFileStore('/srv/w');
    for (const spelling of ['/srv/w/a/b', 'file:/srv/w/a/b', 'file:///srv/w/a/b']) {
      expect(keyOf(store, spelling)).toBe('a/b');
    }
    // The root of the file system, and of a bucket: the stores of a REST catalog's tables.
    const root = createFileStore('/');
    expect(keyOf(root, 'file:/srv/w/a.parquet')).toBe('srv/w/a.parquet');
    expect(locationOf(root, 'srv/w/a.parquet')).toBe('file:///srv/w/a.parquet');
    expect(keyOf({ ...createMemoryStore('x'), uri: 's3://bucket/w' }, 's3a://bucket/w/a')).toBe('a');
    expect(() => keyOf(store, '/srv/warehouse/a')).toThrow(TableUnusable);
    expect(() => keyOf(store, 's3://bucket/a')).toThrow(TableUnusable);
  });
});
