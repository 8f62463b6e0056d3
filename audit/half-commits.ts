/** Incomplete commits: announced in the ledger or applied to a table, but without their rows in the ledger. */

import { TABLE_KEYS } from '../cloudtrail/table-config.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { LedgerCommits } from '../run/ledger-commits.js';
import { type LoadedTables, ledgerMark } from '../run/lost-versions.js';
import { recentCommits } from '../run/recent-commits.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';

/** A commit without its rows in the ledger. */
export interface HalfCommit {
  id: string;
  /** Name of the first table that has it. */
  table: string;
}

/** Returns the incomplete commits of one delivery day. */
export function halfCommits(tables: LoadedTables, day: string): HalfCommit[] {
  const ledger = tables.ledger && LedgerCommits.of(tables.ledger);
  const found = new Map<string, HalfCommit>();
  const add = (id: string, { identifier }: LoadedTable): void => {
    if (!found.has(id)) found.set(id, { id, table: identifier.name });
  };
  for (const role of [...TABLE_KEYS, 'rejects'] as const) {
    const table = tables[role];
    if (table === undefined) continue;
    for (const { id, announced } of commitsOf(table, day)) {
      const state = ledger?.stateOf(id).is;
      // It is not open: so if a later snapshot of the ledger has been expired, that was the one with its rows.
      const isLost = state === 'unknown' && announced >= (ledger?.unknownUntil ?? 0n);
      if (state === undefined || state === 'open' || isLost) add(id, table);
    }
  }
  for (const commit of ledger?.open ?? [])
    if (commit.day === day && tables.ledger !== undefined) add(commit.id, tables.ledger);
  return [...found.values()];
}

/** The commits of a delivery day that a table has, and the sequence numbers of the ledger at which they were announced. */
function* commitsOf({ metadata }: LoadedTable, day: string): Generator<{ id: string; announced: bigint }> {
  for (const { summary } of ancestors(metadata)) {
    const id = summary[COMMIT_ID];
    if (id !== undefined && summary[DELIVERY_DAY] === day) yield { id, announced: ledgerMark(summary) ?? 0n };
  }
  for (const { id, day: of, announced } of recentCommits(metadata))
    if (of === day) yield { id, announced: BigInt(announced) };
}
