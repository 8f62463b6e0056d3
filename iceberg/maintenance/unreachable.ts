/** The files that only removed snapshots have: what may be deleted after snapshots have expired. */
import { Damaged } from '../../errors/index.js';
import { readAhead } from '../../storage/concurrency.js';
import type { LoadedTable } from '../catalog.js';
import { dayBoundsOf } from '../manifest-days.js';
import { manifestsOf } from '../manifest-files.js';
import type { ManifestListEntry } from '../manifest-list.js';
import type { Snapshot, TableMetadata } from '../metadata.js';
import { KeySet } from './key-set.js';
import { DATA, forEachLiveFile, type LiveFile } from './manifest-entries.js';

/** Kinds of files, for counts. */
export type FileKind = 'data' | 'deletes' | 'manifest' | 'manifest-list' | 'statistics';

/** A file that no snapshot reaches. */
export interface UnreachableFile {
  kind: FileKind;
  location: string;
  /** 0: unknown. */
  bytes: number;
}

/** How to look for files. */
export interface UnreachableOptions {
  signal?: AbortSignal;
  /** Called after each manifest that was read. */
  onProgress?: () => void;
  /** Called for files of removed snapshots that are damaged: files that only they name are not found. */
  onDamage?: (damage: Damaged) => void;
}

/** Manifests and lists that are read at the same time. */
const READ_AHEAD = 8;

/**
 * The files of removed snapshots that no retained snapshot reaches: data and delete files first, then manifests,
 * manifest lists, and statistics. Memory: about 40 bytes for each file in those manifests of removed snapshots that no
 * retained snapshot has. Throws `Damaged` if a file of a retained snapshot is damaged, because then nothing is proven.
 * @param before the table with the removed snapshots
 * @param after the table without them
 */
export async function* unreachableFiles(
  before: LoadedTable,
  after: Pick<TableMetadata, 'snapshots' | 'statistics' | 'partition-statistics'>,
  options: UnreachableOptions = {},
): AsyncGenerator<UnreachableFile> {
  const { store } = before;
  const retained = new Set(after.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const removed = before.metadata.snapshots.filter((snapshot) => !retained.has(snapshot['snapshot-id']));
  if (removed.length === 0) return;
  const kept = await manifestsOfAll(before, after.snapshots, options);
  const dead = await manifestsOfAll(before, removed, options, kept);

  const candidates = new KeySet(store);
  let [from, to, unbounded] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
  await readAll(before, dead.values(), options, options.onDamage, (file) => {
    candidates.add(file.path);
    if (Number.isNaN(file.day)) unbounded = true;
    else [from, to] = [Math.min(from, file.day), Math.max(to, file.day)];
  });
  const mayHave = (manifest: ManifestListEntry): boolean => {
    const days = dayBoundsOf(before.metadata, manifest);
    return unbounded || typeof days !== 'object' || (days.from <= to && days.to >= from);
  };
  if (candidates.size > 0) {
    const relevant = [...kept.values()].filter(mayHave);
    await readAll(before, relevant, options, undefined, (file) => candidates.mark(file.path));
  }
  // Read a second time, because the locations of all candidates may not fit into memory. Marked files are retained, or
  // already returned.
  for (const manifest of dead.values()) {
    const files: UnreachableFile[] = [];
    await readAll(
      before,
      [manifest],
      options,
      () => {},
      ({ path, content, bytes }) => {
        if (candidates.mark(path)) files.push({ kind: content === DATA ? 'data' : 'deletes', location: path, bytes });
      },
    );
    yield* files;
  }
  for (const { manifest_path: location, manifest_length: bytes } of dead.values())
    yield { kind: 'manifest', location, bytes: Number(bytes) };
  const lists = new Set(after.snapshots.map((snapshot) => snapshot['manifest-list']));
  for (const { 'manifest-list': location } of removed)
    if (!lists.has(location)) yield { kind: 'manifest-list', location, bytes: 0 };
  const statistics = new Set(statisticsOf(after));
  for (const location of statisticsOf(before.metadata))
    if (!statistics.has(location)) yield { kind: 'statistics', location, bytes: 0 };
}

/** The locations of all statistics files. */
export function statisticsOf(metadata: Pick<TableMetadata, 'statistics' | 'partition-statistics'>): string[] {
  const files = [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])];
  return files.map((file) => file['statistics-path']);
}

/** The manifests of snapshots by their paths, without those of `others`. With `others`, damaged lists are reported. */
async function manifestsOfAll(
  table: LoadedTable,
  snapshots: readonly Snapshot[],
  { signal, onProgress, onDamage }: UnreachableOptions,
  others?: ReadonlyMap<string, ManifestListEntry>,
): Promise<Map<string, ManifestListEntry>> {
  const found = new Map<string, ManifestListEntry>();
  const lists = readAhead(snapshots, READ_AHEAD, (snapshot) =>
    orReport(manifestsOf(table, snapshot, signal), [], others && (onDamage ?? (() => {}))),
  );
  for await (const list of lists) {
    for (const manifest of list) if (!others?.has(manifest.manifest_path)) found.set(manifest.manifest_path, manifest);
    onProgress?.();
  }
  return found;
}

async function readAll(
  table: LoadedTable,
  manifests: Iterable<ManifestListEntry>,
  { signal, onProgress }: UnreachableOptions,
  onDamage: ((damage: Damaged) => void) | undefined,
  take: (file: LiveFile) => void,
): Promise<void> {
  const reads = readAhead(manifests, READ_AHEAD, (manifest) =>
    orReport(forEachLiveFile(table, manifest, take, signal), undefined, onDamage),
  );
  for await (const _ of reads) onProgress?.();
}

async function orReport<T>(
  read: Promise<T>,
  otherwise: T,
  report: ((damage: Damaged) => void) | undefined,
): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (report === undefined || !(error instanceof Damaged)) throw error;
    report(error);
    return otherwise;
  }
}
