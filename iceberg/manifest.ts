/** Manifests: the files of a table (spec, "Manifests"). */
import { TableUnusable } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type AvroFile, readAvro, writeAvro } from './avro.js';
import { formatJson } from './json.js';
import { locationOf } from './location.js';
import { manifestSchema } from './manifest-schema.js';
import type { PartitionSpec } from './metadata.js';
import { dayFieldOf } from './snapshot.js';
import type { DataFile, ManifestFile, Schema } from './types.js';

/** Status of an entry (spec, "Manifest Entry Fields", field 0). */
export type EntryStatus = 'existing' | 'added' | 'deleted';
/** The content of a file in a manifest (spec, "Data File Fields", field 134). */
export type FileContent = 'data' | 'position-deletes' | 'equality-deletes';

/** One entry of a manifest. `null` ids are inherited from the manifest list (spec, "Sequence Number Inheritance"). */
export interface ManifestEntry {
  status: EntryStatus;
  snapshotId: bigint | null;
  sequenceNumber: bigint | null;
  fileSequenceNumber: bigint | null;
  content: FileContent;
  /** `day` is NaN if the partition is null, or if the spec has no field with the transform `day`. */
  file: DataFile;
}

/** Indexed by the spec's numbers. */
const STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted'];
const CONTENTS: readonly FileContent[] = ['data', 'position-deletes', 'equality-deletes'];
const ADDED = STATUSES.indexOf('added');
const UNSORTED_ORDER_ID = 0;

/**
 * Writes a manifest of new files. Their snapshot id and sequence numbers are null and inherited from the manifest list, so the
 * manifest is written once, before the commit, and every retry of the commit reuses it. Files are sorted by day and path, so
 * that the same files give the same bytes. `keyOrName`: the manifest's key, or a function that returns the key for its bytes.
 */
export async function writeManifest(
  store: ObjectStore,
  keyOrName: string | ((bytes: Buffer) => string),
  table: { schema: Schema; spec: PartitionSpec; content?: ManifestFile['content'] },
  files: readonly DataFile[],
  signal?: AbortSignal,
): Promise<ManifestFile> {
  if (files.length === 0) throw new Error('A manifest needs at least one file');
  const content = table.content ?? 'data';
  const day = dayFieldOf(table.spec);
  const sorted = [...files].sort((one, two) => one.day - two.day || (one.path < two.path ? -1 : 1));
  const bytes = manifestBytes(
    { ...table, content },
    sorted.map((file) => ({
      status: ADDED,
      snapshot_id: null,
      sequence_number: null,
      file_sequence_number: null,
      data_file: encodeFile(file, day.name, content === 'data' ? 'data' : 'position-deletes'),
    })),
  );
  const key = typeof keyOrName === 'string' ? keyOrName : keyOrName(bytes);
  await store.put(key, bytes, { signal });
  const days = [...new Set(sorted.map((file) => file.day))];
  return {
    path: locationOf(store, key),
    length: bytes.length,
    specId: table.spec['spec-id'],
    content,
    addedFiles: sorted.length,
    addedRows: sorted.reduce((sum, file) => sum + file.rows, 0),
    addedBytes: sorted.reduce((sum, file) => sum + file.bytes, 0),
    minDay: days[0],
    maxDay: days[days.length - 1],
    days,
  };
}

