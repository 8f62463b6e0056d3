/** What makes a table slow, and when it is reported. */
import { adviceOf } from '../../../client/query/render-health';
import { findingsOf, HEALTH_LIMITS, healthOf, SMALL_FILE_BYTES } from '../../../iceberg/health';
import { newTableMetadata, type TableMetadata } from '../../../iceberg/metadata';
import { schemaOf } from '../../../iceberg/schema';

const EMPTY = newTableMetadata({
  schema: schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: '' }]),
  partitionByDayOf: 'ts',
  location: 's3://b/t',
  uuid: 'u',
  now: 0,
});

const withTotals = (summary: Record<string, string>): TableMetadata => ({
  ...EMPTY,
  'current-snapshot-id': 1n,
  snapshots: [{ 'snapshot-id': 1n, 'sequence-number': 1n, 'timestamp-ms': 0, 'manifest-list': 'l', summary }],
});

test('at the limits a table is healthy, beyond one of them it is not', () => {
  expect(findingsOf(HEALTH_LIMITS)).toEqual([]);
  for (const what of Object.keys(HEALTH_LIMITS) as (keyof typeof HEALTH_LIMITS)[]) {
    const limit = HEALTH_LIMITS[what];
    expect(findingsOf({ ...HEALTH_LIMITS, [what]: limit + 1 })).toEqual([{ what, value: limit + 1, limit }]);
  }
  expect(findingsOf({ smallFiles: 0, deleteFiles: 0, snapshots: 0 })).toEqual([]);
});

test('totals of a snapshot bound the number of small files from below', () => {
  const small = (files: number, bytes: number) =>
    healthOf(withTotals({ 'total-data-files': String(files), 'total-files-size': String(bytes) })).smallFiles;
  expect(small(1_000, 1_000 * 60_000)).toBe(1_000 - 3);
  expect(small(10, 10 * SMALL_FILE_BYTES)).toBe(0);
  expect(small(10, 500 * SMALL_FILE_BYTES)).toBe(0);
  // One of 10 files can have all the bytes, except those of 8 files of the limit.
  expect(small(10, 8 * SMALL_FILE_BYTES)).toBe(2);
});

test('a table without snapshots, and one whose writer has left out totals', () => {
  const nothing = { smallFiles: 0, deleteFiles: 0, metadataFileBytes: undefined };
  expect(healthOf(EMPTY)).toEqual({ ...nothing, snapshots: 0 });
  expect(healthOf(withTotals({ 'total-data-files': '7' }))).toEqual({ ...nothing, snapshots: 1 });
});

test('the cure is shown once, for all tables that need it', () => {
  const health = {
    smallFiles: 98_500,
    deleteFiles: 3,
    snapshots: 26_000,
    metadataFileBytes: 54_000_000,
    manifests: 1,
    manifestBytes: 1,
    metadataFolder: { objects: 1, bytes: 1, complete: true },
  };
  expect(
    adviceOf([
      { name: 'one', health },
      { name: 'two', health: { ...health, ...HEALTH_LIMITS } },
    ]),
  ).toEqual([
    'one is slow to read and write: 98,500 small data files, 26,000 snapshots, 54.0 MB of metadata in every commit.',
    'Run `trailmill upkeep`, which merges files and removes old snapshots.',
  ]);
  expect(adviceOf([])).toEqual([]);
});
