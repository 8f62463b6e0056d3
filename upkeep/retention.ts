/** Retention: removes whole days from a table by its metadata. No data file is read. */
import { randomUUID } from 'node:crypto';
import { replaceFiles } from '../iceberg/maintenance/replace-files.js';
import { NO_METRICS, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema, snapshotById } from '../iceberg/snapshot.js';
import { DAY_MS, dayAt, toDayNumber } from '../protocol/days.js';
import type { TableUpkeep } from '../protocol/upkeep-messages.js';
import { identifierOf, upkeepConfigOf } from '../run/config.js';
import { recordKeptSince } from '../run/retention.js';
import { RUN } from '../run/summary-keys.js';
import { FIRST_DAY, load, tableOf, type UpkeepContext } from './context.js';

/**
 * Removes the days that are older than the table's retention, if it has one. The ledger records it first: it keeps the rows of
 * the objects, so nothing is ingested again, and audits know that rows may be missing. Returns what was removed, or with
 * `dryRun` what would be.
 */
export async function dropOldDays(
  context: UpkeepContext,
  { table: name, dryRun }: { table: string; dryRun?: boolean },
  run: string,
): Promise<TableUpkeep['dropped']> {
  const { catalog, config, signal, now } = context;
  const table = tableOf(context, name);
  const days = retentionOf(context, table.role);
  if (days === undefined) return { days: 0, rows: 0 };
  const since = dayAt(now() - days * DAY_MS);
  const loaded = await load(context, table);
  const { metadata } = loaded;
  const base = snapshotById(metadata, metadata['current-snapshot-id']);
  if (base === undefined) return { days: 0, rows: 0 };
  const dayRange = { from: FIRST_DAY, to: toDayNumber(since) - 1 };
  const [data, deletes, found] = [[] as string[], [] as string[], new Set<number>()];
  let rows = 0;
  for await (const { file } of scanDataFiles(loaded, { dayRange, columns: NO_METRICS, signal })) {
    data.push(file.path);
    found.add(file.day);
    rows += file.rows;
  }
  for await (const { file } of scanDeletes(loaded, { dayRange, columns: NO_METRICS, signal })) {
    deletes.push(file.path);
    rows -= file.rows;
  }
  if (data.length === 0 || dryRun === true) return { days: found.size, rows };
  await recordKeptSince(catalog, identifierOf(config, 'ledger'), table.role, since, signal);
  await replaceFiles({
    ...{
      catalog,
      identifier: table.identifier,
      signal,
      base,
      add: [],
      dropsRows: true,
      schema: currentSchema(metadata),
    },
    commitId: `retention/${randomUUID()}`,
    summary: { [RUN]: run },
    days: [...found],
    // Delete files of these days concern these days only.
    remove: { data, deletes: deletes.map((path) => ({ path, dataFiles: data })) },
  });
  return { days: found.size, rows };
}

function retentionOf({ config }: UpkeepContext, role: string): number | undefined {
  const retention: Readonly<Record<string, number>> = upkeepConfigOf(config).retentionDays;
  return retention[role];
}
