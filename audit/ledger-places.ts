/** Finds the accounts, kinds and regions with files in the ledger, whether or not the bucket still has the files. */

import { parseStrayKey } from '../cloudtrail/stray-files.js';
import { Damaged } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { NO_METRICS, scanFiles } from '../iceberg/scan.js';
import { SINGLE_SLICE } from '../ledger/slices.js';
import { patternTest } from '../plan/source-filter.js';
import { toDayNumber } from '../protocol/days.js';
import { type AuditContext, loadAuditedTables } from './context.js';
import type { ObjectPlace } from './scope.js';

/**
 * Returns the distinct places of the ledger's files in a range of delivery days. Reads one ledger file at a time. Keys that do
 * not match the configured pattern are left out, as are damaged ledger files.
 */
export async function ledgerPlaces(context: AuditContext, range: { from: string; to: string }): Promise<ObjectPlace[]> {
  const { pool, signal, config } = context;
  const { ledger } = (await loadAuditedTables(context)).tables;
  const places = new Map<string, ObjectPlace>();
  if (ledger === undefined) return [];
  const matchesPattern = patternTest(config);
  const prefix = config.keyPrefix === '' ? '' : `${config.keyPrefix}/`;
  const dayRange = { from: toDayNumber(range.from), to: toDayNumber(range.to) };
  // The audit itself reports damaged files.
  const onDamage = (): void => {};
  for await (const { path, bytes } of scanFiles(ledger, { dayRange, columns: NO_METRICS, signal, onDamage })) {
    const file = { path, bytes, kind: 'ledger file', of: ledger.identifier.name } as const;
    // Deleted rows included: an object that was read again has a newer row, at the same place.
    const read = readTableFile(
      ledger.store,
      file,
      (body) => pool.ledgerRows({ parquet: body, slice: SINGLE_SLICE }, signal),
      signal,
    );
    const rows = await read.catch((error: unknown) => {
      if (error instanceof Damaged) return [];
      throw error;
    });
    for (const { key } of rows) {
      if (!key.startsWith(prefix) || !matchesPattern(key)) continue;
      const { account, region, kind } = parseStrayKey(key.slice(prefix.length));
      if (account === undefined || region === undefined || kind === undefined) continue;
      places.set(`${account} ${region} ${kind}`, { account, region, kind });
    }
  }
  return [...places.values()];
}
