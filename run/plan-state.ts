/**
 * What the ledger proves about plans. A plan is not used any more when none of its commits can be announced again: all of them
 * are in the ledger, or another plan of the day has announced one since (see `isOutdated`). Both stay true for ever, whatever
 * runs, is paused or is continued, so the objects of such a plan can be removed.
 */
import { Damaged, PlanOutdated } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf } from './config.js';
import type { RunContext } from './context.js';
import { ANNOUNCED, DELIVERY_DAY, RUN } from './summary-keys.js';
import { ownerOf, type PlanPlace, planPlaceOf } from './work-area.js';

type Ledger = Pick<LoadedTable, 'metadata'>;

/** Returns the id of a commit: plan id and group number. With `''`, returns the common prefix of the plan's commit ids. */
export function commitId(plan: string, group: number | ''): string {
  return `${plan}/${group}`;
}

/** The plan id that a commit id starts with. */
export const planOfCommit = (id: string): string => id.slice(0, id.lastIndexOf('/'));

/**
 * Looks for a commit of the day by another plan, announced after `since`. Returns the run of that commit, or
 * `undefined`.
 */
export function isOutdated(
  { metadata }: Ledger,
  { plan, day, since }: { plan: string; day: string; since: bigint },
): string | undefined {
  for (const { summary, 'sequence-number': sequence } of ancestors(metadata)) {
    if (sequence <= since) return undefined;
    const id = summary[COMMIT_ID];
    if (id !== undefined && summary[DELIVERY_DAY] === day && !id.startsWith(commitId(plan, '')))
      return summary[RUN] ?? 'unknown';
  }
  return undefined;
}

/** What the ledger has of a plan. */
interface Trace {
  /** Sequence number of its first snapshot: when it was planned, the ledger was behind this. */
  first: bigint;
  day: string | undefined;
  /** A commit is announced and not in the ledger yet. */
  isOpen: boolean;
}

/** The plans that have commits in a version of the ledger. */
export class LedgerPlans {
  private readonly commits = new Set<string>();
  private readonly traces = new Map<string, Trace>();
  private readonly owner: string;

  constructor(
    private readonly ledger: Ledger,
    source: string,
  ) {
    this.owner = ownerOf(source, ledger);
    // Newest first, so that the end of a commit comes before its announcement.
    for (const { summary, 'sequence-number': first } of ancestors(ledger.metadata)) {
      const name = summary[COMMIT_ID];
      if (name === undefined) continue;
      const isAnnounced = name.endsWith(ANNOUNCED);
      const id = isAnnounced ? name.slice(0, -ANNOUNCED.length) : name;
      if (!isAnnounced) this.commits.add(id);
      const plan = planOfCommit(id);
      const isOpen = this.traces.get(plan)?.isOpen === true || (isAnnounced && !this.commits.has(id));
      this.traces.set(plan, { first, day: summary[DELIVERY_DAY], isOpen });
    }
  }

  /**
   * Whether it is proved that nobody needs the objects of a plan.
   * @param groups the number of its groups, if known
   */
  isUnused(plan: PlanPlace, groups = 0): boolean {
    const trace = this.traces.get(plan.id);
    if (trace?.isOpen || (plan.owner !== undefined && plan.owner !== this.owner)) return false;
    // Without its owner in the address, only its commits say that it is a plan of this ledger.
    if (plan.owner === undefined && trace === undefined) return this.wasSuperseded(plan.id);
    if (groups > 0 && this.countCommitted(plan.id, groups) === groups) return true;
    const day = plan.day ?? trace?.day;
    const since = plan.since ?? trace?.first;
    return (
      day !== undefined && since !== undefined && isOutdated(this.ledger, { plan: plan.id, day, since }) !== undefined
    );
  }

  /** Whether a plan of this ledger has lost its batches: they are removed first, so its removal was begun. */
  isHalfRemoved({ id, owner }: PlanPlace, hasBatches: boolean): boolean {
    const trace = this.traces.get(id);
    const isOurs = owner === undefined ? trace !== undefined : owner === this.owner;
    return isOurs && !hasBatches && trace?.isOpen !== true;
  }

  /** Whether a plan was left behind: it cannot go on, or has gone on without its batches. */
  hasMovedOn(plan: PlanPlace): boolean {
    return this.traces.has(plan.id) || this.isUnused(plan);
  }

  private countCommitted(plan: string, groups: number): number {
    let count = 0;
    while (count < groups && this.commits.has(commitId(plan, count))) count++;
    return count;
  }

  /** Whether the same execution of the day's workflow has committed a later plan: attempts of its activity come one after the other. */
  private wasSuperseded(id: string): boolean {
    const plan = executionOf(id);
    if (plan === undefined) return false;
    for (const other of this.traces.keys()) {
      const later = executionOf(other);
      if (later?.execution !== plan.execution) continue;
      if (later.activity > plan.activity || (later.activity === plan.activity && later.attempt > plan.attempt))
        return true;
    }
    return false;
  }
}

function executionOf(plan: string): { execution: string; activity: number; attempt: number } | undefined {
  const [, execution, activity, attempt] = /^([0-9a-f-]{36})-(\d+)-(\d+)$/.exec(plan) ?? [];
  return execution === undefined ? undefined : { execution, activity: Number(activity), attempt: Number(attempt) };
}

/**
 * Explains that an object of a plan is gone. If the ledger says that the plan was left behind, it has been removed, and the
 * error is `PlanOutdated`: the day is planned again. Otherwise it is the given error, and so it is for any other error.
 */
export async function explainGone(
  { catalog, config }: Pick<RunContext, 'catalog' | 'config'>,
  address: string,
  error: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof Damaged) || error.how !== 'gone' || !error.path.includes(`/${address}/`)) return error;
  const plan = planPlaceOf(address);
  const ledger = await catalog.loadTable(identifierOf(config, 'ledger'), signal);
  if (plan === undefined || ledger === undefined) return error;
  const { id, day, since } = plan;
  const by = day === undefined || since === undefined ? undefined : isOutdated(ledger, { plan: id, day, since });
  if (by === undefined && !new LedgerPlans(ledger, config.source).hasMovedOn(plan)) return error;
  const why = by === undefined ? 'Another run has finished the plan of the day.' : outdatedMessage(String(day), by);
  return new PlanOutdated(`${why} The plan is removed.`, undefined, { cause: error });
}

/** @param by the run of the other commit */
export function outdatedMessage(day: string, by: string): string {
  return `Another run has committed files of ${day} since the day was planned (${by}).`;
}
