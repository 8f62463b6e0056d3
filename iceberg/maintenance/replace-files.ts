/**
 * Replaces files of a table with others that have the same live rows, as one snapshot: what a compaction commits (spec,
 * "Snapshots", operation `replace`).
 */
import { ReplaceOutdated, TableUnusable } from '../../errors/index.js';
import { type Attempt, commitSnapshot, discard, type SnapshotResult } from '../commit-snapshot.js';
import { storeManifest } from '../manifest-files.js';
import { entryOf, type ManifestListEntry } from '../manifest-list.js';
import { DELETED, entryEncoder, existingEntriesOf } from '../manifest-rewrite.js';
import { listedBy, type RewrittenManifest, storeRewritten } from '../rewritten-manifest.js';
import { currentSpec } from '../snapshot.js';
import type { ManifestFile } from '../types.js';
import { readManifestFile } from './manifest-entries.js';
import type { Affected, ReplaceRequest } from './replace-request.js';
import { replaceSummary } from './replace-summary.js';
import { findAffected } from './replace-validation.js';

/** The snapshot of a replacement: one that is found in the table by its id has all of these properties. */
type ReplaceResult = SnapshotResult & { snapshotId: bigint; sequenceNumber: bigint };

/**
 * Commits the replacement, exactly once. Before each attempt it is checked against the table as it is then: every removed file
 * is still live, no delete file that another writer has added since the base may concern a removed data file, no removed
 * delete file concerns a data file that stays, and the new files can be read with the current schema. Otherwise this throws
 * `ReplaceOutdated`, after it has deleted everything that was written for it, including the new data files; these remain only
 * if an attempt got no answer, and are then found as orphan files unless that attempt succeeds. The new files get the sequence
 * number of the new snapshot.
 */
export async function replaceFiles(request: ReplaceRequest): Promise<ReplaceResult> {
  if (request.remove.data.length + request.remove.deletes.length === 0) throw new Error('Nothing is to be replaced');
  const { signal } = request;
  const written = new WrittenManifests(request);
  let last: Attempt | undefined;
  let isUncertain = false;
  try {
    const result = await commitSnapshot(
      request,
      async (attempt) => {
        last = attempt;
        const affected = await findAffected(request, attempt);
        const { added, manifests } = await written.forAttempt(attempt, affected);
        return { manifests, summary: replaceSummary(attempt.table.metadata, added, affected, request.dropsRows) };
      },
      () => {
        isUncertain = true;
      },
    );
    if (last && !isUncertain) await discard(last.table, written.unused(), signal);
    return result as ReplaceResult;
  } catch (error) {
    if (error instanceof ReplaceOutdated && last && !isUncertain) {
      const files = request.add.map(({ path }) => path);
      await discard(last.table, [...written.all(), ...files], signal);
    }
    throw error;
  }
}

/** The manifests of the attempts: a later attempt reuses those that an earlier one has written. */
class WrittenManifests {
  private added: ManifestFile | undefined;
  /** By the path of the manifest that each replaces. */
  private readonly rewritten = new Map<string, RewrittenManifest>();
  private used = new Set<string>();

  constructor(private readonly request: ReplaceRequest) {}

  async forAttempt(attempt: Attempt, { touched }: Affected) {
    const { table, id, sequenceNumber } = attempt;
    const { add, commitId, signal } = this.request;
    const spec = currentSpec(table.metadata);
    if (this.added && this.added.specId !== spec['spec-id'])
      throw new ReplaceOutdated(`The partition spec of ${table.identifier.name} has changed.`);
    if (this.added === undefined && add.length > 0) {
      const owner = `replace-${commitId.replaceAll(/[^\w-]+/g, '-')}`;
      this.added = await storeManifest(table, owner, add, 'data', signal);
    }
    const manifests: ManifestListEntry[] = this.added ? [entryOf(this.added, id, sequenceNumber)] : [];
    this.used = new Set(this.added ? [this.added.path] : []);
    for (const manifest of attempt.manifests) {
      if (!touched.has(manifest.manifest_path)) {
        manifests.push(manifest);
        continue;
      }
      const rewritten = this.rewritten.get(manifest.manifest_path) ?? (await this.withoutRemoved(attempt, manifest));
      this.rewritten.set(manifest.manifest_path, rewritten);
      this.used.add(rewritten.manifest_path);
      manifests.push(listedBy(rewritten, { id, sequenceNumber }));
    }
    return { added: this.added, manifests };
  }

  /** Everything that was written. */
  all(): string[] {
    const paths = [...this.rewritten.values()].map((manifest) => manifest.manifest_path);
    return this.added ? [this.added.path, ...paths] : paths;
  }

  /** What the last attempt does not use. */
  unused(): string[] {
    return this.all().filter((path) => !this.used.has(path));
  }

  /** Removed files stay in the manifest as DELETED entries of the new snapshot (spec, "Manifest Entry Fields"). */
  private async withoutRemoved({ table, id }: Attempt, manifest: ManifestListEntry): Promise<RewrittenManifest> {
    const { remove, signal } = this.request;
    const removed = new Set([...remove.data, ...remove.deletes.map(({ path }) => path)]);
    const spec = currentSpec(table.metadata);
    const entries =
      manifest.partition_spec_id === spec['spec-id'] && manifest.key_metadata === null
        ? await readManifestFile(table, manifest, (body) => existingEntriesOf(body, spec, manifest), signal)
        : undefined;
    if (entries === undefined) {
      throw new TableUnusable(
        `${manifest.manifest_path} has fields, a partition spec or an encryption that this version cannot write.`,
        'Rewrite the manifests of the table with the writer that has written it.',
      );
    }
    const encode = entryEncoder(spec);
    const encoded = entries.map((entry) =>
      encode(removed.has(entry.data_file.file_path) ? { ...entry, status: DELETED, snapshot_id: id } : entry),
    );
    return storeRewritten(table, 'replaced', manifest.content, encoded, signal);
  }
}
