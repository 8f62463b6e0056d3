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

/** One line of a manifest list, with the spec's names. Counts are null where a version 1 writer left them out. */
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

/** Name, field id and type; `null` as the default marks an optional field. The order is that of the file. */
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

/** What a version 1 list does not have is, by the spec, a data manifest with sequence number 0. */
const VERSION_1: Partial<ManifestListEntry> = { content: 0, sequence_number: 0n, min_sequence_number: 0n };

/** The entry for a new manifest: here its files get the snapshot id and the sequence number that they inherit. */
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

/** Writes a list and answers its location. Entries stand in the order given. */
export async function writeManifestList(
  store: ObjectStore,
  key: string,
  snapshot: { id: bigint; parentId?: bigint; sequenceNumber: bigint },
  entries: readonly ManifestListEntry[],
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
  await store.put(key, bytes);
  return locationOf(store, key);
}

/**
 * Reads any writer's list. Fields are found by id: older writers had other names (`added_data_files_count`). `snapshotId`: what
 * the list has to be of, where it says that itself.
 */
export function readManifestList(bytes: Buffer, snapshotId?: bigint): ManifestListEntry[] {
  const avro = readAvro(bytes);
  const said = avro.metadata['snapshot-id'];
  if (snapshotId !== undefined && said !== undefined && said !== String(snapshotId))
    throw new TableUnusable(`It is the manifest list of snapshot ${said}, not of ${snapshotId}`);
  const names = namesById(avro);
  return avro.records.map((record) => {
    const entry: Record<string, unknown> = {};
    for (const [name, id] of FIELDS) entry[name] = record[names.get(id) ?? name] ?? VERSION_1[name] ?? null;
    if (typeof entry.manifest_path !== 'string') throw new TableUnusable('It is no manifest list');
    // The members of a partition summary are the same in all versions but for contains_nan, which came later.
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

/** A day as Appendix D bytes: an int, 4 bytes, little-endian. */
export function dayBytes(day: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(day);
  return bytes;
}

function namesById(avro: AvroFile): Map<number, string> {
  const { fields = [] } = avro.schema as { fields?: { name: string; 'field-id'?: number }[] };
  return new Map(fields.flatMap((field) => (field['field-id'] === undefined ? [] : [[field['field-id'], field.name]])));
}
