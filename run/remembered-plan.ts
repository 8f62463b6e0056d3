/** The last plan of each delivery day, which a later run may continue. */
import { z } from 'zod';
import { TableUnusable } from '../errors/index.js';
import type { DayPlan, RunConfigRef, SourceFilter } from '../protocol/messages.js';
import { REPROCESS_STATUSES, type Reprocess } from '../protocol/reprocess-messages.js';
import { dayPlan, sourceFilter } from './schemas.js';
import { type Members, parsed, workKind } from './versioned.js';
import { WORK_AREA } from './work-keys.js';

/** The size of a batch. */
export interface BatchSize {
  files: number;
  /** Stored bytes. */
  bytes: number;
  /** The account of all its files; absent if they belong to several accounts. */
  account?: string;
}

/** What a plan was made for. */
export interface Purpose {
  /** Address of the run configuration. */
  config: RunConfigRef;
  filter: SourceFilter;
  retryQuarantined: boolean;
  /** Absent: no files are read again. */
  reprocess?: Reprocess;
  groupBatches: number;
}

/** A plan, with everything needed to continue it. */
export interface RememberedPlan {
  plan: DayPlan;
  purpose: Purpose;
  batches: readonly BatchSize[];
}

const reprocess: z.ZodType<Reprocess> = z.object({
  status: z.enum(REPROCESS_STATUSES).optional(),
  keys: z.array(z.string()).optional(),
  olderThan: z.string().optional(),
} satisfies Members<Reprocess>);

const purpose: z.ZodType<Purpose> = z.object({
  config: z.string(),
  filter: sourceFilter,
  retryQuarantined: z.boolean(),
  reprocess: reprocess.optional(),
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

/**
 * The last plan of a delivery day. In format 2 its batches may be of format 2, so that earlier versions plan the day again; in
 * format 3 it reads files again.
 */
export const REMEMBERED_PLAN = workKind<RememberedPlan>('remembered plan', z.object(MEMBERS), {
  convert: (value) => {
    const remembered = parsed(format0, value);
    return { ...remembered, purpose: parsed(purpose, JSON.parse(remembered.purpose)) };
  },
  newest: 3,
  of: ({ purpose: { reprocess: again } }) => (again === undefined ? 2 : 3),
});

/** Key prefix of the remembered plans of a source. */
export const rememberedPrefix = (source: string): string => `${WORK_AREA}/days/${source}/`;

/** Key of the {@link RememberedPlan} of a delivery day; removed with the plan. */
export const rememberedKey = (source: string, day: string): string => `${rememberedPrefix(source)}${day}.json`;

/**
 * Remembered plans only save work. One that cannot be read (an incomplete write) or that a newer version wrote is treated as
 * absent, and the day is planned from scratch.
 */
export async function readIfUsable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof TableUnusable) return undefined;
    throw error;
  }
}
