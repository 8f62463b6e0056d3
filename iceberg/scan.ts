/** Scan planning: the data files of a snapshot, and which of them can contain rows of certain days. */
import { Damaged, TableUnusable } from '../errors/index.js';
import { readAhead } from '../storage/concurrency.js';
import type { LoadedTable } from './catalog.js';
import type { FileContent, ManifestEntry } from './manifest.js';
import type { ManifestCache } from './manifest-cache.js';
import { dayBoundsOf } from './manifest-days.js';
import { entriesOf, manifestsOf } from './manifest-files.js';
import type { ManifestListEntry } from './manifest-list.js';
import type { Snapshot, TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';
import type { DataFile } from './types.js';

/** Which files a scan returns. */
export interface ScanOptions {
  /** Inclusive; days since 1970-01-01. Rows without a timestamp belong to no day. */
  dayRange?: { from: number; to: number };
  /** An older snapshot; default: the current one. */
  snapshotId?: bigint;
  /** Only files that a matching snapshot has added. Called with `undefined` for a snapshot that the table no longer has. */
  addedBy?: (snapshot: Snapshot | undefined) => boolean;
  /** Manifests that were read before are not read again. The files have metrics of `columns` (field ids) only. */
  cache?: { manifests: ManifestCache; columns: readonly number[] };
  /** The manifests of the snapshot, if they are known already: the manifest list is not read again. */
  manifests?: readonly ManifestListEntry[];
  /** The files have metrics of these columns (field ids) only; absent: of all. Fewer columns take less time. */
  columns?: ReadonlySet<number>;
  /** Only files with these paths have metrics; absent: all. Without a cache only. */
  metricsOf?: (path: string) => boolean;
  signal?: AbortSignal;
  /** Called for a manifest or manifest list that is missing or cannot be read; the scan then continues. If absent, it throws. */
  onDamage?: (damage: Damaged) => void;
}

/** The parts of a table that a scan needs. */
export type ScannedTable = Pick<LoadedTable, 'store' | 'metadata' | 'identifier'>;

/** For {@link ScanOptions.columns} where nothing but paths, sizes and days is needed: it takes a fifth of the time. */
export const NO_METRICS: ReadonlySet<number> = new Set();

/** A file of a scan with its data sequence number, which determines its age (spec, "Sequence Numbers"). */
export interface ScannedFile {
  file: DataFile;
  sequenceNumber: bigint;
}

/** Manifests to read ahead: they are small, a table with years of logs has thousands, and each may take a round trip. */
const MANIFESTS_AHEAD = 16;

/** The properties of a file that determine which deletes apply to it. */
export interface FileScope {
  file: Pick<DataFile, 'day'> & Partial<Pick<DataFile, 'path' | 'referencedDataFile'>>;
  sequenceNumber: bigint;
}

const DATA_MANIFEST = 0;
const DELETE_MANIFEST = 1;

/**
 * The live data files of a snapshot, in the order of its manifests. Manifests outside the day range are not read. Delete files
 * are not applied: a file is returned even if some of its rows are deleted.
 */
export async function* scanFiles(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<DataFile> {
  for await (const { file } of scanDataFiles(table, options)) yield file;
}

/** Like {@link scanFiles}, with the sequence numbers that {@link deletesOf} needs. */
export async function* scanDataFiles(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<ScannedFile> {
  for await (const { file, sequenceNumber } of scan(table, DATA_MANIFEST, options)) yield { file, sequenceNumber };
}

/** The live position-delete files of a snapshot: Parquet files of `file_path` and `pos` (spec, "Position Delete Files"). */
export async function* scanDeletes(table: ScannedTable, options: ScanOptions = {}): AsyncGenerator<ScannedFile> {
  for await (const { file, sequenceNumber, content } of scan(table, DELETE_MANIFEST, options)) {
    if (content !== 'position-deletes') {
      throw new TableUnusable(
        `${file.path} is an equality-delete file, which this version does not support.`,
        'Compact the table with the writer that created it, or configure that writer to use position deletes or copy-on-write.',
      );
    }
    yield { file, sequenceNumber };
  }
}

/**
 * The position-delete files that can apply to a data file: those in its partition that are not older than the data file and
 * not about another one (spec, "Scan Planning"). Their contents define which rows they delete.
 */
export function deletesOf<D extends FileScope>(data: FileScope, deletes: readonly D[]): D[] {
  return deletes.filter(
    ({ file, sequenceNumber }) =>
      Object.is(file.day, data.file.day) &&
      data.sequenceNumber <= sequenceNumber &&
      (file.referencedDataFile === undefined || file.referencedDataFile === data.file.path),
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
  if (!snapshot) throw new TableUnusable(`The table does not have the snapshot ${id}, or no longer has it.`);
  const orReport = async <T>(read: Promise<readonly T[]>): Promise<readonly T[]> => {
    if (options.onDamage === undefined) return read;
    return read.catch((error: unknown) => {
      if (!(error instanceof Damaged)) throw error;
      options.onDamage?.(error);
      return [];
    });
  };
  const added = addedFilter(metadata, options.addedBy);
  const manifests = (options.manifests ?? (await orReport(manifestsOf(table, snapshot, options.signal)))).filter(
    (manifest) =>
      manifest.content === wanted &&
      hasLiveFiles(manifest) &&
      mayMatch(metadata, manifest, options.dayRange) &&
      added.mayHave(manifest),
  );
  const { cache, signal } = options;
  const columns = cache === undefined ? options.columns : new Set(cache.columns);
  const read = (manifest: ManifestListEntry) =>
    entriesOf(table.store, table.identifier.name, manifest, signal, { columns, metricsOf: options.metricsOf });
  const entriesIn = async (manifest: ManifestListEntry): Promise<readonly ManifestEntry[]> =>
    cache === undefined
      ? read(manifest)
      : cache.manifests.entriesOf(manifest.manifest_path, cache.columns, () => read(manifest));
  const contents = readAhead(manifests, MANIFESTS_AHEAD, async (manifest) => ({
    manifest,
    entries: await orReport(entriesIn(manifest)),
  }));
  for await (const { manifest, entries } of contents) {
    for (const { status, content, file, sequenceNumber, snapshotId } of entries) {
      if (status === 'deleted' || !isInRange(file.day, options.dayRange)) continue;
      if (!added.has(manifest, snapshotId)) continue;
      // Null is inherited from the manifest list (spec, "Sequence Number Inheritance").
      yield { file, content, sequenceNumber: sequenceNumber ?? manifest.sequence_number };
    }
  }
}

interface AddedFilter {
  /** Whether the manifest may contain files of a matching snapshot. */
  mayHave(manifest: ManifestListEntry): boolean;
  /** Whether an entry with this snapshot id belongs to a matching snapshot. */
  has(manifest: ManifestListEntry, snapshotId: bigint | null): boolean;
}

/**
 * A manifest that was never merged contains the files of one snapshot. A merged one contains files of the snapshots between its
 * two sequence numbers, and each of its entries has its own snapshot id.
 */
function addedFilter(metadata: TableMetadata, addedBy: ScanOptions['addedBy']): AddedFilter {
  if (addedBy === undefined) return { mayHave: () => true, has: () => true };
  const known = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], addedBy(snapshot)]));
  const matching = metadata.snapshots.filter((snapshot) => known.get(snapshot['snapshot-id']));
  const matchesExpired = addedBy(undefined);
  const by = (snapshotId: bigint): boolean => known.get(snapshotId) ?? matchesExpired;
  const isMerged = (manifest: ManifestListEntry): boolean => manifest.existing_files_count !== 0;
  return {
    has: (manifest, snapshotId) => by((isMerged(manifest) ? snapshotId : null) ?? manifest.added_snapshot_id),
    mayHave(manifest) {
      if (!isMerged(manifest)) return by(manifest.added_snapshot_id);
      const { min_sequence_number: min, sequence_number: max } = manifest;
      return matchesExpired || matching.some(({ 'sequence-number': number }) => number >= min && number <= max);
    },
  };
}

/** A manifest may have nothing but the files that a compaction has replaced. */
function hasLiveFiles({ added_files_count: added, existing_files_count: existing }: ManifestListEntry): boolean {
  return added !== 0 || existing !== 0;
}

/** NaN, the day of a null partition, is not in any range. */
function isInRange(day: number, range: ScanOptions['dayRange']): boolean {
  return range === undefined || (day >= range.from && day <= range.to);
}

function mayMatch(metadata: TableMetadata, manifest: ManifestListEntry, range: ScanOptions['dayRange']): boolean {
  if (range === undefined) return true;
  const days = dayBoundsOf(metadata, manifest);
  // The files of a manifest whose spec has no day field have no day, so no range can select them.
  if (days === 'no day') throw unplannable(manifest);
  return days === undefined || (days.from <= range.to && days.to >= range.from);
}

function unplannable(manifest: ManifestListEntry): TableUnusable {
  return new TableUnusable(
    `${manifest.manifest_path} is not partitioned by day (spec ${manifest.partition_spec_id}).`,
    'Rewrite those files with the current partition spec.',
  );
}
