/** Warehouses with a damaged file: which files there are, and what can happen to one. */
import { randomBytes } from 'node:crypto';
import type { TableRole } from '../../cloudtrail/tables';
import { completeCommits } from '../../commit/commit';
import { keyOf } from '../../iceberg/location';
import { manifestsOf } from '../../iceberg/manifest-files';
import { loadExistingTable } from '../../iceberg/retry';
import { snapshotById } from '../../iceberg/snapshot';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import { inlinePool } from '../../ingest/threads/inline-pool';
import { identifierOf } from '../../run/config';
import type { RunContext } from '../../run/context';
import type { ObjectStore } from '../../storage/object-store';
import type { Run } from './audit';
import { filesOf, ingestWholeDay, memoryRun, records, trailFile, trailKey } from './runs';

export const FIRST = '2024-03-05';
export const SECOND = '2024-03-06';

/** Two days, each in its own commit and with its own events. */
export async function twoDays(): Promise<Run> {
  const run = memoryRun();
  for (const day of [FIRST, SECOND]) {
    await run.bucket.put(trailKey(`one-${day}`, { day }), trailFile(records(5, `${day}T12:00:00Z`, {}, `one-${day}`)));
    await run.bucket.put(trailKey(`two-${day}`, { day }), trailFile([...records(3, `${day}T13:00:00Z`, {}, day), 7]));
    await ingestWholeDay(run, day);
  }
  return run;
}

/** Runs a day in a new process, as the workflow does it. */
export async function nextRun(run: Run, day: string): Promise<void> {
  const process = { ...run, catalog: createStorageCatalog(run.warehouse) };
  await completeCommits(process, inlinePool);
  await ingestWholeDay(process, day);
}

/** The key to damage, and that of another file of its kind. */
export interface Target {
  key: string;
  other: string;
}

export type Kind = 'metadata file' | 'manifest list' | 'manifest' | 'data file';

/** The newest metadata file or manifest list; a manifest or data file of the first day. */
export async function targetOf(run: RunContext, role: TableRole, kind: Kind): Promise<Target> {
  const table = await loadExistingTable(run.catalog, identifierOf(run.config, role));
  const key = (location: string): string => keyOf(run.warehouse, location);
  const { snapshots } = table.metadata;
  const current = snapshotById(table.metadata, table.metadata['current-snapshot-id'])!;
  switch (kind) {
    case 'metadata file': {
      const log = table.metadata['metadata-log'];
      return { key: key(table.metadataLocation), other: key(log[log.length - 1]['metadata-file']) };
    }
    case 'manifest list':
      return { key: key(current['manifest-list']), other: key(snapshots[0]['manifest-list']) };
    case 'manifest': {
      const entries = await manifestsOf(table, current);
      return { key: key(entries[entries.length - 1].manifest_path), other: key(entries[0].manifest_path) };
    }
    case 'data file': {
      const files = await filesOf(run, role);
      const [first] = files.filter(({ path }) => path.includes(FIRST));
      const [other] = files.filter(({ path }) => path.includes(SECOND));
      return { key: key(first.path), other: key(other.path) };
    }
  }
}

export const WAYS = {
  deleted: (store, { key }) => store.delete(key),
  emptied: (store, { key }) => store.put(key, Buffer.alloc(0)),
  'cut in half': async (store, { key }) => {
    const { body } = await store.get(key);
    await store.put(key, body.subarray(0, body.length >> 1));
  },
  'overwritten with other bytes': async (store, { key }) => {
    const { body } = await store.get(key);
    await store.put(key, randomBytes(body.length));
  },
  'replaced by another of its kind': async (store, { key, other }) => {
    await store.put(key, (await store.get(other)).body);
  },
} as const satisfies Record<string, (store: ObjectStore, target: Target) => Promise<unknown>>;

export type Way = keyof typeof WAYS;

/** Keys and ETags of everything but the work area. */
export async function tablesIn(store: ObjectStore): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { objects } of store.list('trailmill/'))
    for (const { key } of objects) found.set(key, (await store.head(key)).etag);
  return found;
}
