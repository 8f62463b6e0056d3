/**
 * A day's plan survives its workflow: a backfill that is started again after it was cancelled or terminated continues the
 * day's last plan, so that no finished batch or chunk is read again. Objects delivered since then belong to the next plan.
 */
import { isDeepStrictEqual } from 'node:util';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { withoutHeaders } from '../iceberg/catalog-settings.js';
import type { PlanDayInput } from '../protocol/activities.js';
import type { DayPlan } from '../protocol/messages.js';
import { type RunConfig, splitRef } from '../run/config.js';
import { RUN_CONFIG } from '../run/config-schema.js';
import type { RunContext } from '../run/context.js';
import { LedgerCommits } from '../run/ledger-commits.js';
import { commitId, outdatedBy } from '../run/plan-state.js';
import {
  type BatchSize,
  type Purpose,
  REMEMBERED_PLAN,
  type RememberedPlan,
  readIfUsable,
  rememberedKey,
} from '../run/remembered-plan.js';
import { readWork, writeWork } from '../run/versioned.js';
import { batchKey } from '../run/work-keys.js';

function purposeOf({ config, filter, retryQuarantined, reprocess, groupBatches }: PlanDayInput): Purpose {
  return { config, filter, retryQuarantined: retryQuarantined === true, reprocess, groupBatches };
}

/** Tests whether a plan was made for the same bucket, tables, filter and files to read again, so that it can be continued. */
async function isSamePurpose({ config, warehouse }: RunContext, before: Purpose, now: Purpose): Promise<boolean> {
  if (!isSameJson({ ...before, config: '' }, { ...now, config: '' })) return false;
  if (before.config === now.config) return true;
  const place = splitRef(before.config);
  if (place === undefined) return false;
  // The same configuration has a different address if another version wrote it.
  const old = await readIfUsable(readWork(warehouse, place.key, RUN_CONFIG));
  return old !== undefined && isSameJson(withoutSecrets(old), withoutSecrets(config));
}

const withoutSecrets = (config: RunConfig): RunConfig => ({ ...config, catalog: withoutHeaders(config.catalog) });

/** Compares two values as JSON, so an undefined property equals an absent one. */
function isSameJson<T>(a: T, b: T): boolean {
  const [one, other]: unknown[] = [a, b].map((value) => JSON.parse(JSON.stringify(value)));
  return isDeepStrictEqual(one, other);
}

/** Stores the plan as the day's last one. */
export async function rememberPlan(
  context: RunContext,
  input: PlanDayInput,
  plan: DayPlan,
  batches: readonly BatchSize[],
  signal: AbortSignal,
): Promise<void> {
  const remembered: RememberedPlan = { plan, purpose: purposeOf(input), batches };
  await writeWork(
    context.warehouse,
    rememberedKey(context.config.source, input.day),
    REMEMBERED_PLAN,
    remembered,
    signal,
  );
}

/** Returns the rest of the day's last plan; `undefined` if nothing is left of it, or if it must not be continued. */
export async function unfinishedPlan(
  context: RunContext,
  input: PlanDayInput,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<DayPlan | undefined> {
  const key = rememberedKey(context.config.source, input.day);
  const remembered = await readIfUsable(readWork(context.warehouse, key, REMEMBERED_PLAN, signal));
  if (remembered === undefined) return undefined;
  if (!(await isSamePurpose(context, remembered.purpose, purposeOf(input)))) return undefined;
  const { plan, batches } = remembered;
  const commits = LedgerCommits.of(ledger);
  const based = { plan: plan.id, day: input.day, since: BigInt(plan.ledgerSequence) };
  // If the plan is not outdated, the snapshots of all its commits still exist.
  if (outdatedBy(ledger, based) !== undefined) return undefined;
  const groups = Math.ceil(batches.length / input.groupBatches);
  let nextGroup = 0;
  while (nextGroup < groups && commits.stateOf(commitId(plan.id, nextGroup)).is === 'finished') nextGroup++;
  if (nextGroup === groups) return undefined;
  const order = plan.order ?? [...batches.keys()];
  const left = order.slice(nextGroup * input.groupBatches);
  if (!(await exists(context, batchKey(plan.address, left[0]), signal))) return undefined;
  const sum = (of: 'files' | 'bytes'): number => left.reduce((total, index) => total + batches[index][of], 0);
  return { ...plan, nextGroup, resumed: true, files: sum('files'), bytes: sum('bytes') };
}

/** Tests whether an object exists: the work area may have been cleaned up. */
async function exists({ warehouse }: RunContext, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await warehouse.head(key, { signal });
    return true;
  } catch (error) {
    if (error instanceof ObjectNotFound) return false;
    throw error;
  }
}
