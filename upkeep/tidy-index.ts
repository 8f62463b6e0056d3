/**
 * Maintains the index of a table: merges its segments, drops files that no longer exist, and indexes files that are not in it.
 */
import { NO_METRICS, scanFiles } from '../iceberg/scan.js';
import { indexFiles } from '../ingest/index-files.js';
import type { IndexUpkeep } from '../protocol/upkeep-messages.js';
import { isSearchedRole } from '../value-index/columns.js';
import { mergeSegments } from '../value-index/merge.js';
import { load, type UpkeepContext, type UpkeepTable } from './context.js';

/**
 * Returns what was done, or with `dryRun` what would be; `undefined` for a table without an index, or if there is nothing to
 * do. A file that cannot be read stays without an index: searches, compactions and audits report what is wrong with it.
 */
export async function tidyIndex(
  context: UpkeepContext,
  table: UpkeepTable,
  dryRun: boolean,
): Promise<IndexUpkeep | undefined> {
  if (!isSearchedRole(table.role)) return undefined;
  const { warehouse, pool, signal, now } = context;
  const loaded = await load(context, table);
  const live = new Map<string, number>();
  for await (const { path, bytes } of scanFiles(loaded, { columns: NO_METRICS, signal })) live.set(path, bytes);
  const tableUuid = loaded.metadata['table-uuid'];
  const request = { tableUuid, livePaths: live.keys(), now: now(), dryRun, signal };
  const { before, after, uncovered } = await mergeSegments(warehouse, request);
  const files = uncovered.map((path) => ({ path, bytes: live.get(path) ?? 0 }));
  const { indexed, damaged } = dryRun
    ? { indexed: files.length, damaged: [] }
    : await indexFiles(warehouse, loaded, pool, files, signal);
  const merged = before - after;
  if (merged === 0 && files.length === 0) return undefined;
  return { merged, indexed, ...(damaged.length > 0 ? { damaged: damaged.length } : {}) };
}
