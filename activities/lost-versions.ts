/**
 * Has a table lost its newest versions? The ledger and the other tables say in their snapshots how far each other had come, so
 * one that is behind, or is not there at all, has been put back behind our back: going on would lose rows, or ingest files
 * again as if they were new. Costs nothing more than the tables that are loaded anyway, unless something is wrong.
 */
import { DATA_ROLES, nameOf, type TableRole } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import { ancestors, COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf, type RunConfig } from './run-config.js';
import { LEDGER_AT, TABLES_AT } from './summary-keys.js';

export type LoadedTables = Partial<Record<TableRole, LoadedTable>>;

export interface Lost {
  role: TableRole;
  /** Name of the table that lacks versions, and of the one that knows of them. */
  table: string;
  witness: string;
  damage: Damaged;
}

/** The marks of the ledger, the highest of each table: commits of different days may be entered in another order. */
export function marksOf(ledger: Pick<LoadedTable, 'metadata'> | undefined): Map<TableRole, bigint> {
  const marks = new Map<TableRole, bigint>();
  if (ledger === undefined) return marks;
  for (const { summary } of ancestors(ledger.metadata))
    for (const [, role, text] of (summary[TABLES_AT] ?? '').matchAll(/(\w+)=(\d+)/g)) {
      const at = BigInt(text);
      if (at > (marks.get(role as TableRole) ?? 0n)) marks.set(role as TableRole, at);
    }
  return marks;
}

/** The text of marks, for a summary. */
export function marksText(marks: ReadonlyMap<TableRole, bigint>): string {
  return [...marks].map(([role, at]) => `${role}=${at}`).join(',');
}

/**
 * Of the roles that were looked up, those whose table lacks versions. What seems to is loaded again before it is said: of two
 * tables that are loaded one after the other, a commit may lie between.
 */
export async function lostVersions(
  { catalog, config }: { catalog: Catalog; config: Pick<RunConfig, 'source' | 'catalog'> },
  tables: LoadedTables,
  roles: readonly TableRole[],
): Promise<Lost[]> {
  const lost: Lost[] = [];
  const behind = async (role: TableRole, at: bigint, witness: string): Promise<void> => {
    if (sequenceOf(tables[role]) >= at) return;
    const now = await catalog.loadTable(identifierOf(config, role));
    if (sequenceOf(now) >= at) return;
    const table = nameOf(config.source, role);
    lost.push({ role, table, witness, damage: damageOf(table, now, at, witness, catalog.description) });
  };
  const ledger = nameOf(config.source, 'ledger');
  const marks = marksOf(tables.ledger);
  for (const role of roles) {
    const at = marks.get(role);
    if (role !== 'ledger' && at !== undefined) await behind(role, at, ledger);
  }
  if (!roles.includes('ledger')) return lost;
  let [most, witness] = [0n, ''];
  for (const role of DATA_ROLES) {
    const table = tables[role];
    const at = table === undefined ? 0n : ledgerAt(table);
    if (table !== undefined && at > most) [most, witness] = [at, table.identifier.name];
  }
  await behind('ledger', most, witness);
  return lost;
}

/** What an older version has committed has no mark, but it was announced in the ledger. */
function ledgerAt({ metadata }: LoadedTable): bigint {
  let any = 0n;
  for (const { summary } of ancestors(metadata)) {
    if (summary[LEDGER_AT] !== undefined && /^\d+$/.test(summary[LEDGER_AT])) return BigInt(summary[LEDGER_AT]);
    if (summary[COMMIT_ID] !== undefined && summary['trailmill.source'] !== undefined) any = 1n;
  }
  return any;
}

function sequenceOf(table: LoadedTable | undefined): bigint {
  return table?.metadata['last-sequence-number'] ?? 0n;
}

function damageOf(table: string, now: LoadedTable | undefined, at: bigint, witness: string, catalog: string): Damaged {
  const path = now?.metadataLocation ?? table;
  const state =
    now === undefined
      ? `The table ${table} is gone from the ${catalog}, and ${witness} says that it had ${at} snapshots or more.`
      : `The table ${table} lacks its newest versions: ${path} is at sequence number ${sequenceOf(now)}, and ${witness} says that it was at ${at}.`;
  const cure =
    now === undefined
      ? `Restore the table ${table} from a backup, then start the run again. Without any copy: ingest into a new warehouse.`
      : `Restore the newer metadata files beside ${path} from a backup or the bucket's versioning, then start the run again. Without any copy: ingest into a new warehouse.`;
  return new Damaged({ path, how: 'gone' }, state, cure);
}
