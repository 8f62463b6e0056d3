/** Which accounts, kinds and regions does the ledger have files of in a range of days, whether the bucket still has them or not? */

import { strayOf } from '../cloudtrail/stray-files.js';
import { scanFiles } from '../iceberg/scan.js';
import { WHOLE } from '../ledger/slices.js';
import { patternTest } from '../plan/source-filter.js';
import { toDayNumber } from '../protocol/days.js';
import { type AuditContext, loadTables } from './context.js';
import type { Place } from './scope.js';
import { bodyOf, FileGone } from './table-files.js';

/** Each once. In memory is one file of the ledger at a time. Keys that do not match the configured pattern are left out. */
export async function ledgerPlaces(context: AuditContext, range: { from: string; to: string }): Promise<Place[]> {
  const { pool, signal, config } = context;
  const { ledger } = await loadTables(context);
  const places = new Map<string, Place>();
  if (ledger === undefined) return [];
  const matchesPattern = patternTest(config);
  const before = config.keyPrefix === '' ? '' : `${config.keyPrefix}/`;
  const dayRange = { from: toDayNumber(range.from), to: toDayNumber(range.to) };
  for await (const { path } of scanFiles(ledger, { dayRange, signal })) {
    try {
      for (const { key } of await pool.ledgerRows(await bodyOf(ledger.store, path, signal), WHOLE, signal)) {
        if (!key.startsWith(before) || !matchesPattern(key)) continue;
        const { account, region, kind } = strayOf(key.slice(before.length));
        if (account === undefined || region === undefined || kind === undefined) continue;
        places.set(`${account} ${region} ${kind}`, { account, region, kind });
      }
    } catch (error) {
      // The audit itself says which one is gone.
      if (!(error instanceof FileGone)) throw error;
    }
  }
  return [...places.values()];
}
