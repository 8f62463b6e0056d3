/** Manifest lists: the manifests of one snapshot (spec, "Manifest Lists"). */
import { TableUnusable } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { type AvroFile, type AvroSchema, readAvro, writeAvro } from './avro.js';
import { locationOf } from './location.js';
import type { ManifestFile } from './types.js';

/** The lower and upper bound of one partition field over a manifest's entries, as Appendix D bytes. */
export interface PartitionSummary {
  contains_null: boolean;
  contains_nan: boolean | null;
  lower_bound: Buffer | null;
  upper_bound: Buffer | null;
}

/** An entry of a manifest list, with the spec's field names. Counts are null if a version 1 writer omitted them. */
export interface ManifestListEntry {
  manifest_path: string;
  manifest_length: bigint;
  partition_spec_id: number;
  /** 0: data, 1: deletes. */
  content: number;
  sequence_number: bigint;
  min_sequence_number: bigint;
  added_snapshot_id: bigint;
  added_files_count: number | null;
  existing_files_count: number | null;
  deleted_files_count: number | null;
  added_rows_count: bigint | null;
  existing_rows_count: bigint | null;
  deleted_rows_count: bigint | null;
  partitions: PartitionSummary[] | null;
  key_metadata: Buffer | null;
}

/** Name, field id, type and whether the field is optional (default `null`), in file order. */
const FIELDS: readonly [name: keyof ManifestListEntry, id: number, type: AvroSchema, optional?: true][] = [
  ['manifest_path', 500, 'string'],
  ['manifest_length', 501, 'long'],
  ['partition_spec_id', 502, 'int'],
  ['content', 517, 'int'],
  ['sequence_number', 515, 'long'],
  ['min_sequence_number', 516, 'long'],
  ['added_snapshot_id', 503, 'long'],
  ['added_files_count', 504, 'int'],
  ['existing_files_count', 505, 'int'],
  ['deleted_files_count', 506, 'int'],
  ['added_rows_count', 512, 'long'],
  ['existing_rows_count', 513, 'long'],
  ['deleted_rows_count', 514, 'long'],
  [
    'partitions',
    507,
    {
      type: 'array',
      'element-id': 508,
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          { name: 'contains_null', type: 'boolean', 'field-id': 509 },
          { name: 'contains_nan', type: ['null', 'boolean'], default: null, 'field-id': 518 },
          { name: 'lower_bound', type: ['null', 'bytes'], default: null, 'field-id': 510 },
          { name: 'upper_bound', type: ['null', 'bytes'], default: null, 'field-id': 511 },
        ],
      },
    },
    true,
  ],
  ['key_metadata', 519, 'bytes', true],
];

const SCHEMA: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: FIELDS.map(([name, id, type, optional]) =>
    optional ? { name, 'field-id': id, type: ['null', type], default: null } : { name, 'field-id': id, type },
  ),
};

/** Values for fields that version 1 does not have: a data manifest with sequence number 0, as the spec defines. */
const VERSION_1: Partial<ManifestListEntry> = { content: 0, sequence_number: 0n, min_sequence_number: 0n };

/** The entry for a new manifest. Its files inherit the snapshot id and sequence number from it. */
export function entryOf(manifest: ManifestFile, snapshotId: bigint, sequenceNumber: bigint): ManifestListEntry {
  return {
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.length),
    partition_spec_id: manifest.specId,
    content: manifest.content === 'deletes' ? 1 : 0,
    sequence_number: sequenceNumber,
    min_sequence_number: sequenceNumber,
    added_snapshot_id: snapshotId,
    added_files_count: manifest.addedFiles,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: BigInt(manifest.addedRows),
    existing_rows_count: 0n,
    deleted_rows_count: 0n,
    partitions: [
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: dayBytes(manifest.minDay),
        upper_bound: dayBytes(manifest.maxDay),
      },
    ],
    key_metadata: null,
  };
}

/** Writes a manifest list and returns its location. Keeps the order of the entries. */
export async function writeManifestList(
  store: ObjectStore,
  key: string,
  snapshot: { id: bigint; parentId?: bigint; sequenceNumber: bigint },
  entries: readonly ManifestListEntry[],
  signal?: AbortSignal,
): Promise<string> {
  const bytes = writeAvro(
    SCHEMA,
    {
      'snapshot-id': String(snapshot.id),
      'parent-snapshot-id': String(snapshot.parentId ?? null),
      'sequence-number': String(snapshot.sequenceNumber),
      'format-version': '2',
    },
    entries,
  );
  await store.put(key, bytes, { signal });
  return locationOf(store, key);
}

/**
 * Reads a manifest list of any writer. Fields are found by id, because older writers used other names (`added_data_files_count`).
 * Throws `TableUnusable` if the list says that it belongs to another snapshot than `snapshotId`.
 */
export function readManifestList(bytes: Buffer, snapshotId?: bigint): ManifestListEntry[] {
  const avro = readAvro(bytes);
  const written = avro.metadata['snapshot-id'];
  if (snapshotId !== undefined && written !== undefined && written !== String(snapshotId))
    throw new TableUnusable(`It is the manifest list of snapshot ${written}, not of ${snapshotId}`);
  const names = namesById(avro);
  return avro.records.map((record) => {
    const entry: Record<string, unknown> = {};
    for (const [name, id] of FIELDS) entry[name] = record[names.get(id) ?? name] ?? VERSION_1[name] ?? null;
    if (typeof entry.manifest_path !== 'string') throw new TableUnusable('It is not a manifest list');
    // Partition summaries are the same in all versions except for contains_nan, which was added later.
    const partitions = entry.partitions as Partial<PartitionSummary>[] | null;
    entry.partitions =
      partitions?.map(({ contains_null = true, contains_nan = null, lower_bound = null, upper_bound = null }) => ({
        contains_null,
        contains_nan,
        lower_bound,
        upper_bound,
      })) ?? null;
    return entry as unknown as ManifestListEntry;
  });
}

/** A day in Appendix D serialization: a 4-byte little-endian int. */
export function dayBytes(day: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(day);
  return bytes;
}

function namesById(avro: AvroFile): Map<number, string> {
  const { fields = [] } = avro.schema as { fields?: { name: string; 'field-id'?: number }[] };
  return new Map(fields.flatMap((field) => (field['field-id'] === undefined ? [] : [[field['field-id'], field.name]])));
}
