/** Incomplete commits: announced in the ledger or applied to a table, but without their rows in the ledger. */

import { TABLE_KEYS } from '../cloudtrail/table-config.js';
import { commitIds } from '../iceberg/append.js';
import { snapshotById } from '../iceberg/snapshot.js';
import type { LoadedTables } from '../run/lost-versions.js';
import { ANNOUNCED, DELIVERY_DAY } from '../run/summary-keys.js';

/** A commit without its rows in the ledger. */
export interface HalfCommit {
  id: string;
  /** Name of the first table that has it. */
  table: string;
}

/** Returns the incomplete commits of one delivery day. */
export function halfCommits(tables: LoadedTables, day: string): HalfCommit[] {
  const complete = tables.ledger === undefined ? new Map() : commitIds(tables.ledger.metadata);
  const found = new Map<string, HalfCommit>();
  for (const role of [...TABLE_KEYS, 'rejects', 'ledger'] as const) {
    const table = tables[role];
    if (table === undefined) continue;
    for (const [name, snapshotId] of commitIds(table.metadata)) {
      const id = name.endsWith(ANNOUNCED) ? name.slice(0, -ANNOUNCED.length) : name;
      if (complete.has(id) || found.has(id)) continue;
      if (snapshotById(table.metadata, snapshotId)?.summary[DELIVERY_DAY] !== day) continue;
      found.set(id, { id, table: table.identifier.name });
    }
  }
  return [...found.values()];
}
