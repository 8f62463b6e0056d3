/**
 * Merges segments, as log-structured merge trees do: ingestion leaves a small segment for each chunk, and a search reads the
 * header and a block of each, so upkeep merges them into a few large ones. Files that are no longer in the table are left out.
 */
import { ObjectNotFound } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { listSegments, type StoredSegment, storeSegment } from './index-area.js';
import { fileKey, readHeader, type SegmentHeader } from './segment.js';
import { DamagedSegment, SegmentCursor } from './segment-cursor.js';
import { makeSegment } from './segment-writer.js';

/** Approximate bytes of a merged segment: it is in memory as a whole. */
const MERGED_BYTES = 64 << 20;
/** Segments that are larger than this share of a merged one are not merged, if all of their files are live. */
const LARGE_SHARE = 0.5;
/** Segments whose values differ by more bits are not merged: the longer ones would have to be cut. */
const WIDTH_STEP = 3;
const CONCURRENCY = 16;

/**
 * Milliseconds: a segment is stored before the commit of its files. Less than the time between two merges, because merged
 * segments are young, and only old segments lose their dead files. Files that are committed even later are indexed again.
 */
const GRACE_MS = 12 * 3_600_000;

/** What to merge. */
export interface MergeRequest {
  tableUuid: string;
  /** Paths of all live data files of the table. */
  livePaths: Iterable<string>;
  /** Milliseconds since the epoch. */
  now: number;
  /** A younger segment keeps files that are not in the table yet. Default: 12 hours. */
  graceMs?: number;
  /** True: nothing is written or deleted. */
  dryRun?: boolean;
  /** Default: 64 MiB. */
  mergedBytes?: number;
  signal?: AbortSignal;
}

/** What a merge did. */
export interface MergeResult {
  /** Segments before and after. */
  before: number;
  after: number;
  /** Bytes before and after. */
  bytesBefore: number;
  bytesAfter: number;
  /** Live data files that no segment covers: see `indexFiles`. */
  uncovered: string[];
}

interface Known extends StoredSegment {
  header: SegmentHeader;
  /** Files that are kept. */
  kept: Set<string>;
}

/**
 * Merges the small segments of a table, and removes useless segments: those without any remaining file, and those that another
 * version made. Safe at any time, even during ingestion and searches: a new segment is stored before the old ones are deleted,
 * and a crash in between leaves files that are covered twice.
 */
export async function mergeSegments(store: ObjectStore, request: MergeRequest): Promise<MergeResult> {
  const { tableUuid, now, signal, dryRun = false, mergedBytes = MERGED_BYTES, graceMs = GRACE_MS } = request;
  const live = new Map([...request.livePaths].map((path) => [fileKey(path), path]));
  const stored = await listSegments(store, tableUuid, signal);
  const covered = new Set<string>();
  const useless: StoredSegment[] = [];
  const known: Known[] = [];
  const headers = await mapConcurrent(stored, CONCURRENCY, (segment) => headerOf(store, segment, signal));
  stored.forEach((segment, index) => {
    const header = headers[index];
    const isYoung = now - segment.lastModified < graceMs;
    if (header === undefined || 'problem' in header) {
      if (!isYoung) useless.push(segment);
      return;
    }
    // Files that two segments cover are kept once.
    const kept = new Set(header.files.filter((file) => (isYoung || live.has(file)) && !covered.has(file)));
    for (const file of kept) covered.add(file);
    if (kept.size === 0) useless.push(segment);
    else known.push({ ...segment, header, kept });
  });
  const bytesBefore = stored.reduce((sum, { size }) => sum + size, 0);
  const result = { before: stored.length, after: stored.length, bytesBefore, bytesAfter: bytesBefore };
  const remove = async (segments: readonly StoredSegment[]): Promise<void> => {
    result.after -= segments.length;
    for (const { size } of segments) result.bytesAfter -= size;
    if (!dryRun && segments.length > 0)
      await store.deleteAll(
        segments.map(({ key }) => key),
        { signal },
      );
  };
  await remove(useless);
  for (let group of groupsOf(known, mergedBytes)) {
    while (!dryRun && group.length > 0) {
      const merged = await merge(store, group, signal);
      if (merged instanceof DamagedSegment) {
        // Its files are indexed again, or read.
        const { key } = merged;
        const damaged = group.filter((segment) => segment.key === key);
        for (const { kept } of damaged) for (const file of kept) covered.delete(file);
        await remove(damaged);
        group = group.filter((segment) => segment.key !== key);
        continue;
      }
      await storeSegment(store, tableUuid, merged, signal);
      result.bytesAfter += merged.bytes.length;
      break;
    }
    if (group.length > 0) result.after++;
    await remove(group);
  }
  const uncovered = [...live].flatMap(([key, path]) => (covered.has(key) ? [] : [path]));
  return { ...result, uncovered };
}

async function headerOf(
  store: ObjectStore,
  { key, headerBytes }: StoredSegment,
  signal?: AbortSignal,
): Promise<ReturnType<typeof readHeader> | undefined> {
  try {
    return readHeader(await store.getRange(key, { from: 0, length: headerBytes }, { signal }));
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}

/** Groups of segments to merge, each of about the bytes of a merged one. */
function groupsOf(known: readonly Known[], mergedBytes: number): Known[][] {
  const small = known
    .filter(
      ({ size, header, kept }) => size < mergedBytes * LARGE_SHARE || kept.size < header.files.length * LARGE_SHARE,
    )
    .sort((one, two) => one.header.width - two.header.width || one.size - two.size);
  const groups: Known[][] = [];
  let bytes = 0;
  for (const segment of small) {
    const group = groups.at(-1);
    const fits = bytes + segment.size <= mergedBytes;
    if (group !== undefined && fits && segment.header.width - group[0].header.width <= WIDTH_STEP) group.push(segment);
    else {
      groups.push([segment]);
      bytes = 0;
    }
    bytes += segment.size;
  }
  // A single segment is rewritten only to leave out dead files.
  return groups.filter((group) => group.length > 1 || group[0].kept.size < group[0].header.files.length * LARGE_SHARE);
}

async function merge(
  store: ObjectStore,
  group: readonly Known[],
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; headerBytes: number } | DamagedSegment> {
  const width = Math.min(...group.map(({ header }) => header.width));
  const files: string[] = [];
  const cursors: SegmentCursor[] = [];
  for (const segment of group) {
    const numbers = segment.header.files.map((file) => (segment.kept.has(file) ? files.push(file) - 1 : -1));
    cursors.push(new SegmentCursor(store, segment, numbers, width, signal));
  }
  const entries = group.reduce((sum, { header }) => sum + header.entries, 0);
  try {
    await mapConcurrent(cursors, CONCURRENCY, async (cursor) => cursor.next());
    return await makeSegment(files, cursors, width, entries);
  } catch (error) {
    if (error instanceof DamagedSegment) return error;
    throw error;
  }
}
