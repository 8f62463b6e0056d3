/** Planning a scan: which data files a snapshot has, and which of them can have rows of certain days. */
import { Damaged, TableUnusable } from '../errors/index.js';
import { readAhead } from '../storage/concurrency.js';
import type { LoadedTable } from './catalog.js';
import type { FileContent } from './manifest.js';
import { entriesOf, manifestsOf } from './manifest-files.js';
import type { ManifestListEntry } from './manifest-list.js';
import type { TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';
import type { DataFile } from './types.js';

export interface ScanOptions {
  /** Both ends included; days since 1970-01-01. Rows without a timestamp belong to no day. */
  dayRange?: { from: number; to: number };
  /** An older snapshot; without it the current one. */
  snapshotId?: bigint;
  /** Which manifests to read, of those that the day range leaves. */
  manifests?: (manifest: ManifestListEntry) => boolean;
  signal?: AbortSignal;
  /** Is told of a manifest or manifest list that is gone or cannot be read, and the scan goes on; absent: it is an error. */
  onDamage?: (damage: Damaged) => void;
}

/** What of a table a scan needs. */
export type ScannedTable = Pick<LoadedTable, 'store' | 'metadata' | 'identifier'>;

/** A file of a scan with its data sequence number: how old it is (spec, "Sequence Numbers"). */
export interface ScannedFile {
  file: DataFile;
  sequenceNumber: bigint;
}

/** Manifests are small, and a table of years has thousands: each may be a round trip away. */
const MANIFESTS_AHEAD = 16;

/** As much of it as decides what applies to what. */
export interface PlacedFile {
  file: Pick<DataFile, 'day'>;
  sequenceNumber: bigint;
}

const DATA_MANIFEST = 0;
const DELETE_MANIFEST = 1;

/**
 * The live data files of a snapshot, in the order of its manifests. Manifests outside the day range are not read. Delete
 * files are not applied: a file is listed also when some of its rows are deleted.
 */
export async function* scanFiles(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<DataFile> {
  for await (const { file } of scanDataFiles(table, options)) yield file;
}

/** The same with the files' ages, by which {@link deletesOf} knows what applies to each. */
export async function* scanDataFiles(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<ScannedFile> {
  for await (const { file, sequenceNumber } of scan(table, DATA_MANIFEST, options)) yield { file, sequenceNumber };
}

/** The live position-delete files of a snapshot: Parquet files of `file_path` and `pos` (spec, "Position Delete Files"). */
export async function* scanDeletes(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<ScannedFile> {
  for await (const { file, sequenceNumber, content } of scan(table, DELETE_MANIFEST, options)) {
    if (content !== 'position-deletes') {
      throw new TableUnusable(
        `${file.path} deletes rows by their values (an equality-delete file), which this version cannot apply.`,
        'Let the writer that made it compact the table, or let it write position deletes (copy-on-write does too).',
      );
    }
    yield { file, sequenceNumber };
  }
}

/**
 * The position-delete files that can delete rows of a data file: those of its partition that are not older than it
 * (spec, "Scan Planning"). Which rows, their content says.
 */
export function deletesOf<D extends PlacedFile>(data: PlacedFile, deletes: readonly D[]): D[] {
  return deletes.filter(
    ({ file, sequenceNumber }) => Object.is(file.day, data.file.day) && data.sequenceNumber <= sequenceNumber,
  );
}

async function* scan(
  table: ScannedTable,
  wanted: typeof DATA_MANIFEST | typeof DELETE_MANIFEST,
  options: ScanOptions,
): AsyncGenerator<ScannedFile & { content: FileContent }> {
  const { metadata } = table;
  const id = options.snapshotId ?? metadata['current-snapshot-id'];
  if (id === null) return;
  const snapshot = snapshotById(metadata, id);
  if (!snapshot) throw new TableUnusable(`The table has no snapshot ${id} (any more).`);
  const orTell = async <T>(read: Promise<T[]>): Promise<T[]> => {
    if (options.onDamage === undefined) return read;
    return read.catch((error: unknown) => {
      if (!(error instanceof Damaged)) throw error;
      options.onDamage?.(error);
      return [];
    });
  };
  const manifests = (await orTell(manifestsOf(table, snapshot, options.signal))).filter(
    (manifest) =>
      manifest.content === wanted &&
      mayMatch(metadata, manifest, options.dayRange) &&
      options.manifests?.(manifest) !== false,
  );
  const contents = readAhead(manifests, MANIFESTS_AHEAD, async (manifest) => ({
    manifest,
    entries: await orTell(entriesOf(table.store, table.identifier.name, manifest, options.signal)),
  }));
  for await (const { manifest, entries } of contents) {
    for (const { status, content, file, sequenceNumber } of entries) {
      if (status === 'deleted' || !isInside(file.day, options.dayRange)) continue;
      // Null is inherited from the manifest list (spec, "Sequence Number Inheritance").
      yield { file, content, sequenceNumber: sequenceNumber ?? manifest.sequence_number };
    }
  }
}

/** NaN, the day of a null partition, is inside no range. */
function isInside(day: number, range: ScanOptions['dayRange']): boolean {
  return range === undefined || (day >= range.from && day <= range.to);
}

function mayMatch(metadata: TableMetadata, manifest: ManifestListEntry, range: ScanOptions['dayRange']): boolean {
  if (range === undefined) return true;
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === manifest.partition_spec_id);
  const position = spec?.fields.findIndex((field) => field.transform === 'day') ?? -1;
  // A manifest of a spec without days says nothing about them: its files have no day, and no range can name them.
  if (position < 0) throw unplannable(manifest);
  const summary = manifest.partitions?.[position];
  if (!summary) return true;
  const { lower_bound: lower, upper_bound: upper } = summary;
  // Without bounds all of its partitions are null.
  if (!lower || !upper) return false;
  return lower.readInt32LE() <= range.to && upper.readInt32LE() >= range.from;
}

function unplannable(manifest: ManifestListEntry): TableUnusable {
  return new TableUnusable(
    `${manifest.manifest_path} is partitioned by something else than days (spec ${manifest.partition_spec_id}).`,
    'Rewrite those files with the current partition spec.',
  );
}
