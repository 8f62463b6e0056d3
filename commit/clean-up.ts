/**
 * Removes what finished runs leave in the work area: the plans whose commits are all in the ledger, or can never be made.
 * run/plan-state.ts proves that. Everything else stays, so a run that is in progress, paused or to be continued, and a commit
 * that is only announced, keep what they need.
 *
 * A failed removal does not fail the run. The start of the source's next run finds what remains of a run that died, of an
 * earlier version, or because a removal failed.
 */
import { StorageAccessDenied } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { identifierOf } from '../run/config.js';
import type { RunContext } from '../run/context.js';
import { LedgerPlans } from '../run/plan-state.js';
import { REMEMBERED_PLAN, readIfUsable, rememberedKey, rememberedPrefix } from '../run/remembered-plan.js';
import { readWork } from '../run/versioned.js';
import { dayOfPlans, isBatchKey, PLANS, type PlanPlace, planPlaceOf } from '../run/work-keys.js';
import { readAhead } from '../storage/concurrency.js';

/** Keys that are deleted with one call: the maximum for a request to S3. */
const KEYS_AT_ONCE = 1_000;

/** Remembered plans that are read at once: after an upgrade, there is one for each day that was ever ingested. */
const READ_AT_ONCE = 16;

/** Milliseconds after which the removal stops, so that a large or slow work area delays no run. The next run continues. */
const MAX_MS = 10_000;

/** The last group of a plan, which is committed. */
interface Finished {
  /** Address of the plan. */
  plan: string;
  day: string;
  /** The number of its groups. */
  groups: number;
}

/** Removes a plan after its last group is committed, and the leftovers of other plans of the day. */
export async function removePlan(
  context: RunContext,
  { plan: address, day, groups }: Finished,
  signal: AbortSignal,
): Promise<void> {
  await withoutFailing(context, signal, async (removal) => {
    const plan = planPlaceOf(address);
    if (plan === undefined || !removal.isUnused(plan, groups)) return;
    const key = rememberedKey(context.config.source, day);
    await removal.look(key);
    await removal.removePlans(plan.owner === undefined ? `${address}/` : dayOfPlans(plan.owner, day));
    await removal.forget(key);
  });
}

/**
 * Removes the leftovers of earlier runs of the source, of all days, and reports the removal.
 * @param ledger in its current version, if it is loaded
 */
export async function removeLeftovers(context: RunContext, ledger?: LoadedTable, signal?: AbortSignal): Promise<void> {
  const remove = async (removal: Removal): Promise<void> => {
    await removal.removeAll();
    if (removal.removed > 0) context.report?.({ what: 'leftovers removed', objects: removal.removed });
  };
  await withoutFailing(context, signal, remove, ledger);
}

/**
 * Removes the same as {@link removeLeftovers}, without a time limit, and throws what the stores throw. Returns the number of
 * objects; with `dryRun`, nothing is removed.
 */
export async function removeUnusedPlans(context: RunContext, dryRun: boolean, signal: AbortSignal): Promise<number> {
  const { catalog, config } = context;
  const ledger = await catalog.loadTable(identifierOf(config, 'ledger'), signal);
  if (ledger === undefined) return 0;
  const removal = new Removal(context, new LedgerPlans(ledger, config.source), signal, dryRun);
  await removal.removeAll();
  return removal.removed;
}

class Removal {
  removed = 0;
  /** The number of groups of remembered plans, by their addresses. */
  private readonly groups = new Map<string, number>();

  constructor(
    private readonly context: RunContext,
    private readonly plans: LedgerPlans,
    readonly signal: AbortSignal,
    private readonly dryRun = false,
  ) {}

  /** Removes all unused plans of the source, and those of its remembered plans that are unused. */
  async removeAll(): Promise<void> {
    const { config, warehouse } = this.context;
    const remembered: string[] = [];
    for await (const { objects } of warehouse.list(rememberedPrefix(config.source), { signal: this.signal }))
      remembered.push(...objects.map(({ key }) => key));
    const unused = readAhead(remembered, READ_AT_ONCE, async (key) => ({ key, isUnused: await this.look(key) }));
    const forgotten: string[] = [];
    for await (const { key, isUnused } of unused) if (isUnused) forgotten.push(key);
    await this.removePlans(PLANS);
    // Last, because they contain the number of groups of a plan, without which a finished plan might not be recognized as
    // finished.
    await this.delete(forgotten);
  }

  isUnused(plan: PlanPlace, groups = this.groups.get(plan.address)): boolean {
    if (groups !== undefined) this.groups.set(plan.address, groups);
    return this.plans.isUnused(plan, groups);
  }

  /** Reads a remembered plan, records its number of groups, and returns whether it is unused. */
  async look(key: string): Promise<boolean> {
    const { warehouse } = this.context;
    const remembered = await readIfUsable(readWork(warehouse, key, REMEMBERED_PLAN, this.signal));
    const plan = remembered && planPlaceOf(remembered.plan.address);
    if (remembered === undefined || plan === undefined) return false;
    const groups = Math.ceil(remembered.batches.length / remembered.purpose.groupBatches);
    return this.isUnused(plan, this.groups.get(plan.address) ?? groups);
  }

  /**
   * Deletes a remembered plan if it is unused. Between the check and the deletion, another run may have stored its own plan
   * under the key; that plan is then not continued if its run ends early, and the day is planned again.
   */
  async forget(key: string): Promise<void> {
    if (await this.look(key)) await this.delete([key]);
  }

  /** Deletes all objects of the unused plans below a prefix. A listing has the batches of a plan first, so they go first. */
  async removePlans(prefix: string): Promise<void> {
    let plan: PlanPlace | undefined;
    let keys: string[] = [];
    let unused: string[] = [];
    const endPlan = async (): Promise<void> => {
      if (plan !== undefined && this.mayGo(plan, keys)) unused = unused.concat(keys);
      keys = [];
      if (unused.length < KEYS_AT_ONCE) return;
      await this.delete(unused);
      unused = [];
    };
    for await (const { objects } of this.context.warehouse.list(prefix, { signal: this.signal })) {
      for (const { key } of objects) {
        const of = planPlaceOf(key);
        if (of?.address !== plan?.address) await endPlan();
        plan = of;
        keys.push(key);
      }
    }
    await endPlan();
    await this.delete(unused);
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE);
      if (!this.dryRun) await this.context.warehouse.deleteAll(some, { signal: this.signal });
      this.removed += some.length;
    }
  }

  private mayGo(plan: PlanPlace, keys: readonly string[]): boolean {
    if (this.isUnused(plan)) return true;
    // While a plan is remembered, its parts are not removed: missing parts are damage.
    return !this.groups.has(plan.address) && this.plans.isHalfRemoved(plan, keys.some(isBatchKey));
  }
}

/** Runs that have reported that they are not allowed to delete: once is enough. */
const denied = new WeakSet<RunContext>();

async function withoutFailing(
  context: RunContext,
  signal: AbortSignal | undefined,
  remove: (removal: Removal) => Promise<void>,
  known?: LoadedTable,
): Promise<void> {
  const { catalog, config, report } = context;
  const timeout = AbortSignal.timeout(MAX_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const ledger = known ?? (await catalog.loadTable(identifierOf(config, 'ledger'), either));
    if (ledger === undefined) return;
    await remove(new Removal(context, new LedgerPlans(ledger, config.source), either));
  } catch (error) {
    if (either.aborted) return;
    if (error instanceof StorageAccessDenied) {
      if (denied.has(context)) return;
      denied.add(context);
    }
    report?.({ what: 'leftovers stay', error });
  }
}
