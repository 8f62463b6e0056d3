/** Commits that stopped between the data and the ledger: their rows are there, and the ledger does not know of them. */
import { commitIds } from '../iceberg/append.js';
import { snapshotById } from '../iceberg/snapshot.js';
import { type AuditedTables, DATA_ROLES } from './context.js';

/** Key of a snapshot's summary: the delivery day that it is about. */
export const DELIVERY_DAY = 'trailmill.delivery-day';

export interface HalfCommit {
  id: string;
  /** Name of the first table that has it. */
  table: string;
}

/** Those of one delivery day. */
export function halfCommits(tables: AuditedTables, day: string): HalfCommit[] {
  const whole = tables.ledger === undefined ? new Map() : commitIds(tables.ledger.metadata);
  const found = new Map<string, HalfCommit>();
  for (const role of [...DATA_ROLES, 'rejects'] as const) {
    const table = tables[role];
    if (table === undefined) continue;
    for (const [id, snapshotId] of commitIds(table.metadata)) {
      if (whole.has(id) || found.has(id)) continue;
      if (snapshotById(table.metadata, snapshotId)?.summary[DELIVERY_DAY] !== day) continue;
      found.set(id, { id, table: table.identifier.name });
    }
  }
  return [...found.values()];
}
