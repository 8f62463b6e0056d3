/** Expires snapshots: removes them from the table, and deletes the files that only they have. */
import { CommitConflict, TableUnusable } from '../../errors/index.js';
import { abortableDelay } from '../../storage/cancellation.js';
import type { LoadedTable, TableRequirement } from '../catalog.js';
import type { CommitRequest } from '../commit-snapshot.js';
import type { Snapshot, TableMetadata } from '../metadata.js';
import { mayDeleteFiles } from '../properties.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from '../retry.js';
import { type Retention, snapshotsToExpire } from './choose-snapshots.js';
import { FileCounts, type FileReport } from './file-counts.js';
import { Deletions, keyIn } from './key-set.js';
import { type UnreachableOptions, unreachableFiles } from './unreachable.js';

/** Which snapshots to expire. */
export interface ExpireRequest extends CommitRequest, Retention, Pick<UnreachableOptions, 'onProgress'> {
  /** Change nothing, and report what would be done. */
  dryRun?: boolean;
  /** Delete no files: the catalog, or another program, does. */
  keepFiles?: boolean;
  /** Called with the keys of files before they are deleted, to delete related objects elsewhere. */
  beforeDelete?: (keys: readonly string[]) => Promise<void>;
}

/** What was expired and deleted, or would be. */
export interface ExpireReport extends FileReport {
  snapshots: { count: number; first: bigint[] };
}

/** Snapshots in a report. */
const MAX_LISTED = 20;

/**
 * Expires the snapshots that `snapshotsToExpire` chooses, in one commit, and then deletes what no other snapshot
 * reaches. If it ends in between, the files remain as orphan files, which `removeOrphans` finds. Throws what the
 * catalog throws, `Damaged` if a file of a retained snapshot is missing, and `TableUnusable` if the table does not
 * allow files to be deleted.
 */
export async function expireSnapshots(request: ExpireRequest): Promise<ExpireReport> {
  const { signal, onProgress, dryRun = false } = request;
  const { before, after } = dryRun ? await wouldExpire(request) : await removeSnapshots(request);
  const { store } = before;
  const counts = new FileCounts();
  const deletions = new Deletions(store, signal, request.beforeDelete);
  const onDamage = counts.damage.bind(counts);
  const files = request.keepFiles ? [] : unreachableFiles(before, after, { signal, onProgress, onDamage });
  for await (const file of files) {
    const key = keyIn(store, file.location);
    counts.add(file, key);
    if (key !== undefined && !dryRun) await deletions.add(key);
  }
  await deletions.flush();
  const remaining = new Set(after.snapshots.map(idOf));
  const expired = before.metadata.snapshots.map(idOf).filter((id) => !remaining.has(id));
  return { snapshots: { count: expired.length, first: expired.slice(0, MAX_LISTED) }, ...counts.report() };
}

/** The table with the snapshots, and without them. */
interface Expired {
  before: LoadedTable;
  after: TableMetadata;
}

const idOf = (snapshot: Snapshot): bigint => snapshot['snapshot-id'];

async function wouldExpire(request: ExpireRequest): Promise<Expired> {
  const before = await load(request);
  return { before, after: without(before.metadata, chosen(request, before)) };
}

async function removeSnapshots(request: ExpireRequest): Promise<Expired> {
  const { catalog, signal, maxAttempts = MAX_COMMIT_ATTEMPTS } = request;
  const sleep = request.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  /** The table of an attempt without an answer: if that attempt succeeded, the files of its snapshots still exist. */
  let unanswered: LoadedTable | undefined;
  for (let number = 1; ; number++) {
    const table = await load(request, unanswered?.metadata['table-uuid']);
    const ids = chosen(request, table);
    const before = withAll(table, unanswered);
    if (ids.size === 0) return { before, after: table.metadata };
    try {
      const requirements = requirementsOf(table.metadata);
      await catalog.commit(table, requirements, [{ action: 'remove-snapshots', 'snapshot-ids': [...ids] }], signal);
      return { before, after: without(table.metadata, ids) };
    } catch (error) {
      if (!isRetryable(error) || number >= maxAttempts) throw error;
      if (!(error instanceof CommitConflict)) unanswered = before;
      await sleep(commitBackoff(number, request.random));
    }
  }
}

async function load({ catalog, identifier, signal }: ExpireRequest, uuid?: string): Promise<LoadedTable> {
  signal?.throwIfAborted();
  const table = await loadExistingTable(catalog, identifier, { uuid, signal });
  if (!mayDeleteFiles(table.metadata.properties)) throw deletionForbidden(table);
  return table;
}

/** The error for a table whose files may be those of other tables. */
export function deletionForbidden({ identifier }: LoadedTable): TableUnusable {
  return new TableUnusable(
    `The property gc.enabled of ${identifier.name} is false: files of this table may not be deleted.`,
    'Set it to true if no other table shares its files; otherwise, let the writer that set it expire snapshots.',
  );
}

function chosen(request: ExpireRequest, { metadata }: LoadedTable): Set<bigint> {
  return new Set(snapshotsToExpire(metadata, request, (request.now ?? Date.now)()).map(idOf));
}

/** No branch or tag may have moved since the snapshots were chosen. */
function requirementsOf(metadata: TableMetadata): TableRequirement[] {
  const refs = Object.entries(metadata.refs);
  return [
    { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
    ...refs.map(([ref, { 'snapshot-id': id }]) => ({
      ...{ type: 'assert-ref-snapshot-id' as const, ref, 'snapshot-id': id },
    })),
  ];
}

function without(metadata: TableMetadata, ids: ReadonlySet<bigint>): TableMetadata {
  const remain = (file: { 'snapshot-id': bigint | number }): boolean => !ids.has(BigInt(file['snapshot-id']));
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter(remain),
    statistics: metadata.statistics?.filter(remain),
    'partition-statistics': metadata['partition-statistics']?.filter(remain),
  };
}

/** The newest table, with the snapshots and statistics that it had earlier. */
function withAll(table: LoadedTable, earlier: LoadedTable | undefined): LoadedTable {
  if (earlier === undefined) return table;
  const { metadata: now } = table;
  const { metadata: then } = earlier;
  const known = new Set(now.snapshots.map(idOf));
  return {
    ...table,
    metadata: {
      ...now,
      snapshots: [...then.snapshots.filter((snapshot) => !known.has(idOf(snapshot))), ...now.snapshots],
      statistics: [...(then.statistics ?? []), ...(now.statistics ?? [])],
      'partition-statistics': [...(then['partition-statistics'] ?? []), ...(now['partition-statistics'] ?? [])],
    },
  };
}
