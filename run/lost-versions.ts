/**
 * Detects tables that have lost their newest versions. The ledger records the sequence numbers of the other tables, in its
 * properties and snapshots, and those record the ledger's, so a table that is behind or missing was restored to an older state: writing to
 * it would lose rows or ingest files twice. Unless something is wrong, this takes no requests beyond loading the tables.
 */
import { CONTENT_ROLES, type TableRole, tableNameOf } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf, type RunConfig } from './config.js';
import { LEDGER_AT, TABLES_AT } from './summary-keys.js';

/** The tables that exist, by role. */
export type LoadedTables = Partial<Record<TableRole, LoadedTable>>;

/** A table that has lost its newest versions. */
export interface LostVersions {
  role: TableRole;
  /** Names of the table that has lost versions, and of the table whose snapshots record them. */
  table: string;
  witness: string;
  damage: Damaged;
}

/**
 * Returns the highest sequence number of each table that the ledger records. Commits of different days may reach the ledger in
 * any order, so the latest snapshot does not necessarily have the highest. Earlier versions set no property.
 */
export function marksOf(ledger: Pick<LoadedTable, 'metadata'> | undefined): Map<TableRole, bigint> {
  const marks = new Map<TableRole, bigint>();
  if (ledger === undefined) return marks;
  const add = (text = ''): void => {
    for (const [, role, number] of text.matchAll(/(\w+)=(\d+)/g)) raise(marks, role as TableRole, BigInt(number));
  };
  add(ledger.metadata.properties[TABLES_AT]);
  for (const { summary } of ancestors(ledger.metadata)) add(summary[TABLES_AT]);
  return marks;
}

/** Raises the mark of a table, if it is lower. */
export function raise(marks: Map<TableRole, bigint>, role: TableRole, at: bigint): void {
  if (at > (marks.get(role) ?? 0n)) marks.set(role, at);
}

/** Formats sequence numbers for a snapshot summary and a property: `default=12,rejects=3`. */
export function marksText(marks: ReadonlyMap<TableRole, bigint>): string {
  return [...marks].map(([role, at]) => `${role}=${at}`).join(',');
}

/**
 * Finds the tables of the given roles that have lost versions. A table that appears to be behind is loaded again first,
 * because a commit may have happened between loading two tables.
 */
export async function lostVersions(
  { catalog, config }: { catalog: Catalog; config: Pick<RunConfig, 'source' | 'catalog'> },
  tables: LoadedTables,
  roles: readonly TableRole[],
  signal?: AbortSignal,
): Promise<LostVersions[]> {
  const lost: LostVersions[] = [];
  const addIfBehind = async (role: TableRole, at: bigint, witness: string): Promise<void> => {
    if (sequenceOf(tables[role]) >= at) return;
    const reloaded = await catalog.loadTable(identifierOf(config, role), signal);
    if (sequenceOf(reloaded) >= at) return;
    const table = tableNameOf(config.source, role);
    lost.push({ role, table, witness, damage: damageOf(table, reloaded, at, witness, catalog.description) });
  };
  const ledger = tableNameOf(config.source, 'ledger');
  const marks = marksOf(tables.ledger);
  for (const role of roles) {
    const at = marks.get(role);
    if (role !== 'ledger' && at !== undefined) await addIfBehind(role, at, ledger);
  }
  if (!roles.includes('ledger')) return lost;
  let [highest, witness] = [0n, ''];
  for (const role of CONTENT_ROLES) {
    const table = tables[role];
    const at = table === undefined ? 0n : ledgerAt(table);
    if (table !== undefined && at > highest) [highest, witness] = [at, table.identifier.name];
  }
  await addIfBehind('ledger', highest, witness);
  return lost;
}

/**
 * Returns the highest sequence number of the ledger that a table records; 0 if none. Commits by older versions do not record it,
 * but the ledger had a snapshot that announced them.
 */
export function ledgerAt({ metadata }: Pick<LoadedTable, 'metadata'>): bigint {
  let highest = ledgerMark(metadata.properties) ?? 0n;
  for (const { summary } of ancestors(metadata)) {
    const at =
      ledgerMark(summary) ?? (summary[COMMIT_ID] !== undefined && summary['trailmill.source'] !== undefined ? 1n : 0n);
    if (at > highest) highest = at;
  }
  return highest;
}

/** The sequence number of the ledger in a summary or in properties. */
export function ledgerMark({ [LEDGER_AT]: text }: Readonly<Record<string, string>>): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}

function sequenceOf(table: LoadedTable | undefined): bigint {
  return table?.metadata['last-sequence-number'] ?? 0n;
}

function damageOf(table: string, now: LoadedTable | undefined, at: bigint, witness: string, catalog: string): Damaged {
  const path = now?.metadataLocation ?? table;
  const state =
    now === undefined
      ? `The table ${table} is gone from the ${catalog}, but according to ${witness} it had at least ${at} snapshots.`
      : `The table ${table} has lost its newest versions: ${path} is at sequence number ${sequenceOf(now)}, but according to ${witness} it was at ${at}.`;
  const cure =
    now === undefined
      ? `Restore the table ${table} from a backup, then start the run again. Without a backup, ingest into a new warehouse.`
      : `Restore the newer metadata files next to ${path} from a backup or from the bucket's object versions, then start the run again. Without a copy, ingest into a new warehouse.`;
  return new Damaged({ path, how: 'gone' }, state, cure);
}
