/**
 * The state of commits in a version of the ledger: which are announced and not in the ledger yet, which are in it, and from
 * which point on its history is known. Snapshots show it as long as they exist, and the property `trailmill.open-commits`
 * permanently: the snapshot that announces a commit adds it, and the snapshot with its rows removes it. So a commit that was
 * announced, is not in the property, and no longer has another snapshot, is in the ledger.
 */
import { z } from 'zod';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { Snapshot, TableMetadata } from '../iceberg/metadata.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { ANNOUNCED, COMMIT_ADDRESS, DELIVERY_DAY, OPEN_COMMITS } from './summary-keys.js';
import { readState, stateText } from './table-state.js';
import type { Members } from './versioned.js';

/** A version of the ledger. */
export type Ledger = Pick<LoadedTable, 'metadata'>;

/** An announced commit without its rows in the ledger. */
export interface OpenCommit {
  id: string;
  /** Key of its `GroupCommit` in the work area. */
  address: string;
  /** Delivery day; absent if an early version has announced it. */
  day?: string;
  /** Sequence number of the ledger's snapshot that announces it. */
  announced: bigint;
  /** It replaces rows, so no other commit may be open at the same time. */
  replaces?: boolean;
  /** Whether the property has it. Commits that earlier versions announced are known only from snapshots until the next commit. */
  isRecorded: boolean;
}

/** The state of a commit in a version of the ledger. */
export type CommitState =
  | { is: 'open'; commit: OpenCommit }
  /** Without `snapshot`, the snapshot has been expired. */
  | { is: 'finished'; snapshot?: Snapshot }
  /** It was never announced, or its snapshots have been expired. */
  | { is: 'unknown' };

/** The property {@link OPEN_COMMITS}, as the newest commit of a version that supports it wrote it. */
interface Stored {
  /** The sequence number of that commit: all other commits that were announced up to then are finished. */
  recordedUntil: number;
  /** Snapshots up to this sequence number had been expired when that commit was made. */
  unknownUntil: number;
  commits: StoredCommit[];
}

interface StoredCommit extends Omit<OpenCommit, 'announced' | 'isRecorded'> {
  /** As a number: sequence numbers are far below 2^53. */
  announced: number;
}

const storedCommit: z.ZodType<StoredCommit> = z.object({
  id: z.string(),
  address: z.string(),
  day: z.string().optional(),
  announced: z.number(),
  replaces: z.boolean().optional(),
} satisfies Members<StoredCommit>);

/** While a commit that replaces rows is open: earlier versions, which would announce others at the same time, have to wait. */
const FORMAT_OF_REPLACING = 2;

const STORED: z.ZodType<Stored> = z.object({
  recordedUntil: z.number(),
  unknownUntil: z.number(),
  commits: z.array(storedCommit),
} satisfies Members<Stored>);

/** Metadata is immutable, and a commit needs this several times. */
const KNOWN = new WeakMap<TableMetadata, LedgerCommits>();

/** The commits of one version of the ledger. */
export class LedgerCommits {
  /** Oldest first, the order in which they were announced. */
  readonly open: readonly OpenCommit[];
  /**
   * No snapshot with a higher sequence number than this has been expired. Snapshots that were rolled back, or are on other
   * branches, have numbers of the same sequence.
   */
  readonly unknownUntil: bigint;
  /**
   * The same, at the time of a commit that is part of this version. Unlike an expiration, that commit makes commits based on
   * earlier versions fail, so every later commit takes this into account.
   */
  readonly surelyUnknownUntil: bigint;
  /** Whether the property has commits that are in the ledger: an earlier version does not remove the commits that it finishes. */
  readonly isBehind: boolean;
  private readonly finished = new Map<string, Snapshot>();
  /** Ids of commits with an announcement among the snapshots. */
  private readonly announced = new Set<string>();

