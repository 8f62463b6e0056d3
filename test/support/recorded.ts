/** What an earlier version left behind, from test/recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { DayPlan } from '../../protocol/messages';
import { type RunContext, runContexts } from '../../run/context';
import { createMemoryStore } from '../../storage/memory';
import type { ObjectStore } from '../../storage/object-store';

/** What the workflows remembered: addresses, and results of activities by delivery day. */
export interface RecordedWorkflows {
  config: string;
  sources: string;
  report: string;
  plans: Record<string, DayPlan>;
  results: Record<string, string[]>;
}

interface Recorded {
  workflows: RecordedWorkflows;
  /** Bodies by key, base64. */
  bucket: Record<string, string>;
  warehouse: Record<string, string>;
}

export interface HalfDone {
  run: RunContext;
  workflows: RecordedWorkflows;
}

/** The half-finished backfill, in stores of its own. */
export async function halfDoneBackfill(): Promise<HalfDone> {
  const body = brotliDecompressSync(readFileSync(join(__dirname, '..', 'recorded', 'half-done-backfill.json.br')));
  const { workflows, ...recorded }: Recorded = JSON.parse(body.toString('utf8'));
  const stores = new Map<string, ObjectStore>();
  for (const name of ['bucket', 'warehouse'] as const) {
    const store = createMemoryStore(name);
    for (const [key, base64] of Object.entries(recorded[name])) await store.put(key, Buffer.from(base64, 'base64'));
    stores.set(store.uri, store);
  }
  const open = runContexts({
    accepted: { warehouses: ['memory://warehouse'], files: [] },
    openStore: (address) => stores.get(address) as ObjectStore,
    openCatalog: (_settings, warehouse) => createStorageCatalog(warehouse),
    report: () => {},
  });
  return { run: await open(workflows.config), workflows };
}
