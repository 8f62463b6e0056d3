/**
 * A day's plan survives its workflow: a backfill that is started again after it was cancelled or terminated continues the
 * day's last plan, so that no finished batch or chunk is read again. Objects delivered since then belong to the next plan.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { commitId, isOutdated } from '../commit/commit.js';
import { ObjectNotFound, TableUnusable } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { withoutHeaders } from '../iceberg/catalog-settings.js';
import { findCommit } from '../iceberg/snapshot.js';
import type { PlanDayInput } from '../protocol/activities.js';
import type { DayPlan, RunConfigRef, SourceFilter } from '../protocol/messages.js';
import { type RunConfig, splitRef } from '../run/config.js';
import { RUN_CONFIG } from '../run/config-schema.js';
import type { RunContext } from '../run/context.js';
import { dayPlan, sourceFilter } from '../run/schemas.js';
import { type Members, parsed, readWork, workKind, writeWork } from '../run/versioned.js';
import { batchKey, WORK_AREA } from '../run/work-area.js';

/** The size of a batch. */
export interface BatchSize {
  files: number;
  /** Stored bytes. */
  bytes: number;
  /** The account of all its files; absent if they belong to several accounts. */
  account?: string;
}

/** What a plan was made for. */
interface Purpose {
  /** Address of the run configuration. */
  config: RunConfigRef;
  filter: SourceFilter;
  retryQuarantined: boolean;
  groupBatches: number;
}

interface RememberedPlan {
  plan: DayPlan;
  purpose: Purpose;
  batches: readonly BatchSize[];
}

const purpose: z.ZodType<Purpose> = z.object({
  config: z.string(),
  filter: sourceFilter,
  retryQuarantined: z.boolean(),
  groupBatches: z.number(),
} satisfies Members<Purpose>);

const batchSize: z.ZodType<BatchSize> = z.object({
  files: z.number(),
  bytes: z.number(),
  account: z.string().optional(),
} satisfies Members<BatchSize>);

const MEMBERS = { plan: dayPlan, purpose, batches: z.array(batchSize) } satisfies Members<RememberedPlan>;

/** In format 0, the purpose is a string that contains JSON. */
const format0 = z.object({ ...MEMBERS, purpose: z.string() });

/** The last plan of a delivery day. In format 2 its batches may be of format 2, so that earlier versions plan the day anew. */
export const REMEMBERED_PLAN = workKind<RememberedPlan>('remembered plan', z.object(MEMBERS), {
  convert: (value) => {
    const remembered = parsed(format0, value);
    return { ...remembered, purpose: parsed(purpose, JSON.parse(remembered.purpose)) };
  },
  newest: 2,
});

const rememberedKey = ({ config }: RunContext, day: string): string => `${WORK_AREA}/days/${config.source}/${day}.json`;

function purposeOf({ config, filter, retryQuarantined, groupBatches }: PlanDayInput): Purpose {
  return { config, filter, retryQuarantined: retryQuarantined === true, groupBatches };
}

/** Tests whether a plan was made for the same bucket, tables and filter, so that it can be continued. */
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
  await writeWork(context.warehouse, rememberedKey(context, input.day), REMEMBERED_PLAN, remembered, signal);
}

/** Returns the rest of the day's last plan; `undefined` if nothing is left of it, or if it must not be continued. */
export async function unfinishedPlan(
  context: RunContext,
  input: PlanDayInput,
  ledger: LoadedTable,
  signal: AbortSignal,
): Promise<DayPlan | undefined> {
  const key = rememberedKey(context, input.day);
  const remembered = await readIfUsable(readWork(context.warehouse, key, REMEMBERED_PLAN, signal));
  if (remembered === undefined) return undefined;
  if (!(await isSamePurpose(context, remembered.purpose, purposeOf(input)))) return undefined;
  const { plan, batches } = remembered;
  if (isOutdated(ledger, { plan: plan.id, day: input.day, since: BigInt(plan.ledgerSequence) })) return undefined;
  const groups = Math.ceil(batches.length / input.groupBatches);
  let nextGroup = 0;
  while (nextGroup < groups && findCommit(ledger.metadata, commitId(plan.id, nextGroup))) nextGroup++;
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

/**
 * Remembered plans only save work. One that cannot be read (an incomplete write) or that a newer version wrote is treated as
 * absent, and the day is planned from scratch.
 */
async function readIfUsable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof TableUnusable) return undefined;
    throw error;
  }
}
