/** Ledger = tables: of every object so many rows and rejects as the ledger says, and no rows of any other. */
import type { TableRole } from '../cloudtrail/tables.js';
import { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { Slice } from '../ingest/slices.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { fromDayNumber, toDayNumber } from '../workflows/days.js';
import { type AuditContext, type AuditedTables, DATA_ROLES, type DataRole } from './context.js';
import { CURES } from './cures.js';
import type { LedgerSlice } from './ledger-slice.js';
import type { DayBook } from './report.js';
import type { Scope } from './scope.js';
import { type DayRange, Deletes, type FileOfDay, filesOfDay } from './table-files.js';

const MICROS_PER_DAY = 86_400_000_000;

/** `unknown`: tables that cannot be looked at, so that nothing is said of what should be in them. */
export async function compareRows(
  context: AuditContext,
  tables: AuditedTables,
  scope: Scope,
  slice: Slice,
  ledger: LedgerSlice,
  book: DayBook,
  unknown: ReadonlySet<TableRole>,
): Promise<void> {
  const events = eventDays(scope.day, ledger);
  for (const role of [...DATA_ROLES, 'rejects'] as const) {
    const table = tables[role];
    if (table === undefined) continue;
    const strangers = new Map<string, number>();
    const add = (path: string, rows: number, ours: boolean): void => {
      const known = ledger.paths.get(path);
      if (known === undefined) {
        if (isStranger(scope, path, ours)) strangers.set(path, (strangers.get(path) ?? 0) + rows);
      } else if (role === 'rejects') known.rejectRows += rows;
      else if (role === known.table) known.rows += rows;
      // No other table may have rows of it.
      else strangers.set(path, (strangers.get(path) ?? 0) + rows);
    };
    await countTable(context, table, role, scope.day, events, slice, book, add);
    const name = table.identifier.name;
    if (unknown.has('ledger')) strangers.clear();
    for (const [subject, found] of strangers) {
      const place = scope.ofPath(subject);
      if (place !== undefined) book.group(place)[role === 'rejects' ? 'rejectRows' : 'rows'] += found;
      book.differ({ what: 'unknown_rows', subject, table: name, ledger: null, found, cure: CURES.unknown_rows });
    }
  }
  compare(tables, ledger, book, unknown);
}

/** Rows of the day that no ledger row stands for. What the filter leaves out is nobody's concern here. */
function isStranger(scope: Scope, path: string, ours: boolean): boolean {
  return scope.ofPath(path) !== undefined || (ours && scope.everything);
}

/** Days of events that files of unknown commits are looked for in: those of the ledger's rows, and the usual two. */
function eventDays(day: string, { firstEvent, lastEvent }: LedgerSlice): DayRange {
  const delivered = toDayNumber(day);
  return {
    from: Math.min(delivered - 1, Math.floor(firstEvent / MICROS_PER_DAY)),
    to: Math.max(delivered, Math.floor(lastEvent / MICROS_PER_DAY)),
  };
}

async function countTable(
  context: AuditContext,
  table: LoadedTable,
  role: DataRole | 'rejects',
  day: string,
  events: DayRange,
  slice: Slice,
  book: DayBook,
  add: (path: string, rows: number, ours: boolean) => void,
): Promise<void> {
  const { pool, signal, config } = context;
  const column = role === 'rejects' ? 'path' : 'log.file.path';
  const partitions = new Map<number, FileOfDay[]>();
  const name = table.identifier.name;
  const onDamage = (damage: Damaged): void => book.damage(damage, name);
  for (const file of await filesOfDay(context, table, day, events, onDamage))
    partitions.set(file.file.day, [...(partitions.get(file.file.day) ?? []), file]);
  const deletes = new Deletes(context, table, onDamage);
  for (const [partition, files] of partitions) {
    await deletes.enter(partition);
    await mapConcurrent(files, Math.max(1, config.ingest.concurrentReads), async (data) => {
      const { path, bytes, rows } = data.file;
      const file = { path, bytes, kind: 'data file', of: name } as const;
      try {
        const deleted = await deletes.of(data);
        const counts = await readTableFile(
          table.store,
          file,
          (parquet) => pool.countRows({ parquet, rows, column, deleted, slice }, signal),
          signal,
        );
        for (const [from, of] of counts) add(from, of, data.ours);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        const where = Number.isNaN(partition) ? '' : `, events of ${fromDayNumber(partition)}`;
        book.damage(error, name, `${rows} rows${where}`);
      }
    });
  }
}

function compare(tables: AuditedTables, ledger: LedgerSlice, book: DayBook, unknown: ReadonlySet<TableRole>): void {
  for (const [subject, of] of ledger.paths) {
    const group = book.group(of.place);
    group.records += of.records;
    group.rows += of.rows;
    group.rejects += of.rejects;
    group.rejectRows += of.rejectRows;
    if (of.rows !== of.records && !unknown.has(of.table as TableRole)) {
      const table = tables[of.table]?.identifier.name;
      const cure = CURES.rows_differ;
      book.differ({ what: 'rows_differ', subject, table, ledger: of.records, found: of.rows, cure });
    }
    if (of.rejectRows !== of.rejects && !unknown.has('rejects')) {
      const table = tables.rejects?.identifier.name;
      const cure = CURES.rejects_differ;
      book.differ({ what: 'rejects_differ', subject, table, ledger: of.rejects, found: of.rejectRows, cure });
    }
  }
}
