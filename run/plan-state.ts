/**
 * What the ledger proves about plans. A plan is no longer used if none of its commits is open, and none can be announced
 * again: all of them are in the ledger, or another plan of the day has announced one since, or it is unknown because snapshots
 * of the time since have been expired (see `outdatedBy`). All this remains true, whatever runs, is paused or is continued, so
 * the objects of such a plan can be removed.
 */
import { Damaged, PlanOutdated } from '../errors/index.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf } from './config.js';
import type { RunContext } from './context.js';
import { type Ledger, LedgerCommits } from './ledger-commits.js';
import { ANNOUNCED, DELIVERY_DAY, RUN } from './summary-keys.js';
import { ownerOf, type PlanPlace, planPlaceOf } from './work-keys.js';

/** Returns the id of a commit: plan id and group number. With `''`, returns the common prefix of the plan's commit ids. */
export function commitId(plan: string, group: number | ''): string {
  return `${plan}/${group}`;
}

/** The plan id that a commit id starts with. */
export const planOfCommit = (id: string): string => id.slice(0, id.lastIndexOf('/'));

/** A plan of a day, and the sequence number of the ledger that it is based on. */
interface BasedPlan {
  plan: string;
  day: string;
  since: bigint;
}

/**
 * Returns the reason why no further commit of a plan may be announced, for messages; `undefined` if it may. Another plan of
 * the day has announced a commit after `since`; or a snapshot since then has expired, so that it is unknown whether another
 * plan has, and which commits of this one are finished. In both cases the day has to be planned again, from the ledger's rows.
 */
export function outdatedBy(ledger: Ledger, based: BasedPlan): string | undefined {
  const { day, since } = based;
  const run = otherRun(ledger, based);
  if (run !== undefined) return `Another run has committed files of ${day} since the day was planned (${run}).`;
  if (since >= LedgerCommits.of(ledger).unknownUntil) return undefined;
  return `Snapshots of the ledger that are newer than the plan of ${day} have expired, so it is unknown what has been committed since.`;
}

/** Returns the run of a commit of the day by another plan that was announced after `since`, if its snapshots still exist. */
function otherRun({ metadata }: Ledger, { plan, day, since }: BasedPlan): string | undefined {
  for (const { summary, 'sequence-number': sequence } of ancestors(metadata)) {
    if (sequence <= since) return undefined;
    const id = summary[COMMIT_ID];
    if (id !== undefined && summary[DELIVERY_DAY] === day && !id.startsWith(commitId(plan, '')))
      return summary[RUN] ?? 'unknown';
  }
  return undefined;
}

/** What the ledger's snapshots contain about a plan. */
interface Trace {
  /** Sequence number of its first snapshot: when it was planned, the ledger's was lower. */
  first: bigint;
  day: string | undefined;
}

/** The plans that have commits in a version of the ledger. */
export class LedgerPlans {
  private readonly commits: LedgerCommits;
  private readonly traces = new Map<string, Trace>();
  /** Ids of plans with a commit that is announced and not in the ledger yet. */
  private readonly open: ReadonlySet<string>;
  private readonly owner: string;

  constructor(
    private readonly ledger: Ledger,
    source: string,
  ) {
    this.owner = ownerOf(source, ledger);
    this.commits = LedgerCommits.of(ledger);
    this.open = new Set(this.commits.open.map(({ id }) => planOfCommit(id)));
    // Newest first, so that the last one is the plan's first.
    for (const { summary, 'sequence-number': first } of ancestors(ledger.metadata)) {
      const name = summary[COMMIT_ID];
      if (name === undefined) continue;
      const id = name.endsWith(ANNOUNCED) ? name.slice(0, -ANNOUNCED.length) : name;
      this.traces.set(planOfCommit(id), { first, day: summary[DELIVERY_DAY] });
    }
  }

  /**
   * Whether it is proven that the objects of a plan are not needed.
   * @param groups the number of its groups, if known
   */
  isUnused(plan: PlanPlace, groups = 0): boolean {
    const trace = this.traces.get(plan.id);
    if (this.open.has(plan.id) || (plan.owner !== undefined && plan.owner !== this.owner)) return false;
    // Without its owner in the address, only its commits show that it is a plan of this ledger.
    if (plan.owner === undefined && trace === undefined) return this.wasSuperseded(plan.id);
    if (groups > 0 && this.countCommitted(plan.id, groups) === groups) return true;
    // Not `unknownUntil`: a worker that loaded the ledger before snapshots were expired could still announce and complete a
    // commit.
    if (plan.since !== undefined && plan.since < this.commits.surelyUnknownUntil) return true;
    const day = plan.day ?? trace?.day;
    const since = plan.since ?? trace?.first;
    if (day === undefined || since === undefined) return false;
    return otherRun(this.ledger, { plan: plan.id, day, since }) !== undefined;
  }

  /** Whether a plan of this ledger has lost its batches: they are removed first, so its removal has begun. */
  isHalfRemoved({ id, owner }: PlanPlace, hasBatches: boolean): boolean {
    const isOurs = owner === undefined ? this.traces.has(id) : owner === this.owner;
    return isOurs && !hasBatches && !this.open.has(id);
  }

  /** Whether a plan was left behind: it cannot continue, or it has commits, although its batches may be gone. */
  hasMovedOn(plan: PlanPlace): boolean {
    return this.traces.has(plan.id) || this.isUnused(plan);
  }

  private countCommitted(plan: string, groups: number): number {
    let count = 0;
    while (count < groups && this.commits.stateOf(commitId(plan, count)).is === 'finished') count++;
    return count;
  }

  /**
   * Whether the same execution of the day's workflow has committed a later plan: attempts of its activity run one after the
   * other.
   */
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
 * Explains that an object of a plan is gone. If the ledger shows that the plan was left behind, it has been removed, and the
 * error is `PlanOutdated`: the day is planned again. In all other cases, it is the given error.
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
  const why = day === undefined || since === undefined ? undefined : outdatedBy(ledger, { plan: id, day, since });
  if (why === undefined && !new LedgerPlans(ledger, config.source).hasMovedOn(plan)) return error;
  const message = `${why ?? 'Another run has finished the plan of the day.'} The plan is removed.`;
  return new PlanOutdated(message, undefined, { cause: error });
}