/** Serializes a version 2 manifest; the records have the spec's field names (see manifest-schema.ts). */
export function manifestBytes(
  { schema, spec, content = 'data' }: { schema: Schema; spec: PartitionSpec; content?: ManifestFile['content'] },
  records: Iterable<object>,
): Buffer {
  const header = {
    schema: formatJson(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': formatJson(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content,
  };
  return writeAvro(manifestSchema(dayFieldOf(spec)), header, records);
}

/** Fields of data files with an element for each column or row group: reading them takes most of the time. */
const METRICS = new Set([
  ...['column_sizes', 'value_counts', 'null_value_counts', 'nan_value_counts', 'lower_bounds', 'upper_bounds'],
  ...['split_offsets', 'equality_ids', 'key_metadata', 'distinct_counts'],
]);

const isNoMetric = (field: string): boolean => !METRICS.has(field);

/** Which sizes, counts and bounds are wanted. */
export interface WantedMetrics {
  /** Field ids; absent: all, which takes twice the time. None takes a fifth of it. */
  columns?: ReadonlySet<number>;
  /** The paths of the files that have metrics; absent: all. The others take a fifth of the time. */
  metricsOf?: (path: string) => boolean;
}

/** The entries of a manifest of any writer, version 1 or 2, in file order. */
export function readManifest(bytes: Buffer, { columns, metricsOf }: WantedMetrics = {}): ManifestEntry[] {
  const isWhole = (record: Record<string, unknown>): boolean =>
    metricsOf?.((record.data_file as RawFile | undefined)?.file_path ?? '') ?? false;
  const isNone = columns?.size === 0;
  const avro = readAvro(
    bytes,
    isNone || metricsOf !== undefined ? isNoMetric : undefined,
    isNone ? undefined : isWhole,
  );
  const dayName = dayNameOf(avro);
  return avro.records.map((record) => decodeEntry(record, dayName, columns));
}

type Pairs<T> = { key: number; value: T }[];

function encodeFile(file: DataFile, dayName: string, content: FileContent): object {
  const longs = (counts: Record<string, number>): Pairs<bigint> => pairs(counts, BigInt);
  const bounds = (values: Record<string, string>): Pairs<Buffer> =>
    pairs(values, (text) => Buffer.from(text, 'base64'));
  return {
    content: CONTENTS.indexOf(content),
    file_path: file.path,
    file_format: 'PARQUET',
    partition: { [dayName]: file.day },
    record_count: BigInt(file.rows),
    file_size_in_bytes: BigInt(file.bytes),
    column_sizes: longs(file.columnSizes),
    value_counts: longs(file.valueCounts),
    null_value_counts: longs(file.nullCounts),
    nan_value_counts: null,
    lower_bounds: bounds(file.lowerBounds),
    upper_bounds: bounds(file.upperBounds),
    key_metadata: null,
    split_offsets: null,
    equality_ids: null,
    // Position deletes are sorted by path and position, not by a table's sort order (spec, "sort_order_id").
    sort_order_id: content === 'data' ? (file.sortOrderId ?? UNSORTED_ORDER_ID) : null,
    referenced_data_file: content === 'data' ? null : (file.referencedDataFile ?? null),
  };
}

function pairs<From, To>(values: Record<string, From>, convert: (value: From) => To): Pairs<To> {
  return Object.entries(values)
    .map(([id, value]) => ({ key: Number(id), value: convert(value) }))
    .sort((one, two) => one.key - two.key);
}

interface RawFile {
  content?: number;
  file_path: string;
  record_count: bigint;
  file_size_in_bytes: bigint;
  partition: Record<string, unknown>;
  column_sizes?: Pairs<bigint> | null;
  value_counts?: Pairs<bigint> | null;
  null_value_counts?: Pairs<bigint> | null;
  lower_bounds?: Pairs<Buffer> | null;
  upper_bounds?: Pairs<Buffer> | null;
  sort_order_id?: number | null;
  referenced_data_file?: string | null;
}

function decodeEntry(
  record: Record<string, unknown>,
  dayName: string | undefined,
  columns: ReadonlySet<number> | undefined,
): ManifestEntry {
  const raw = record.data_file as RawFile | undefined;
  const status = STATUSES[record.status as number];
  const content = CONTENTS[raw?.content ?? 0];
  if (!raw || !status || !content)
    throw new TableUnusable('A manifest has an entry with an unknown status or content.');
  const longs = (of?: Pairs<bigint> | null): Record<string, number> => mapRecord(of, columns, toNumber);
  const bounds = (of?: Pairs<Buffer> | null): Record<string, string> =>
    mapRecord(of, columns, (value) => value.toString('base64'));
  const day = dayName === undefined ? undefined : raw.partition[dayName];
  return {
    status,
    snapshotId: (record.snapshot_id as bigint | null | undefined) ?? null,
    sequenceNumber: (record.sequence_number as bigint | null | undefined) ?? null,
    fileSequenceNumber: (record.file_sequence_number as bigint | null | undefined) ?? null,
    content,
    file: {
      path: raw.file_path,
      bytes: toNumber(raw.file_size_in_bytes),
      rows: toNumber(raw.record_count),
      day: typeof day === 'number' ? day : Number.NaN,
      columnSizes: longs(raw.column_sizes),
      valueCounts: longs(raw.value_counts),
      nullCounts: longs(raw.null_value_counts),
      lowerBounds: bounds(raw.lower_bounds),
      upperBounds: bounds(raw.upper_bounds),
      ...(raw.sort_order_id ? { sortOrderId: raw.sort_order_id } : {}),
      ...(raw.referenced_data_file ? { referencedDataFile: raw.referenced_data_file } : {}),
    },
  };
}

function mapRecord<From, To>(
  of: Pairs<From> | null | undefined,
  columns: ReadonlySet<number> | undefined,
  convert: (value: From) => To,
): Record<string, To> {
  const wanted = columns === undefined ? (of ?? []) : (of ?? []).filter(({ key }) => columns.has(key));
  return Object.fromEntries(wanted.map(({ key, value }) => [String(key), convert(value)]));
}

function toNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new TableUnusable(`A manifest has an invalid count: ${value}.`);
  return number;
}

/** The name of the day field in this manifest's partition record, from the partition spec in the manifest's header. */
export function dayNameOf(avro: Pick<AvroFile, 'metadata'>): string | undefined {
  const spec = JSON.parse(avro.metadata['partition-spec'] ?? '[]') as { name: string; transform: string }[];
  return spec.find((field) => field.transform === 'day')?.name;
}
