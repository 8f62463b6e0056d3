/**
 * A reader of the tables while they are written, compacted and expired: it counts their rows repeatedly. Each count must be
 * correct: it never falls, no row occurs twice, and there are never more rows than in the undisturbed tables.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ACCOUNT_COLUMN } from '../../cloudtrail/event-ids.js';
import { INGEST_ROLES, type TableRole, tableNameOf } from '../../cloudtrail/tables.js';
import { openTables } from '../../query/open-tables.js';
import type { ComparedTables } from './compare.js';

/** Milliseconds between two counts. */
const PAUSE_MS = 250;
/** Maximum number of wrong counts that are reported. */
const MAX_PROBLEMS = 5;

/** What identifies a row in tables in which no row may occur twice. Rows of events without an id are not compared. */
const IDENTITY: Partial<Record<TableRole, { columns: string; where: string }>> = {
  default: {
    columns: `event.id, ${ACCOUNT_COLUMN}, date_trunc('second', ts)`,
    where: `event.id IS NOT NULL AND ${ACCOUNT_COLUMN} IS NOT NULL AND ts IS NOT NULL`,
  },
  ledger: { columns: 'key, etag, attempt', where: 'true' },
};

/** Numbers of rows, by table. */
export type RowCounts = Partial<Record<TableRole, number>>;

/** The number of rows of each table, and the number of repeated rows. Tables that do not exist are left out. */
export async function countRows(
  { catalog, namespace }: ComparedTables,
  source: string,
): Promise<{ rows: RowCounts; repeated: RowCounts }> {
  const found = { rows: {} as RowCounts, repeated: {} as RowCounts };
  const tables = await openTables(catalog, namespace, { source });
  try {
    for (const role of INGEST_ROLES) {
      const name = tableNameOf(source, role);
      if (!tables.names.includes(name)) continue;
      const { columns, where } = IDENTITY[role] ?? { columns: '1', where: 'false' };
      const [row] = await tables.query(
        `SELECT count(*) AS n, count(*) FILTER (${where}) - count(DISTINCT (${columns})) FILTER (${where}) AS again FROM "${name}"`,
      );
      found.rows[role] = Number(row.n);
      found.repeated[role] = Number(row.again);
    }
  } finally {
    tables.close();
  }
  return found;
}

/** Counts the rows of the tables of a storm. */
export class Reader {
  /** How often all tables were counted, and how often that failed, because of a fault or of a file that was removed. */
  counted = 0;
  failed = 0;
  /** Wrong counts. */
  readonly problems: string[] = [];
  private last: RowCounts = {};
  private damages = 0;
  private damaged = 0;

  /** @param most the rows of the undisturbed tables */
  constructor(
    private readonly tables: ComparedTables,
    private readonly source: string,
    private readonly most: RowCounts,
  ) {}

  /** Counts until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.count();
      await wait(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Counts that overlap with `work` are not judged: it damages the tables. */
  async ignoring<T>(work: () => Promise<T>): Promise<T> {
    this.damages++;
    this.damaged++;
    try {
      return await work();
    } finally {
      this.damaged--;
    }
  }

  /** Counts once. `strict`: throws if that fails. */
  async count({ strict = false } = {}): Promise<void> {
    const before = this.damages;
    if (this.damaged > 0) return;
    const counts = await countRows(this.tables, this.source).catch((error: unknown) => {
      if (strict) throw error;
      this.failed++;
      return undefined;
    });
    if (counts === undefined || this.damages > before) return;
    this.counted++;
    for (const role of INGEST_ROLES) this.judge(role, counts.rows[role] ?? 0, counts.repeated[role] ?? 0);
    this.last = counts.rows;
  }

  private judge(role: TableRole, rows: number, repeated: number): void {
    const { [role]: last = 0 } = this.last;
    // The ledger also has a row for each object that existed only for a while.
    const most = role === 'ledger' ? Number.POSITIVE_INFINITY : (this.most[role] ?? 0);
    const wrong = [
      ...(rows < last ? [`${rows} rows after ${last}`] : []),
      ...(rows > most ? [`${rows} rows, and the undisturbed table has ${most}`] : []),
      ...(repeated > 0 ? [`${repeated} of ${rows} rows are repeated`] : []),
    ];
    for (const what of wrong)
      if (this.problems.length < MAX_PROBLEMS)
        this.problems.push(`a reader saw a wrong count at ${new Date().toISOString()}: ${role}: ${what}`);
  }
}
