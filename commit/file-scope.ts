/** Which data files can have events in common, by the bounds in their manifests. */
import { ACCOUNT_COLUMN, SECONDS_A_DAY, TIME_COLUMN } from '../cloudtrail/event-ids.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { fieldByName } from '../iceberg/schema.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';

const MICROS_A_SECOND = 1_000_000n;

/** The accounts and times of a data file's events, by its bounds. Bounds that are missing or unusable include everything. */
export interface FileScope {
  /** The seconds of the event day, from the first to the last. */
  first: number;
  last: number;
  /** The accounts that received the events, as UTF-8; absent if no event has one. */
  accounts?: { lower: Buffer | undefined; upper: Buffer | undefined };
  /** Some events may have no account, or an empty one. */
  mayLackAccount: boolean;
}

/** Ids of the fields that scopes are made from, in a table. */
export interface ScopeFields {
  time: string | undefined;
  account: string | undefined;
}

/** Returns the fields of a table's current schema: a field keeps its id when the schema changes. */
export function scopeFieldsOf({ metadata }: Pick<LoadedTable, 'metadata'>): ScopeFields {
  const idOf = (column: string): string | undefined => {
    const id = fieldByName(currentSchema(metadata), column)?.id;
    return id === undefined ? undefined : String(id);
  };
  return { time: idOf(TIME_COLUMN), account: idOf(ACCOUNT_COLUMN) };
}

/** Returns the scope of a data file. */
export function scopeOf(file: DataFile, { time, account }: ScopeFields): FileScope {
  const { lowerBounds, upperBounds, nullCounts, valueCounts } = file;
  const boundOf = (bounds: Record<string, string>, field: string | undefined): Buffer | undefined => {
    const text = field === undefined ? undefined : bounds[field];
    return text === undefined ? undefined : Buffer.from(text, 'base64');
  };
  const secondOf = (bound: Buffer | undefined): number | undefined =>
    bound?.length === 8 ? Number(floored(bound.readBigInt64LE())) - file.day * SECONDS_A_DAY : undefined;
  const nulls = account === undefined ? undefined : nullCounts[account];
  const values = account === undefined ? undefined : valueCounts[account];
  const lower = boundOf(lowerBounds, account);
  const upper = boundOf(upperBounds, account);
  const allNull = nulls !== undefined && nulls === values;
  return {
    first: secondOf(boundOf(lowerBounds, time)) ?? Number.NEGATIVE_INFINITY,
    last: secondOf(boundOf(upperBounds, time)) ?? Number.POSITIVE_INFINITY,
    accounts: allNull ? undefined : { lower, upper },
    mayLackAccount: nulls === undefined || nulls > 0 || lower === undefined || lower.length === 0,
  };
}

function floored(micros: bigint): bigint {
  const rest = micros % MICROS_A_SECOND;
  return (micros - rest) / MICROS_A_SECOND - (rest < 0n ? 1n : 0n);
}

/** Whether two files of an event day can have an event in common. */
export function mayShareEvents(one: FileScope, two: FileScope): boolean {
  if (one.first > two.last || two.first > one.last) return false;
  if (one.mayLackAccount && two.mayLackAccount) return true;
  if (one.accounts === undefined || two.accounts === undefined) return false;
  return isUpTo(one.accounts.lower, two.accounts.upper) && isUpTo(two.accounts.lower, one.accounts.upper);
}

/** Whether `lower <= upper`, in the order of UTF-8 bytes; true if one is unknown. */
function isUpTo(lower: Buffer | undefined, upper: Buffer | undefined): boolean {
  return lower === undefined || upper === undefined || Buffer.compare(lower, upper) <= 0;
}
