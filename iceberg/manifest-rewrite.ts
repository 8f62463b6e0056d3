/**
 * Converts the entries of a manifest of any writer for another manifest: status EXISTING, with all inherited values filled in.
 */
import { type AvroFile, readAvro } from './avro.js';
import type { ManifestListEntry } from './manifest-list.js';
import { DATA_FILE_FIELDS } from './manifest-schema.js';
import type { PartitionSpec } from './metadata.js';
import { dayFieldOf } from './snapshot.js';

/** An entry in file format, with the spec's field names. */
export interface ExistingEntry {
  status: typeof EXISTING;
  snapshot_id: bigint;
  sequence_number: bigint;
  file_sequence_number: bigint;
  data_file: { record_count: bigint; partition: Record<string, number | null>; [field: string]: unknown };
}

const EXISTING = 0;
const ADDED = 1;
const DELETED = 2;

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

/**
 * The live entries of a data manifest. `undefined` if they cannot be rewritten without loss: other partition fields, an unknown
 * field, or a missing sequence number.
 * @param listed the manifest's entry in the manifest list, from which ids are inherited (spec, "Sequence Number Inheritance")
 */
export function existingEntriesOf(
  bytes: Buffer,
  spec: PartitionSpec,
  listed: Pick<ManifestListEntry, 'added_snapshot_id' | 'sequence_number'>,
): ExistingEntry[] | undefined {
  const avro = readAvro(bytes);
  const day = dayFieldOf(spec);
  const dayName = partitionNameOf(avro, day['field-id']);
  if (dayName === undefined) return undefined;
  const entries: ExistingEntry[] = [];
  for (const record of avro.records as unknown as RawEntry[]) {
    const { status, data_file: file } = record;
    if (status === DELETED) continue;
    if ((status !== ADDED && status !== EXISTING) || (file.content ?? 0) !== 0 || !isKnown(file)) return undefined;
    // Version 1 has no sequence numbers; they count as 0.
    const inherited = status === ADDED || listed.sequence_number === 0n ? listed.sequence_number : undefined;
    const sequenceNumber = record.sequence_number ?? inherited;
    const fileSequenceNumber = record.file_sequence_number ?? inherited;
    if (sequenceNumber === undefined || fileSequenceNumber === undefined) return undefined;
    const known = Object.fromEntries(DATA_FILE_FIELDS.map((name) => [name, file[name] ?? null]));
    entries.push({
      status: EXISTING,
      snapshot_id: record.snapshot_id ?? listed.added_snapshot_id,
      sequence_number: sequenceNumber,
      file_sequence_number: fileSequenceNumber,
      data_file: {
        ...known,
        content: 0,
        record_count: file.record_count,
        partition: { [day.name]: file.partition[dayName] ?? null },
      },
    });
  }
  return entries;
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
function partitionNameOf({ schema }: AvroFile, fieldId: number): string | undefined {
  const { fields } = schema as { fields?: AvroField[] };
  const file = fields?.find(({ name }) => name === 'data_file');
  const partition = file?.type.fields?.find(({ name }) => name === 'partition');
  const [only, ...others] = partition?.type.fields ?? [];
  return others.length === 0 && only?.['field-id'] === fieldId ? only.name : undefined;
}
