/** Stores with which a process dies, gets a false answer or is overtaken at exactly one of its storage calls. */

import { INGEST_ROLES, type TableRole } from '../../cloudtrail/tables';
import { StorageUnavailable } from '../../errors/index';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { DayPlan } from '../../protocol/messages';
import type { RunContext } from '../../run/context';
import { createMemoryStore } from '../../storage/memory';
import type { ListPage, ObjectStore } from '../../storage/object-store';
import { commitGroup, ingest, plan, rowsOf } from './runs';

/** No code knows this class, so nothing is retried: the process is gone. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

export interface Call {
  /** 1 for the first one. */
  number: number;
  name: 'list' | 'get' | 'head' | 'put' | 'delete';
  key: string;
}

/** Hooks before a call, and after it has had its effect. The caller gets what they throw. */
export interface Around {
  before?(call: Call): void | Promise<void>;
  after?(call: Call): void | Promise<void>;
}

/** A new process over the same stores: nothing in memory, hooks around each of its calls, and one count of all calls. */
export function processOf<Run extends RunContext>(run: Run, around: Around = {}): Run & { calls: Call[] } {
  const calls: Call[] = [];
  const warehouse = watched(run.warehouse, calls, around);
  const bucket = watched(run.bucket, calls, around);
  return { ...run, warehouse, bucket, catalog: createStorageCatalog(warehouse), calls };
}

function watched(store: ObjectStore, calls: Call[], { before, after }: Around): ObjectStore {
  const through = async <T>(name: Call['name'], key: string, call: () => Promise<T>): Promise<T> => {
    const entry: Call = { number: calls.length + 1, name, key };
    calls.push(entry);
    await before?.(entry);
    const answer = await call();
    await after?.(entry);
    return answer;
  };
  async function* list(...[prefix, options]: Parameters<ObjectStore['list']>): AsyncGenerator<ListPage> {
    // All pages are one call: there is only one page in these tests.
    const pages: ListPage[] = [];
    await through('list', prefix, async () => {
      for await (const page of store.list(prefix, options)) pages.push(page);
    });
    yield* pages;
  }
  return {
    uri: store.uri,
    list,
    get: (key, options) => through('get', key, () => store.get(key, options)),
    getRange: (key, range, options) => through('get', key, () => store.getRange(key, range, options)),
    head: (key, options) => through('head', key, () => store.head(key, options)),
    put: (key, body, options) => through('put', key, () => store.put(key, body, options)),
    delete: (key, options) => through('delete', key, () => store.delete(key, options)),
    // One by one: the process may die between any two.
    deleteAll: async (keys, options) => {
      for (const key of keys) await through('delete', key, () => store.delete(key, options));
    },
  };
}

/** Dies just before or just after the call with this number; later calls get no answer either. */
export function dyingAt(number: number, moment: 'before' | 'after'): Around {
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new ProcessDied(`the process died ${moment} call ${number}`);
  };
  return {
    before: (call) => {
      if (dead || (moment === 'before' && call.number === number)) die();
    },
    after: (call) => {
      if (dead || (moment === 'after' && call.number === number)) die();
    },
  };
}

/** The call with this number succeeds, but is reported as failed. Every later call is answered. */
export function lyingAt(number: number): Around {
  return {
    after: (call) => {
      if (call.number === number) throw new StorageUnavailable(`call ${number}: reset while waiting for the answer`);
    },
  };
}

/** A commit whose worker dies just before it writes a key that contains `part`. */
export async function commitCutAt(
  part: string,
  run: RunContext & { warehouse: ObjectStore },
  of: DayPlan,
  results: string[],
  group = 0,
  day?: string,
): Promise<void> {
  const { put } = run.warehouse;
  let dead = false;
  run.warehouse.put = (key, ...rest) => {
    dead ||= key.includes(part);
    if (dead) throw new ProcessDied(`the process died before it wrote ${key}`);
    return put(key, ...rest);
  };
  try {
    await expect(
      commitGroup(run, of, results, { group, ...(day === undefined ? {} : { day }) }),
    ).rejects.toBeInstanceOf(ProcessDied);
  } finally {
    run.warehouse.put = put;
  }
}

/** A copy of the stores as they are now. */
export async function copyOf<Run extends RunContext>(run: Run): Promise<Run> {
  const [warehouse, bucket] = await Promise.all([run.warehouse, run.bucket].map(copyOfStore));
  return { ...run, warehouse, bucket, catalog: createStorageCatalog(warehouse) };
}

async function copyOfStore(store: ObjectStore): Promise<ObjectStore> {
  const copy = createMemoryStore(store.uri.replace('memory://', ''));
  for await (const { objects } of store.list('')) {
    for (const { key } of objects) {
      const { body, metadata } = await store.get(key);
      await copy.put(key, body, { metadata });
    }
  }
  return copy;
}

/**
 * A day from the plan to the last commit, as its workflow does it: it continues an unfinished plan, unless it is to start
 * afresh, and plans again after that, and if another run was faster.
 */
export async function dayAgain(run: RunContext, day: string, how: 'goes on' | 'afresh', now?: number): Promise<void> {
  const { groupBatches } = run.config.ingest;
  let fresh = how === 'afresh';
  for (let plans = 1; ; plans++) {
    const of = await plan(run, day, {}, { fresh, now });
    try {
      for (let group = of.nextGroup; group * groupBatches < of.batches; group++) {
        const results: string[] = [];
        const end = Math.min((group + 1) * groupBatches, of.batches);
        for (let index = group * groupBatches; index < end; index++)
          results.push((await ingest(run, of, index)).result);
        await commitGroup(run, of, results, { group, day });
      }
      if (!of.resumed) return;
    } catch (error) {
      if ((error as Error).name !== 'PlanOutdated' || plans === 3) throw error;
    }
    fresh = true;
  }
}

/** The keys that plans have left in the work area. */
export async function leftovers({ warehouse }: RunContext): Promise<string[]> {
  const keys: string[] = [];
  for (const prefix of ['_trailmill/plans/', '_trailmill/days/'])
    for await (const { objects } of warehouse.list(prefix)) keys.push(...objects.map(({ key }) => key));
  return keys;
}

/** Rows and ledger without what identifies the run or the file: of a repeated event, any copy may be the one that is kept. */
export async function contentOf(run: RunContext): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const role of INGEST_ROLES) {
    const rows = await rowsOf(run, role);
    content[role] = rows.map((row) => textOf(role, row)).sort();
  }
  return content;
}

function textOf(
  role: TableRole,
  { batch: _batch, run: _run, attempt: _attempt, ...row }: Record<string, unknown>,
): string {
  if (role === 'ledger') {
    // Without times: buckets are filled at different times, and batches of earlier versions have none.
    const { records, duplicates, first_event_time: _first, last_event_time: _last, last_modified: _at, ...more } = row;
    // Only files without repeated events have a configuration.
    const { version: _version, config: _config, ...rest } = more;
    return JSON.stringify({ ...rest, all: Number(records ?? 0) + Number(duplicates ?? 0) });
  }
  if (role === 'rejects') return JSON.stringify(row);
  return JSON.stringify(row, (name, value: unknown) =>
    name === 'record_index' || (name === 'path' && String(value).startsWith('memory://bucket/')) ? undefined : value,
  );
}
