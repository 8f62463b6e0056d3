/** The keys of the objects in the work area of the warehouse; their contents are in work-area.ts. */
import type { LoadedTable } from '../iceberg/catalog.js';

/** Key prefix of all work area objects. */
export const WORK_AREA = '_trailmill';

/** The properties of a plan that are in the keys of its objects. */
export interface PlanPlace {
  /** Key prefix of the plan's objects, without a slash at the end. */
  address: string;
  id: string;
  /** See {@link ownerOf}; like the rest absent for plans of earlier versions, which are at `plans/<id>`. */
  owner?: string;
  /** Delivery day. */
  day?: string;
  /** The ledger's sequence number when the day was planned. */
  since?: bigint;
}

/** Key prefix of all plans. */
export const PLANS = `${WORK_AREA}/plans/`;

/** Names a ledger in keys: its source, and a part of its id, because several catalogs may use one warehouse. */
export const ownerOf = (source: string, { metadata }: Pick<LoadedTable, 'metadata'>): string =>
  `${source}-${metadata['table-uuid'].slice(-12)}`;

/** Key prefix of a ledger's plans of a delivery day. */
export const dayOfPlans = (owner: string, day: string): string => `${PLANS}${owner}/${day}/`;

/**
 * Key prefix of a plan's objects, which is also called the plan's address. It shows whether the plan can still be committed,
 * without reading anything (see plan-state.ts), so leftovers of a crash need no list.
 */
export const planAddress = ({ owner, day, since, id }: Required<Omit<PlanPlace, 'address'>>): string =>
  `${dayOfPlans(owner, day)}${since}/${id}`;

const PLACE = new RegExp(`^${PLANS}([^/]+)/(\\d{4}-\\d\\d-\\d\\d)/(\\d+)/([^/]+)(?=/|$)`);
const OLD_PLACE = new RegExp(`^${PLANS}([^/]+)(?=/(?:batch-|commit-|done/|duplicates/)|$)`);

/** Splits a plan's address, or the key of one of its objects; `undefined` if it is neither. */
export function planPlaceOf(key: string): PlanPlace | undefined {
  const place = PLACE.exec(key);
  if (place !== null) {
    const [address, owner, day, since, id] = place;
    return { address, owner, day, since: BigInt(since), id };
  }
  const [address, id] = OLD_PLACE.exec(key) ?? [];
  return address === undefined || id === undefined ? undefined : { address, id };
}

/** Whether the key is that of a `Batch`. */
export const isBatchKey = (key: string): boolean => /\/batch-\d+\.json$/.test(key);

/** Key of a `Batch`; `plan` is the plan's address. */
export const batchKey = (plan: string, index: number): string => `${plan}/batch-${digits(index)}.json`;
/** Key of a `GroupCommit`. */
export const commitKey = (plan: string, group: number): string => `${plan}/commit-${digits(group)}.json`;

/** Key prefix of the parts and the result of a batch. */
export const donePrefix = (plan: string, batchId: string): string => `${plan}/done/${batchId}/`;
/** Key of the `BatchPart` whose first file has the index `from` in the batch. */
export const partKey = (plan: string, batchId: string, from: number): string =>
  `${donePrefix(plan, batchId)}part-${digits(from)}.json`;
/** Key of a `BatchResult`. */
export const resultKey = (plan: string, batchId: string): string => `${donePrefix(plan, batchId)}result.json`;

/** Key of a data file's event list. The file name is sufficient: names of data files are unique. */
export const eventListKey = (dataFile: string): string => `${eventKey(dataFile)}.list`;
/** Where earlier versions stored ids without times. They are no longer read. */
export const oldEventListKey = (dataFile: string): string => `${eventKey(dataFile)}.bin`;

const eventKey = (dataFile: string): string =>
  `${WORK_AREA}/event-ids/${dataFile.slice(dataFile.lastIndexOf('/') + 1)}`;

const digits = (index: number): string => String(index).padStart(6, '0');
