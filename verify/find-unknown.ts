/** Searches for objects that digests list or refer to and that the ledger lacks: in listings of the bucket, and in the tables. */
import { filesOfDay } from '../audit/table-files.js';
import { parseObjectKey } from '../cloudtrail/object-key.js';
import { Deletes } from '../commit/table-deletes.js';
import { ObjectNotFound } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import type { FoundIn, UnknownObject } from '../integrity/judge-day.js';
import { SINGLE_SLICE } from '../ledger/slices.js';
import { toDayNumber } from '../protocol/days.js';
import { identifierOf } from '../run/config.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { objectUri } from '../storage/object-store.js';
import type { VerifyContext } from './context.js';

/** Number of requests that are sent concurrently. */
const REQUESTS_AT_ONCE = 16;

/**
 * Returns where the objects of a delivery day were found, by key.
 * @param committing a commit of the day is not complete, so rows in a table prove nothing
 */
export async function findUnknown(
  context: VerifyContext,
  day: string,
  unknown: readonly UnknownObject[],
  committing: boolean,
): Promise<Map<string, FoundIn>> {
  const found = new Map<string, FoundIn>();
  if (unknown.length === 0) return found;
  const keys = unknown.map(({ key }) => key);
  const present = await inBucket(context, keys);
  const isLogFile = unknown.some((object) => 'mention' in object);
  const paths = isLogFile && !committing ? await inTables(context, day) : new Set<string>();
  for (const key of keys) {
    const inTable = paths.has(objectUri(context.bucket, key));
    found.set(key, inTable ? 'table' : present.has(key) ? 'bucket' : 'nowhere');
  }
  return found;
}

/** Lists the folders of the keys. Keys that are not in a day folder are requested one by one. */
async function inBucket({ bucket, signal }: VerifyContext, keys: readonly string[]): Promise<Set<string>> {
  const wanted = new Set(keys);
  const present = new Set<string>();
  const folders = new Set<string>();
  const single: string[] = [];
  for (const key of keys) {
    const parsed = parseObjectKey(key);
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    if (parsed !== undefined && /\/\d{4}\/\d\d\/\d\d\/$/.test(folder)) folders.add(folder);
    else single.push(key);
  }
  await mapConcurrent([...folders], REQUESTS_AT_ONCE, async (folder) => {
    for await (const { objects } of bucket.list(folder, { signal, onUnusable: () => {} }))
      for (const { key } of objects) if (wanted.has(key)) present.add(key);
  });
  await mapConcurrent(single, REQUESTS_AT_ONCE, async (key) => {
    try {
      await bucket.head(key, { metadata: false, signal });
      present.add(key);
    } catch (error) {
      if (!(error instanceof ObjectNotFound)) throw error;
    }
  });
  return present;
}

/** Returns the addresses of all objects that have rows of this delivery day in a table. */
async function inTables(context: VerifyContext, day: string): Promise<Set<string>> {
  const { catalog, config, pool, signal } = context;
  const paths = new Set<string>();
  const delivered = toDayNumber(day);
  for (const role of ['default', 'insights'] as const) {
    const table = await catalog.loadTable(identifierOf(config, role), signal);
    if (table === undefined) continue;
    const fail = (damage: Error): never => {
      throw damage;
    };
    // Files of unknown commits may have the rows of any day: those of the usual event days are searched.
    const events = { from: delivered - 1, to: delivered };
    const deletes = new Deletes(context, table, fail);
    for (const data of await filesOfDay(context, table, day, events, fail)) {
      await deletes.enter(data.file.day);
      const { path, bytes, rows } = data.file;
      const deleted = await deletes.of(data);
      const file = { path, bytes, kind: 'data file', of: table.identifier.name } as const;
      const counts = await readTableFile(
        table.store,
        file,
        (parquet) => pool.countRows({ parquet, rows, column: 'log.file.path', deleted, slice: SINGLE_SLICE }, signal),
        signal,
      );
      for (const address of counts.keys()) paths.add(address);
    }
  }
  return paths;
}
