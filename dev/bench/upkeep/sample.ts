/** Months of a sample in daily runs: the cost of finding the events of an access key before upkeep and after it. */
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables.js';
import { search } from '../../../find/search.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { addDays, DAY_MS } from '../../../protocol/days.js';
import { openTables } from '../../../query/open-tables.js';
import { sqlLiteral } from '../../../query/sql-text.js';
import type { RunContext } from '../../../run/context.js';
import { FIRST_DAY, writeSample } from '../../../sample/index.js';
import { createFileStore } from '../../../storage/file.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { type Needle, needleOf } from '../../../value-index/needles.js';
import {
  cpuSeconds,
  ingestDays,
  openProject,
  runUpkeep,
  SOURCE,
  type UpkeepDone,
  type UpkeepTools,
  upkeepContext,
} from './project.js';
import { statesOf, type TableState } from './state.js';

/** Several searches, each for another access key. */
export interface Searches {
  medianMs: number;
  p95Ms: number;
  /** CPU milliseconds, median. */
  cpuMs: number;
  /** Requests to the warehouse by the search itself, and data files that DuckDB has opened: medians. */
  requests: number;
  opened: number;
}

/** What is measured. */
export interface SampleMeasured {
  days: number;
  events: number;
  ingestCpu: number;
  upkeep: UpkeepDone['cpu'];
  before: { states: TableState[]; find: Searches; query: Searches };
  after: { states: TableState[]; find: Searches; query: Searches };
}

const COLUMN = 'aws.cloudtrail.user_identity.access_key_id';
/** Access keys that are searched: those with the fewest events. */
const KEYS = 20;

/** Ingests the sample in daily runs, and measures. */
export async function measureSample(
  directory: string,
  { days, eventsPerHour, tools }: { days: number; eventsPerHour: number; tools: UpkeepTools },
  log: (line: string) => void,
): Promise<SampleMeasured> {
  const run = openProject(directory);
  await writeSample(run.bucket, { days, accounts: 5, regions: 3, eventsPerHour });
  const started = cpuSeconds();
  let events = 0;
  for (let day = 0; day <= days; day++) {
    // Late files of the day before are also found.
    events += (await ingestDays(run, [addDays(FIRST_DAY, day - 1), addDays(FIRST_DAY, day)])).events;
    if (day % 10 === 0) log(`${day} of ${days} days`);
  }
  const ingestCpu = cpuSeconds() - started;
  const keys = await rareKeys(run);
  const look = async () => ({
    states: await statesOf(run),
    find: await several(keys, (key) => findKey(directory, key)),
    query: await several(keys, (key) => queryKey(directory, key)),
  });
  const before = await look();
  log('upkeep …');
  const { cpu } = await runUpkeep(upkeepContext(run, tools));
  // This one removes the files that the first one replaced.
  await runUpkeep(upkeepContext(run, { ...tools, now: () => Date.now() + 10 * DAY_MS }));
  return { days, events, ingestCpu, upkeep: cpu, before, after: await look() };
}

async function rareKeys({ catalog }: RunContext): Promise<string[]> {
  const sql = `SELECT ${COLUMN} AS key FROM ${SOURCE} WHERE ${COLUMN} IS NOT NULL GROUP BY ALL ORDER BY count(*), key LIMIT ${KEYS}`;
  const tables = await openTables(catalog, ICEBERG_NAMESPACE, { source: SOURCE, sql });
  try {
    return (await tables.query(sql)).map(({ key }) => String(key));
  } finally {
    tables.close();
  }
}

interface Asked {
  opened: number;
  requests: number;
}

/** Both begin with nothing in memory but the code: the catalog and the index are read again. */
async function findKey(directory: string, key: string): Promise<Asked> {
  const counted = { requests: 0 };
  const warehouse = counting(createFileStore(`${directory}/warehouse`), counted);
  const place = { catalog: createStorageCatalog(warehouse), warehouse, namespace: ICEBERG_NAMESPACE, source: SOURCE };
  const { values, looked } = await search(place, { needles: [needleOf(key) as Needle] }, () => {});
  if (values[0].events === 0) throw new Error(`${key} was not found.`);
  return { opened: looked.opened, requests: counted.requests };
}

async function queryKey(directory: string, key: string): Promise<Asked> {
  const counted = { requests: 0 };
  const warehouse = counting(createFileStore(`${directory}/warehouse`), counted);
  const sql = `SELECT ts, event.action FROM ${SOURCE} WHERE ${COLUMN} = ${sqlLiteral(key)}`;
  const tables = await openTables(createStorageCatalog(warehouse), ICEBERG_NAMESPACE, {
    source: SOURCE,
    sql,
    warehouse,
  });
  try {
    if ((await tables.query(sql)).length === 0) throw new Error(`${key} has no rows.`);
    return { opened: tables.files.length, requests: counted.requests };
  } finally {
    tables.close();
  }
}

async function several(keys: readonly string[], ask: (key: string) => Promise<Asked>): Promise<Searches> {
  // The first one loads DuckDB.
  await ask(keys[0]);
  const all: (Asked & { ms: number; cpuMs: number })[] = [];
  for (const key of keys) {
    const [started, cpu] = [performance.now(), cpuSeconds()];
    const asked = await ask(key);
    all.push({ ...asked, ms: performance.now() - started, cpuMs: (cpuSeconds() - cpu) * 1e3 });
  }
  const at = (share: number, of: (one: (typeof all)[number]) => number): number =>
    all.map(of).sort((one, two) => one - two)[Math.floor((all.length - 1) * share)];
  return {
    medianMs: at(0.5, ({ ms }) => ms),
    p95Ms: at(0.95, ({ ms }) => ms),
    cpuMs: at(0.5, ({ cpuMs }) => cpuMs),
    requests: at(0.5, ({ requests }) => requests),
    opened: at(0.5, ({ opened }) => opened),
  };
}

/** The store, counting its reads. */
function counting(store: ObjectStore, counted: { requests: number }): ObjectStore {
  const count = <A extends unknown[], R>(call: (...all: A) => R): ((...all: A) => R) => {
    return (...all) => {
      counted.requests++;
      return call.apply(store, all);
    };
  };
  const { get, getRange, head, list } = store;
  return Object.assign(Object.create(store) as ObjectStore, {
    get: count(get),
    getRange: count(getRange),
    head: count(head),
    list: count(list),
  });
}
