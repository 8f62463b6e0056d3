/**
 * A day's plan outlives the workflow that made it: when a backfill is started again after it was cancelled or terminated, the
 * day goes on with the plan that it had, so that no batch, and no chunk of one, that is written out is read again. What
 * came to the bucket since is the next plan's.
 */
import { Damaged, ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { findCommit } from '../iceberg/snapshot.js';
import type { DayPlan } from '../workflows/messages.js';
import { commitId, isOutdated } from './commit.js';
import type { PlanDayInput } from './plan-day.js';
import type { RunContext } from './run-context.js';
import { batchKey, readJson, WORK_AREA, writeJson } from './work-area.js';

export interface BatchSize {
  files: number;
  /** As stored. */
  bytes: number;
  /** Whose files they all are; absent where they are of several. */
  account?: string;
}

interface RememberedPlan {
  plan: DayPlan;
  /** What the plan was made for: see {@link purposeOf}. */
  purpose: string;
  batches: readonly BatchSize[];
}

const rememberedKey = ({ config }: RunContext, day: string): string => `${WORK_AREA}/days/${config.source}/${day}.json`;

/** A plan for another bucket, other tables or another filter is no use. */
function purposeOf({ config, filter, retryQuarantined, groupBatches }: PlanDayInput): string {
  return JSON.stringify({ config, filter, retryQuarantined: retryQuarantined === true, groupBatches });
}

/** Makes the plan the one that the next run over the day may go on with. */
export async function rememberPlan(
  context: RunContext,
  input: PlanDayInput,
  plan: DayPlan,
  batches: readonly BatchSize[],
  signal: AbortSignal,
): Promise<void> {
  const remembered: RememberedPlan = { plan, purpose: purposeOf(input), batches };
  await writeJson(context.warehouse, rememberedKey(context, input.day), remembered, signal);
}

/** The day's last plan with what is left of it; `undefined` when nothing is, and when it must not be gone on with. */
export async function unfinishedPlan(
  context: RunContext,
  input: PlanDayInput,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<DayPlan | undefined> {
  const remembered = await read(context, input.day, signal);
  if (remembered?.purpose !== purposeOf(input)) return undefined;
  const { plan, batches } = remembered;
  if (isOutdated(ledger, { plan: plan.id, day: input.day, since: BigInt(plan.ledgerSequence) })) return undefined;
  const groups = Math.ceil(batches.length / input.groupBatches);
  let nextGroup = 0;
  while (nextGroup < groups && findCommit(ledger.metadata, commitId(plan.id, nextGroup))) nextGroup++;
  if (nextGroup === groups) return undefined;
  const order = plan.order ?? [...batches.keys()];
  const left = order.slice(nextGroup * input.groupBatches);
  if (!(await isThere(context, batchKey(plan.address, left[0]), signal))) return undefined;
  const sum = (of: 'files' | 'bytes'): number => left.reduce((total, index) => total + batches[index][of], 0);
  return { ...plan, nextGroup, resumed: true, files: sum('files'), bytes: sum('bytes') };
}

/** Somebody may have cleaned the work area. */
async function isThere({ warehouse }: RunContext, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await warehouse.head(key, { signal });
    return true;
  } catch (error) {
    if (error instanceof ObjectNotFound) return false;
    throw error;
  }
}

async function read(context: RunContext, day: string, signal: AbortSignal): Promise<RememberedPlan | undefined> {
  try {
    return await readJson<RememberedPlan>(context.warehouse, rememberedKey(context, day), signal);
  } catch (error) {
    // It only saves work, so one that cannot be read (a write that was cut) is as good as none.
    if (error instanceof Damaged) return undefined;
    throw error;
  }
}
