/** Rewrites a group of manifests, sorted by day, without holding more than a few manifests in memory. */
import { Damaged, TableUnusable } from '../../errors/index.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { openAvro } from '../avro.js';
import type { LoadedTable } from '../catalog.js';
import type { ManifestListEntry } from '../manifest-list.js';
import { type EncodedEntry, type ExistingEntry, entryEncoder, forEachExisting } from '../manifest-rewrite.js';
import { type RewrittenManifest, rewrittenBytes, storeRewritten } from '../rewritten-manifest.js';
import { currentSpec, dayFieldOf } from '../snapshot.js';
import { readManifestFile } from './manifest-entries.js';
import { groupsToRewrite, type LaidOut, windowsOf } from './manifest-layout.js';

/** A manifest of the current spec, with its days. */
export interface SourceManifest extends LaidOut {
  manifest: ManifestListEntry;
}

/** A group of manifests, and those that have their live entries. */
export interface SortedGroup {
  /** Paths of the manifests that are replaced. */
  sources: string[];
  manifests: RewrittenManifest[];
  entries: number;
}

/** How to rewrite. */
export interface SortOptions {
  targetBytes: number;
  signal?: AbortSignal;
  /** Called after each manifest that was read. */
  onProgress?: () => void;
}

/** Manifests that are read at the same time. */
const CONCURRENT_READS = 4;
/**
 * Manifests whose entries are in memory at the same time, about 10 to 30 MB each. With fewer, the group is read more
 * often.
 */
const WINDOWS_AT_ONCE = 4;
/** Maximum size of a manifest, relative to the target: its size is known only after compression. */
const TOLERANCE = 1.25;

/**
 * Writes manifests of about the target size with the live entries of a group, sorted by day and path. Each entry keeps its
 * snapshot id, its sequence numbers, and all fields of its file. Manifests that cannot be read, or not be written again without
 * loss, are left out. A group that is larger than the target is read twice: first for the days, then for the entries of some
 * days at a time.
 */
export async function sortGroup(
  table: LoadedTable,
  group: readonly SourceManifest[],
  options: SortOptions,
): Promise<SortedGroup> {
  const { targetBytes } = options;
  const weighed = await mapConcurrent(group, CONCURRENT_READS, async (source) => {
    const days = await daysOf(table, source, options);
    return days === undefined ? [] : [{ source, days }];
  });
  // Without those that cannot be rewritten, the others may be in order already.
  const isWorthwhile = new Set(
    groupsToRewrite(
      weighed.flat().map(({ source }) => source),
      targetBytes,
    ).flat(),
  );
  const readable = weighed.flat().filter(({ source }) => isWorthwhile.has(source));
  const sorted: SortedGroup = {
    sources: readable.map(({ source }) => source.manifest.manifest_path),
    manifests: [],
    entries: 0,
  };
  const weights = new Map<number, number>();
  for (const { days } of readable) for (const [day, weight] of days) weights.set(day, (weights.get(day) ?? 0) + weight);
  const windows = windowsOf(weights, targetBytes);
  for (let at = 0; at < windows.length; at += WINDOWS_AT_ONCE) {
    const batch = windows.slice(at, at + WINDOWS_AT_ONCE);
    const isIn = (day: number): boolean => day >= batch[0].from && day <= batch[batch.length - 1].to;
    const having = readable.filter(({ days }) => [...days.keys()].some(isIn));
    const entries = await entriesOf(
      table,
      having.map(({ source }) => source),
      isIn,
      options,
    );
    sorted.entries += entries.length;
    for (const { from, to } of batch) {
      const ofWindow = entries.filter(({ day }) => dayNumber(day) >= from && dayNumber(day) <= to);
      sorted.manifests.push(...(await store(table, group[0].manifest.content, ofWindow, options)));
    }
  }
  return sorted;
}

/** Files without a day come last. */
const dayNumber = (day: number | null): number => day ?? Number.MAX_SAFE_INTEGER;

/** Bytes of the entries by day, from the average of the manifest; `undefined` if it cannot be rewritten. */
async function daysOf(
  table: LoadedTable,
  source: SourceManifest,
  options: SortOptions,
): Promise<Map<number, number> | undefined> {
  const counts = new Map<number, number>();
  const { name } = dayFieldOf(currentSpec(table.metadata));
  let [total, bytes] = [0, 0];
  const count = ({ data_file: file }: ExistingEntry): void => {
    const day = dayNumber(file.partition[name]);
    counts.set(day, (counts.get(day) ?? 0) + 1);
    total++;
  };
  try {
    const start = (body: Buffer): void => {
      bytes = body.length - openAvro(body).headerBytes;
    };
    if (!(await forEachEntry(table, source, count, options, start))) return undefined;
  } catch (error) {
    if (error instanceof Damaged || error instanceof TableUnusable) return undefined;
    throw error;
  }
  return new Map([...counts].map(([day, files]) => [day, (files * bytes) / total]));
}

async function entriesOf(
  table: LoadedTable,
  sources: readonly SourceManifest[],
  isIn: (day: number) => boolean,
  options: SortOptions,
): Promise<EncodedEntry[]> {
  const spec = currentSpec(table.metadata);
  const { name } = dayFieldOf(spec);
  const encode = entryEncoder(spec);
  const entries: EncodedEntry[] = [];
  const take = (entry: ExistingEntry): void => {
    if (isIn(dayNumber(entry.data_file.partition[name]))) entries.push(encode(entry));
  };
  await mapConcurrent(sources, CONCURRENT_READS, (source) => forEachEntry(table, source, take, options));
  const order = (one: EncodedEntry, two: EncodedEntry): number =>
    dayNumber(one.day) - dayNumber(two.day) || (one.path < two.path ? -1 : 1);
  return entries.sort(order);
}

async function forEachEntry(
  table: LoadedTable,
  { manifest }: SourceManifest,
  take: (entry: ExistingEntry) => void,
  { signal, onProgress }: SortOptions,
  start: (body: Buffer) => void = () => {},
): Promise<boolean> {
  const spec = currentSpec(table.metadata);
  const parse = (body: Buffer): boolean => {
    start(body);
    return forEachExisting(body, spec, manifest, take);
  };
  const isComplete = await readManifestFile(table, manifest, parse, signal);
  onProgress?.();
  return isComplete;
}

/** Writes the entries as one manifest, or as several where it is too large. */
async function store(
  table: LoadedTable,
  content: number,
  entries: readonly EncodedEntry[],
  { targetBytes, signal }: SortOptions,
): Promise<RewrittenManifest[]> {
  const bytes = rewrittenBytes(table, content, entries);
  const parts = Math.min(Math.ceil(bytes.length / targetBytes), entries.length);
  if (bytes.length <= targetBytes * TOLERANCE || parts < 2)
    return [await storeRewritten(table, 'sorted', content, entries, signal, bytes)];
  const manifests: RewrittenManifest[] = [];
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part, part + 1].map((index) => Math.floor((index * entries.length) / parts));
    manifests.push(await storeRewritten(table, 'sorted', content, entries.slice(from, to), signal));
  }
  return manifests;
}
