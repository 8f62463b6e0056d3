/** Rewrites manifests by day, so that a scan of a day reads few of them. */
import { CommitConflict, ReplaceOutdated } from '../../errors/index.js';
import type { LoadedTable } from '../catalog.js';
import { type Attempt, commitSnapshot, discard, type SnapshotRequest, type Staged } from '../commit-snapshot.js';
import { dayBoundsOf } from '../manifest-days.js';
import { manifestsOf } from '../manifest-files.js';
import type { ManifestListEntry } from '../manifest-list.js';
import type { TableMetadata } from '../metadata.js';
import { manifestTargetBytes } from '../properties.js';
import { loadExistingTable } from '../retry.js';
import { listedBy } from '../rewritten-manifest.js';
import { currentSpec, isDaySpec, snapshotById } from '../snapshot.js';
import { bytesOf, groupsToRewrite } from './manifest-layout.js';
import { changedTotals } from './replace-summary.js';
import { type SortedGroup, type SourceManifest, sortGroup } from './sorted-manifests.js';

/** Which table's manifests to rewrite. */
export interface RewriteManifestsRequest extends SnapshotRequest {
  /** Write nothing, and report what would be rewritten. */
  dryRun?: boolean;
  /** Called after each manifest that was read. */
  onProgress?: () => void;
}

/** What was rewritten, or would be. */
export interface RewriteManifestsReport {
  /** Manifests before. */
  manifests: number;
  /** Those that were replaced, and by how many. */
  replaced: { count: number; bytes: number };
  /** Unknown in a dry run. */
  created?: { count: number; bytes: number };
  /** `undefined`: nothing was worth a snapshot. */
  snapshotId?: bigint;
}

/** Data manifests and delete manifests (spec, field 517). */
const CONTENTS = [0, 1];

/**
 * Maximum number of attempts. If other writers remove manifests while they are being rewritten, everything is read
 * again.
 */
const MAX_STARTS = 3;

/**
 * Rewrites manifests of the current snapshot whose days overlap, and groups of many small ones, as one snapshot of the
 * operation `replace`; all others are carried over. The size of the new ones is the property
 * `commit.manifest.target-size-bytes`. Nothing is committed if that would not improve anything. Throws what the catalog
 * throws, and `ReplaceOutdated` if other writers keep rewriting the same manifests.
 */
export async function rewriteManifests(request: RewriteManifestsRequest): Promise<RewriteManifestsReport> {
  if (request.dryRun) return wouldRewrite(request);
  const rewriting = new Rewriting(request);
  let isUncertain = false;
  try {
    const result = await commitSnapshot(
      request,
      (attempt) => rewriting.stage(attempt),
      () => {
        isUncertain = true;
      },
    );
    return rewriting.report(result?.snapshotId);
  } catch (error) {
    const isOver = error instanceof ReplaceOutdated || error instanceof CommitConflict;
    if (isOver && !isUncertain) await rewriting.discardAll();
    throw error;
  }
}

/** The attempts of one call: a later one reuses what an earlier one has written, if its sources still exist. */
class Rewriting {
  private groups: SortedGroup[] | undefined;
  private table: LoadedTable | undefined;
  private starts = 0;
  private before: readonly ManifestListEntry[] = [];

  constructor(private readonly request: RewriteManifestsRequest) {}

  async stage(attempt: Attempt): Promise<Staged | undefined> {
    const { table, manifests } = attempt;
    this.before = manifests;
    const paths = new Set(manifests.map(({ manifest_path: path }) => path));
    if (this.groups?.some(({ sources }) => !sources.every((path) => paths.has(path)))) await this.discardAll();
    this.table = table;
    this.groups ??= await this.start(table, manifests);
    const replaced = new Set(this.groups.flatMap(({ sources }) => sources));
    if (replaced.size === 0) return undefined;
    const created = this.groups.flatMap((group) => group.manifests.map((manifest) => listedBy(manifest, attempt)));
    const kept = manifests.filter(({ manifest_path: path }) => !replaced.has(path));
    const entries = this.groups.reduce((sum, group) => sum + group.entries, 0);
    return {
      manifests: [...kept, ...created],
      summary: {
        operation: 'replace',
        'manifests-created': String(created.length),
        'manifests-kept': String(kept.length),
        'manifests-replaced': String(replaced.size),
        'entries-processed': String(entries),
        ...changedTotals(table.metadata, UNCHANGED_TOTALS),
      },
    };
  }

  report(snapshotId: bigint | null = null): RewriteManifestsReport {
    const sources = new Set(this.groups?.flatMap((group) => group.sources));
    const replaced = this.before.filter(({ manifest_path: path }) => sources.has(path));
    const created = this.groups?.flatMap(({ manifests }) => manifests) ?? [];
    return {
      manifests: this.before.length,
      replaced: countOf(replaced),
      created: countOf(created),
      ...(snapshotId === null ? {} : { snapshotId }),
    };
  }

  /** Deletes what was written. */
  async discardAll(): Promise<void> {
    const paths = this.groups?.flatMap(({ manifests }) => manifests.map(({ manifest_path: path }) => path)) ?? [];
    this.groups = undefined;
    if (this.table) await discard(this.table, paths, this.request.signal);
  }

  private async start(table: LoadedTable, manifests: readonly ManifestListEntry[]): Promise<SortedGroup[]> {
    if (++this.starts > MAX_STARTS)
      throw new ReplaceOutdated(`Other writers keep rewriting the manifests of ${table.identifier.name}.`);
    const { signal, onProgress } = this.request;
    const targetBytes = manifestTargetBytes(table.metadata.properties);
    const sorted: SortedGroup[] = [];
    for (const group of groupsIn(table.metadata, manifests))
      sorted.push(await sortGroup(table, group, { targetBytes, signal, onProgress }));
    return sorted;
  }
}

const UNCHANGED_TOTALS = {
  'total-data-files': 0,
  'total-delete-files': 0,
  'total-records': 0,
  'total-files-size': 0,
  'total-position-deletes': 0,
  'total-equality-deletes': 0,
};

function countOf(manifests: readonly Pick<ManifestListEntry, 'manifest_length'>[]): { count: number; bytes: number } {
  return {
    count: manifests.length,
    bytes: manifests.reduce((sum, { manifest_length: length }) => sum + Number(length), 0),
  };
}

async function wouldRewrite({ catalog, identifier, signal }: RewriteManifestsRequest): Promise<RewriteManifestsReport> {
  const table = await loadExistingTable(catalog, identifier, { signal });
  const current = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
  const manifests = current === undefined ? [] : await manifestsOf(table, current, signal);
  const sources = groupsIn(table.metadata, manifests).flat();
  return { manifests: manifests.length, replaced: { count: sources.length, bytes: bytesOf(sources) } };
}

/** Manifests of other specs, encrypted ones, and those whose days are not known, stay as they are. */
function groupsIn(metadata: TableMetadata, manifests: readonly ManifestListEntry[]): SourceManifest[][] {
  const spec = currentSpec(metadata);
  if (!isDaySpec(spec)) return [];
  const targetBytes = manifestTargetBytes(metadata.properties);
  return CONTENTS.flatMap((content) => {
    const sources = manifests.flatMap((manifest): SourceManifest[] => {
      const days = dayBoundsOf(metadata, manifest);
      if (manifest.content !== content || manifest.partition_spec_id !== spec['spec-id']) return [];
      if (manifest.key_metadata !== null || typeof days !== 'object' || days.from > days.to) return [];
      return [{ manifest, length: Number(manifest.manifest_length), ...days }];
    });
    return groupsToRewrite(sources, targetBytes);
  });
}
