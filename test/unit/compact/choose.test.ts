/** Which files of a day are rewritten, and when a day is left alone. */
import { chooseFiles, type DayChoice, TARGET_FILE_BYTES, TARGET_FILE_ROWS } from '../../../compact/choose';
import { POSITION_DELETE_SCHEMA } from '../../../iceberg/position-deletes';
import type { ScannedFile } from '../../../iceberg/scan';
import { schemaOf } from '../../../iceberg/schema';
import type { DataFile } from '../../../iceberg/types';

const DAY = 19_548;
const MB = 1 << 20;
const SCHEMA = schemaOf([
  { name: 'ts', type: 'timestamptz', required: true, doc: '' },
  { name: 's', type: { struct: [{ name: 'a', type: 'string' }] }, doc: '' },
]);
const WANTED = { schema: SCHEMA, sortOrderId: 1 };
const ALL_LEAVES = { '1': 1, '3': 1 };

/** A file without any reason for a rewrite, except for the given properties. */
function file(name: string, more: Partial<DataFile> & { sequence?: bigint } = {}): ScannedFile {
  const { sequence = 5n, ...given } = more;
  const of = { path: `s3://w/${name}`, bytes: 20 * MB, rows: 1000, day: DAY, columnSizes: {}, nullCounts: {} };
  const metrics = { valueCounts: ALL_LEAVES, lowerBounds: {}, upperBounds: {}, sortOrderId: 1 };
  return { file: { ...of, ...metrics, ...given }, sequenceNumber: sequence };
}

/** A position-delete file; without `of`, its bounds do not say which data files it is for. */
function deletes(name: string, of?: string, sequence = 5n): ScannedFile {
  const bound =
    of === undefined ? {} : { [POSITION_DELETE_SCHEMA.fields[0].id]: Buffer.from(`s3://w/${of}`).toString('base64') };
  return file(name, { lowerBounds: bound, upperBounds: bound, sequence });
}

const choose = (data: ScannedFile[], of: ScannedFile[] = [], wanted = WANTED): DayChoice | undefined =>
  chooseFiles({ day: DAY, data, deletes: of }, wanted);
const names = (choice: DayChoice | undefined): string[] | undefined =>
  choice?.files.map(({ data }) => data.file.path.replace('s3://w/', ''));

it('one sorted file of the current schema without deletes is left alone, however small it is', () => {
  expect(choose([])).toBeUndefined();
  expect(choose([file('a', { bytes: 1000 })])).toBeUndefined();
  expect(choose([file('a', { bytes: TARGET_FILE_BYTES }), file('b', { bytes: TARGET_FILE_BYTES })])).toBeUndefined();
});

it('small files become one; full ones are not touched', () => {
  const full = file('full', { bytes: TARGET_FILE_BYTES });
  expect(names(choose([full, file('a'), file('b')]))).toEqual(['a', 'b']);
  // Two files that would not become fewer remain.
  const half = { bytes: TARGET_FILE_BYTES * 0.49, rows: TARGET_FILE_ROWS };
  expect(choose([file('a', half), file('b', half)])).toBeUndefined();
});

it('a file with deletes, without a member of a struct, or not sorted is rewritten, even alone, and the reasons are counted', () => {
  expect(choose([file('a', { sortOrderId: undefined })])?.reasons).toEqual({
    deletes: 0,
    oldSchema: 0,
    unsorted: 1,
    small: 1,
  });
  expect(choose([file('a', { sortOrderId: 2 })])?.reasons.unsorted).toBe(1);
  expect(choose([file('a', { valueCounts: { '1': 1 } })])?.reasons.oldSchema).toBe(1);
  const withDeletes = choose([file('a', { bytes: TARGET_FILE_BYTES })], [deletes('d', 'a')]);
  expect(withDeletes?.reasons).toEqual({ deletes: 1, oldSchema: 0, unsorted: 0, small: 0 });
  expect(withDeletes?.removeDeletes).toEqual(['s3://w/d']);
});

it('if the table has no such sort order, files are not rewritten for it', () => {
  const wanted = { schema: SCHEMA };
  expect(choose([file('a', { sortOrderId: undefined })], [], wanted as typeof WANTED)).toBeUndefined();
});

it('deletes concern the files that their bounds and their age allow', () => {
  const big = { bytes: TARGET_FILE_BYTES };
  const data = [file('a', big), file('b', big), file('new', { ...big, sequence: 9n })];
  expect(names(choose(data, [deletes('d', 'a')]))).toEqual(['a']);
  expect(names(choose(data, [deletes('d')]))).toEqual(['a', 'b']);
  // It applies to no remaining file: it is removed, and no file is rewritten.
  const gone = choose(data, [deletes('d', 'gone')]);
  expect([names(gone), gone?.removeDeletes]).toEqual([[], ['s3://w/d']]);
});

it('a few late files of a large day wait until there are more of them, or until they are larger', () => {
  const day = file('day', { bytes: 120 * MB });
  const late = (count: number, bytes = 60_000): ScannedFile[] =>
    Array.from({ length: count }, (_, i) => file(`late-${i}`, { sortOrderId: undefined, bytes }));
  expect(choose([day, ...late(3)])).toBeUndefined();
  expect(names(choose([day, ...late(9)]))?.length).toBe(10);
  expect(names(choose([day, ...late(2, 20 * MB)]))?.length).toBe(3);
  // Those of a small day do not wait: it is rewritten in a moment.
  expect(names(choose([file('day'), ...late(1)]))).toEqual(['day', 'late-0']);
  // Nor do those with deletes: some engines cannot read them.
  expect(names(choose([day, ...late(1)], [deletes('d', 'late-0')]))).toEqual(['day', 'late-0']);
});

it('if much of a day is not sorted, all of it is sorted again', () => {
  const sorted = file('sorted', { bytes: TARGET_FILE_BYTES });
  const unsorted = file('unsorted', { bytes: TARGET_FILE_BYTES, sortOrderId: undefined });
  expect(names(choose([sorted, unsorted]))).toEqual(['sorted', 'unsorted']);
});