  /** Throws `TableUnusable` if the property cannot be read. */
  static of({ metadata }: Ledger): LedgerCommits {
    const commits = KNOWN.get(metadata) ?? new LedgerCommits(metadata);
    KNOWN.set(metadata, commits);
    return commits;
  }

  private constructor(private readonly metadata: TableMetadata) {
    const stored = readState(metadata, OPEN_COMMITS, STORED, FORMAT_OF_REPLACING) ?? {
      recordedUntil: 0,
      unknownUntil: 0,
      commits: [],
    };
    const open = new Map<string, OpenCommit>();
    for (const { announced, ...commit } of stored.commits)
      open.set(commit.id, { ...commit, announced: BigInt(announced), isRecorded: true });
    for (const snapshot of ancestors(metadata)) {
      const { summary, 'sequence-number': announced } = snapshot;
      const name = summary[COMMIT_ID];
      if (name === undefined) continue;
      if (!name.endsWith(ANNOUNCED)) {
        if (!this.finished.has(name)) this.finished.set(name, snapshot);
        continue;
      }
      const id = name.slice(0, -ANNOUNCED.length);
      this.announced.add(id);
      const { [COMMIT_ADDRESS]: address, [DELIVERY_DAY]: day } = summary;
      if (announced <= BigInt(stored.recordedUntil) || open.has(id) || address === undefined) continue;
      open.set(id, { id, address, day, announced, isRecorded: false });
    }
    this.isBehind = stored.commits.some(({ id }) => this.finished.has(id));
    this.open = [...open.values()]
      .filter(({ id }) => !this.finished.has(id))
      .sort((one, two) => Number(one.announced - two.announced));
    this.surelyUnknownUntil = BigInt(stored.unknownUntil);
    this.unknownUntil = newestExpired(metadata, this.surelyUnknownUntil);
  }

  stateOf(id: string): CommitState {
    const snapshot = this.finished.get(id);
    if (snapshot !== undefined) return { is: 'finished', snapshot };
    const commit = this.open.find((one) => one.id === id);
    if (commit !== undefined) return { is: 'open', commit };
    return this.announced.has(id) ? { is: 'finished' } : { is: 'unknown' };
  }

  /**
   * Whether a commit with this announcement is proven to be in the ledger. That does not change later: no commit is announced
   * again.
   */
  isFinished(id: string, announced: bigint): boolean {
    return announced <= this.sequence && !this.open.some((one) => one.id === id);
  }

  /** The property after the next snapshot, which announces a commit. */
  withOpen(commit: Pick<OpenCommit, 'id' | 'address' | 'day' | 'replaces'>): Record<string, string> {
    return this.property(commit.id, [{ ...commit, announced: Number(this.sequence) + 1 }]);
  }

  /** The property after the next snapshot, which has the rows of a commit, if any. */
  withoutOpen(id = ''): Record<string, string> {
    return this.property(id, []);
  }

  private get sequence(): bigint {
    return this.metadata['last-sequence-number'];
  }

  private property(changed: string, added: readonly StoredCommit[]): Record<string, string> {
    const others = this.open.filter(({ id }) => id !== changed);
    const stored: Stored = {
      recordedUntil: Number(this.sequence) + 1,
      unknownUntil: Number(this.unknownUntil),
      commits: [
        ...others.map(({ isRecorded: _, announced, ...commit }) => ({ ...commit, announced: Number(announced) })),
        ...added,
      ],
    };
    const format = stored.commits.some(({ replaces }) => replaces) ? FORMAT_OF_REPLACING : undefined;
    return { [OPEN_COMMITS]: stateText(stored, format) };
  }
}

/** The highest sequence number above `from` without a snapshot; `from` if there is none. */
function newestExpired(metadata: TableMetadata, from: bigint): bigint {
  const numbers = new Set(metadata.snapshots.map((snapshot) => snapshot['sequence-number']));
  let number = metadata['last-sequence-number'];
  while (number > from && numbers.has(number)) number--;
  return number > from ? number : from;
}
