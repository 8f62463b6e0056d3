/**
 * Converts the entries of a manifest of any writer for another manifest: status EXISTING or DELETED, with all inherited values
 * filled in.
 */
import { type AvroSchema, avroEncoder, openAvro } from './avro.js';
import type { ManifestListEntry } from './manifest-list.js';
import { DATA_FILE_FIELDS, manifestSchema } from './manifest-schema.js';
import type { PartitionSpec } from './metadata.js';
import { dayFieldOf } from './snapshot.js';

/** An entry in file format, with the spec's field names. */
export interface ExistingEntry {
  status: typeof EXISTING;
  snapshot_id: bigint;
  sequence_number: bigint;
  file_sequence_number: bigint;
  data_file: {
    file_path: string;
    record_count: bigint;
    file_size_in_bytes: bigint;
    partition: Record<string, number | null>;
    [field: string]: unknown;
  };
}

/** An entry whose file a snapshot removes (spec, "Manifest Entry Fields"). */
export type DeletedEntry = Omit<ExistingEntry, 'status'> & { status: typeof DELETED };

/** An entry in Avro's encoding, with what the manifest list and the order of entries need. */
export interface EncodedEntry {
  isDeleted: boolean;
  sequenceNumber: bigint;
  rows: bigint;
  /** Days since 1970-01-01; `null` for files without a day. */
  day: number | null;
  path: string;
  bytes: Buffer;
}

/** `status` of entries (spec, "Manifest Entry Fields", field 0). */
export const EXISTING = 0;
const ADDED = 1;
export const DELETED = 2;

/** Version 1 fields that version 2 does not have, and one deprecated field (spec, "Data File Fields"). */
const DROPPED_FIELDS = new Set(['block_size_in_bytes', 'file_ordinal', 'sort_columns', 'distinct_counts']);

type RawFile = ExistingEntry['data_file'] & { content?: number };
interface RawEntry {
  status: number;
  snapshot_id?: bigint | null;
  sequence_number?: bigint | null;
  file_sequence_number?: bigint | null;
  data_file: RawFile;
}

/** The values that entries inherit from the manifest list (spec, "Sequence Number Inheritance"). */
type Listed = Pick<ManifestListEntry, 'added_snapshot_id' | 'sequence_number' | 'content'>;

/**
 * The live entries of a manifest. `undefined` if they cannot be rewritten without loss: other partition fields, an unknown
 * field, or a missing sequence number.
 * @param listed the manifest's entry in the manifest list, from which ids are inherited
 */
export function existingEntriesOf(bytes: Buffer, spec: PartitionSpec, listed: Listed): ExistingEntry[] | undefined {
  const entries: ExistingEntry[] = [];
  return forEachExisting(bytes, spec, listed, (entry) => entries.push(entry)) ? entries : undefined;
}

/** Like {@link existingEntriesOf}, one entry after the other. Returns false if an entry cannot be rewritten without loss. */
export function forEachExisting(
  bytes: Buffer,
  spec: PartitionSpec,
  listed: Listed,
  take: (entry: ExistingEntry) => void,
): boolean {
  const { schema, records } = openAvro(bytes);
  const day = dayFieldOf(spec);
  const dayName = partitionNameOf(schema, day['field-id']);
  if (dayName === undefined) return false;
  for (const record of records as Iterable<unknown> as Iterable<RawEntry>) {
    const { status, data_file: file } = record;
    if (status === DELETED) continue;
    const isDelete = (file.content ?? 0) !== 0;
    if ((status !== ADDED && status !== EXISTING) || isDelete !== (listed.content === 1) || !isKnown(file))
      return false;
    // Version 1 has no sequence numbers; they count as 0.
    const inherited = status === ADDED || listed.sequence_number === 0n ? listed.sequence_number : undefined;
    const sequenceNumber = record.sequence_number ?? inherited;
    const fileSequenceNumber = record.file_sequence_number ?? inherited;
    if (sequenceNumber === undefined || fileSequenceNumber === undefined) return false;
    const known = Object.fromEntries(DATA_FILE_FIELDS.map((name) => [name, file[name] ?? null]));
    take({
      status: EXISTING,
      snapshot_id: record.snapshot_id ?? listed.added_snapshot_id,
      sequence_number: sequenceNumber,
      file_sequence_number: fileSequenceNumber,
      data_file: {
        ...known,
        content: file.content ?? 0,
        file_path: file.file_path,
        record_count: file.record_count,
        file_size_in_bytes: file.file_size_in_bytes,
        partition: { [day.name]: file.partition[dayName] ?? null },
      },
    });
  }
  return true;
}

/** Encodes entries for a manifest of a spec. */
export function entryEncoder(spec: PartitionSpec): (entry: ExistingEntry | DeletedEntry) => EncodedEntry {
  const day = dayFieldOf(spec);
  const encode = avroEncoder(manifestSchema(day));
  return (entry) => ({
    isDeleted: entry.status === DELETED,
    sequenceNumber: entry.sequence_number,
    rows: entry.data_file.record_count,
    day: entry.data_file.partition[day.name],
    path: entry.data_file.file_path,
    bytes: encode(entry),
  });
}

function isKnown(file: RawFile): boolean {
  return Object.entries(file).every(
    ([name, value]) =>
      value === null || value === undefined || DATA_FILE_FIELDS.includes(name) || DROPPED_FIELDS.has(name),
  );
}

interface AvroField {
  name: string;
  'field-id'?: number;
  type: { fields?: AvroField[] };
}

/** The name of the partition record's only field, if it has this id. */
function partitionNameOf(schema: AvroSchema, fieldId: number): string | undefined {
  const { fields } = schema as { fields?: AvroField[] };
  const file = fields?.find(({ name }) => name === 'data_file');
  const partition = file?.type.fields?.find(({ name }) => name === 'partition');
  const [only, ...others] = partition?.type.fields ?? [];
  return others.length === 0 && only?.['field-id'] === fieldId ? only.name : undefined;
}
