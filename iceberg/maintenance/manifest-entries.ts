/** The entries of a manifest as maintenance needs them: without metrics, one after the other. */
import { TableUnusable } from '../../errors/index.js';
import { openAvro } from '../avro.js';
import type { LoadedTable } from '../catalog.js';
import { readTableFile } from '../damage.js';
import { dayNameOf } from '../manifest.js';
import type { ManifestListEntry } from '../manifest-list.js';
import { DELETED } from '../manifest-rewrite.js';
import { POSITION_DELETE_SCHEMA } from '../position-deletes.js';

/** `content` of files (spec, "Data File Fields", field 134). */
export const DATA = 0;
export const POSITION_DELETES = 1;
export const EQUALITY_DELETES = 2;

/** A live file of a snapshot. */
export interface LiveFile {
  path: string;
  /** 0: data, 1: position deletes, 2: equality deletes. */
  content: number;
  specId: number;
  /** Days since 1970-01-01; NaN if the partition is null or not a day. */
  day: number;
  rows: number;
  bytes: number;
  sequenceNumber: bigint;
  /** The sequence number of the snapshot that has added the file. */
  fileSequenceNumber: bigint;
  /** Of position deletes: the only data file that they concern, if it is known (spec, field 143). */
  referencedDataFile: string | null;
  /** Of position deletes: bounds of the paths that they concern, UTF-8; absent where there are none. */
  lowestPath?: Buffer;
  highestPath?: Buffer;
}

interface RawEntry {
  status: number;
  sequence_number?: bigint | null;
  file_sequence_number?: bigint | null;
  data_file: {
    file_path: string;
    content?: number;
    partition: Record<string, unknown>;
    record_count: bigint;
    file_size_in_bytes: bigint;
    lower_bounds?: { key: number; value: Buffer }[] | null;
    upper_bounds?: { key: number; value: Buffer }[] | null;
    referenced_data_file?: string | null;
  };
}

const FILE_PATH_ID = POSITION_DELETE_SCHEMA.fields[0].id;

/** Calls `take` for each live file of a manifest. Throws `Damaged` if the manifest is missing or cannot be read. */
export function forEachLiveFile(
  table: Pick<LoadedTable, 'store' | 'identifier'>,
  manifest: ManifestListEntry,
  take: (file: LiveFile) => void,
  signal?: AbortSignal,
): Promise<void> {
  return readManifestFile(table, manifest, (body) => walk(body, manifest, take), signal);
}

/** Reads a manifest that a manifest list names. Throws `Damaged` if it is missing or cannot be read. */
export function readManifestFile<T>(
  { store, identifier }: Pick<LoadedTable, 'store' | 'identifier'>,
  { manifest_path: path, manifest_length: bytes }: ManifestListEntry,
  parse: (body: Buffer) => T,
  signal?: AbortSignal,
): Promise<T> {
  return readTableFile(store, { path, kind: 'manifest', of: identifier.name, bytes: Number(bytes) }, parse, signal);
}

function walk(body: Buffer, manifest: ManifestListEntry, take: (file: LiveFile) => void): void {
  const avro = openAvro(body);
  const dayName = dayNameOf(avro);
  for (const { status, data_file: file, ...entry } of avro.records as Iterable<unknown> as Iterable<RawEntry>) {
    if (status === DELETED) continue;
    if (file === undefined) throw new TableUnusable('A manifest has an entry without a file');
    const day = dayName === undefined ? undefined : file.partition[dayName];
    const ofPath = (bounds: RawEntry['data_file']['lower_bounds']): Buffer | undefined => {
      const bound = bounds?.find(({ key }) => key === FILE_PATH_ID)?.value;
      // A copy, because it is a view of the whole block.
      return bound && Buffer.from(bound);
    };
    const sequenceNumber = entry.sequence_number ?? manifest.sequence_number;
    const isDelete = file.content === POSITION_DELETES;
    take({
      path: file.file_path,
      content: file.content ?? DATA,
      specId: manifest.partition_spec_id,
      day: typeof day === 'number' ? day : Number.NaN,
      rows: Number(file.record_count),
      bytes: Number(file.file_size_in_bytes),
      sequenceNumber,
      fileSequenceNumber: entry.file_sequence_number ?? manifest.sequence_number,
      referencedDataFile: (isDelete && file.referenced_data_file) || null,
      ...(isDelete ? { lowestPath: ofPath(file.lower_bounds), highestPath: ofPath(file.upper_bounds) } : {}),
    });
  }
}
