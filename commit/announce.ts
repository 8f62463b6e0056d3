/** The announcement of a commit in the ledger, and what is known about announced commits. */
import { PlanOutdated } from '../errors/index.js';
import { appendManifests } from '../iceberg/append.js';
import type { FoundCommit } from '../iceberg/commit-snapshot.js';
import { identifierOf } from '../run/config.js';
import type { RunContext } from '../run/context.js';
import { type CommitState, type Ledger, LedgerCommits } from '../run/ledger-commits.js';
import { outdatedBy, planOfCommit } from '../run/plan-state.js';
import { ANNOUNCED, COMMIT_ADDRESS, DELIVERY_DAY, RUN } from '../run/summary-keys.js';
import type { GroupCommit } from '../run/work-area.js';

/**
 * A commit must not be announced while certain other commits are open: they have to be completed first. A commit that replaces
 * rows must be the only open one, because it changes ledger rows of files of other commits.
 */
export class OthersOpen extends Error {
  override readonly name = 'OthersOpen';

  /** @param addresses keys of their descriptions, oldest first */
  constructor(readonly addresses: readonly string[]) {
    super(`Other commits have to be completed first: ${addresses.join(', ')}`);
  }
}

/** A commit to apply. */
export interface Announced {
  group: GroupCommit;
  /** Sequence number of the announcement. */
  announced: bigint;
  /** A version of the ledger that has the announcement, or the one before. */
  commits: LedgerCommits;
  /** For all snapshots of the commit. */
  summary: Record<string, string>;
}

/**
 * Announces a commit in the ledger. From then on it will be completed, by this worker or another, whatever snapshots are
 * expired. Two runs can work on the same day (the activity of a terminated workflow runs until its next heartbeat, or the runs
 * are on different Temporal servers): only one of them can announce its commit, and the other plans again. A commit that an
 * earlier version announced is announced again, so that it is in the ledger's property.
 * @param address key of the description
 * @param since sequence number of the ledger that the plan is based on; absent if the commit is announced in the ledger
 * @returns `undefined` if the commit is in the ledger
 * @throws {@link OthersOpen}
 */
export async function announce(
  { catalog, config }: RunContext,
  group: GroupCommit,
  address: string,
  since?: bigint,
  signal?: AbortSignal,
): Promise<Announced | undefined> {
  const { id, day, replaces } = group;
  const summary = {
    [COMMIT_ADDRESS]: address,
    [RUN]: group.run,
    'trailmill.source': config.source,
    [DELIVERY_DAY]: day,
  };
  let seen: Seen | undefined;
  const { sequenceNumber: announced } = await appendManifests({
    catalog,
    identifier: identifierOf(config, 'ledger'),
    commitId: `${id}${ANNOUNCED}`,
    manifests: [],
    allowEmpty: true,
    summary,
    find: (ledger) => {
      const commits = LedgerCommits.of(ledger);
      const state = commits.stateOf(id);
      seen = { commits, state };
      if (state.is === 'open') return state.commit.isRecorded ? found(state.commit.announced) : undefined;
      return state.is === 'finished' || since === undefined ? found(null) : undefined;
    },
    prepare: async (ledger) => {
      const { commits, state } = seen as Seen;
      const based = { plan: planOfCommit(id), day, since: since ?? 0n };
      const why = state.is === 'open' ? undefined : outdatedBy(ledger, based);
      if (why !== undefined) throw new PlanOutdated(why);
      const others = state.is === 'open' ? [] : commits.open.filter((one) => replaces || one.replaces);
      if (others.length > 0) throw new OthersOpen(others.map((one) => one.address));
      return { properties: commits.withOpen({ id, address, day, ...(replaces ? { replaces } : {}) }) };
    },
    signal,
  });
  if (seen === undefined || announced === null) return undefined;
  return { group, announced, commits: (seen as Seen).commits, summary };
}

/**
 * Updates the ledger's property if a worker of an earlier version has completed a commit that is open there, and the commit's
 * snapshot has not been expired yet. Returns whether that was necessary.
 */
export async function recordFinished(
  { catalog, config }: RunContext,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!LedgerCommits.of(ledger).isBehind) return false;
  await appendManifests({
    catalog,
    identifier: identifierOf(config, 'ledger'),
    commitId: `property/${ledger.metadata['last-sequence-number']}`,
    manifests: [],
    allowEmpty: true,
    find: (now) => (LedgerCommits.of(now).isBehind ? undefined : found(null)),
    prepare: async (now) => ({ properties: LedgerCommits.of(now).withoutOpen() }),
    signal,
  });
  return true;
}

/** The commits in the ledger version that an attempt is based on, and the state of this one. */
interface Seen {
  commits: LedgerCommits;
  state: CommitState;
}

/** @param sequenceNumber of the announcement; `null` if the commit is in the ledger */
function found(sequenceNumber: bigint | null): FoundCommit {
  return { snapshotId: null, sequenceNumber, summary: {} };
}
