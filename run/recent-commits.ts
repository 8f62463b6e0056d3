/**
 * Which commits a table has. Its snapshots show it as long as they exist; the property `trailmill.recent-commits` has those
 * that may not be in the ledger yet, so that none is applied twice when its snapshot has been expired.
 */
import { z } from 'zod';
import { type FoundCommit, findInHistory } from '../iceberg/commit-snapshot.js';
import type { TableMetadata } from '../iceberg/metadata.js';
import { COMMIT_ID, findCommit } from '../iceberg/snapshot.js';
import { DUPLICATES, RECENT_COMMITS } from './summary-keys.js';
import { readState, stateText } from './table-state.js';
import type { Members } from './versioned.js';

/** A commit that a table has. Sequence numbers are far below 2^53. */
export interface RecentCommit {
  id: string;
  /** Delivery day. */
  day: string;
  /** Sequence number of the ledger's snapshot that has announced it; 0 for commits that are not announced. */
  announced: number;
  /** Sequence number of the table's snapshot. */
  sequence: number;
  /** Address of its `DuplicateCounts`; absent if there are none. */
  duplicates?: string;
}

/** The property {@link RECENT_COMMITS}. */
interface Stored {
  /** Commits that were announced up to this sequence number of the ledger may have been removed from the list. */
  removedUntil: number;
  commits: RecentCommit[];
}

const recentCommit: z.ZodType<RecentCommit> = z.object({
  id: z.string(),
  day: z.string(),
  announced: z.number(),
  sequence: z.number(),
  duplicates: z.string().optional(),
} satisfies Members<RecentCommit>);

const STORED: z.ZodType<Stored> = z.object({
  removedUntil: z.number(),
  commits: z.array(recentCommit),
} satisfies Members<Stored>);

function storedIn(metadata: TableMetadata): Stored {
  return readState(metadata, RECENT_COMMITS, STORED) ?? { removedUntil: 0, commits: [] };
}

/** The commits in the property, oldest first. */
export function recentCommits(metadata: TableMetadata): readonly RecentCommit[] {
  return storedIn(metadata).commits.filter((commit) => !wasRolledBack(metadata, commit));
}

/** A commit that the table has; `undefined` if it is neither in its snapshots nor in its property. */
export function findRecent(metadata: TableMetadata, id: string): FoundCommit | undefined {
  const found = findInHistory(metadata, id);
  if (found !== undefined) return found;
  const commit = recentCommits(metadata).find((one) => one.id === id);
  if (commit === undefined) return undefined;
  const { sequence, duplicates } = commit;
  const summary: Record<string, string> = duplicates === undefined ? {} : { [DUPLICATES]: duplicates };
  return { snapshotId: null, sequenceNumber: BigInt(sequence), summary };
}

/** Whether a commit that the table does not have may have been in it, and removed from the list when it was finished. */
export function mayBeForgotten(metadata: TableMetadata, announced: bigint): boolean {
  return announced <= BigInt(storedIn(metadata).removedUntil);
}

/**
 * The property of the next version, which has one more commit.
 * @param mayGo whether a commit is no longer needed
 */
export function withCommit(
  metadata: TableMetadata,
  added: Omit<RecentCommit, 'sequence'>,
  mayGo: (commit: RecentCommit, newer: number) => boolean,
): Record<string, string> {
  const { removedUntil, commits } = storedIn(metadata);
  const others = commits.filter(({ id }) => id !== added.id);
  const gone = others.filter((commit, index) => mayGo(commit, others.length - index));
  const stored: Stored = {
    removedUntil: gone.reduce((most, { announced }) => Math.max(most, announced), removedUntil),
    commits: [
      ...others.filter((commit) => !gone.includes(commit)),
      { ...added, sequence: Number(metadata['last-sequence-number']) + 1 },
    ],
  };
  return { [RECENT_COMMITS]: stateText(stored) };
}

/** A rollback changes no properties. Its snapshots are no longer in the table's history. */
function wasRolledBack(metadata: TableMetadata, { id, sequence }: RecentCommit): boolean {
  return (
    metadata.snapshots.some(
      (snapshot) => snapshot['sequence-number'] === BigInt(sequence) && snapshot.summary[COMMIT_ID] === id,
    ) && findCommit(metadata, id) === undefined
  );
}
