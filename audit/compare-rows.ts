/** Ledger = tables: of every object so many rows and rejects as the ledger says, and no rows of any other. */
import type { LoadedTable } from '../iceberg/catalog.js';
import type { Slice } from '../ledger/slices.js';
import { fromDayNumber, toDayNumber } from '../protocol/days.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type AuditContext, type AuditedTables, DATA_ROLES, type DataRole } from './context.js';
import { CURES } from './cures.js';
import type { LedgerSlice } from './ledger-slice.js';
import type { DayBook } from './report.js';
import type { Scope } from './scope.js';
import { bodyOf, type DayRange, Deletes, FileGone, type FileOfDay, filesOfDay } from './table-files.js';

const MICROS_PER_DAY = 86_400_000_000;

export async function compareRows(
  context: AuditContext,
  tables: AuditedTables,
  scope: Scope,
  slice: Slice,
  ledger: LedgerSlice,
  book: DayBook,
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
    for (const [subject, found] of strangers) {
      const place = scope.ofPath(subject);
      if (place !== undefined) book.group(place)[role === 'rejects' ? 'rejectRows' : 'rows'] += found;
      book.differ({ what: 'unknown_rows', subject, table: name, ledger: null, found, cure: CURES.unknown_rows });
    }
  }
  compare(tables, ledger, book);
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
  for (const file of await filesOfDay(context, table, day, events))
    partitions.set(file.file.day, [...(partitions.get(file.file.day) ?? []), file]);
  const deletes = new Deletes(context, table);
  for (const [partition, files] of partitions) {
    await deletes.enter(partition);
    await mapConcurrent(files, Math.max(1, config.ingest.concurrentReads), async (data) => {
      try {
        const deleted = await deletes.of(data);
        const parquet = await bodyOf(table.store, data.file.path, signal);
        for (const [path, rows] of await pool.countRows(
          { parquet, rows: data.file.rows, column, deleted, slice },
          signal,
        ))
          add(path, rows, data.ours);
      } catch (error) {
        if (!(error instanceof FileGone)) throw error;
        if (slice.index > 0) return;
        const where = Number.isNaN(partition) ? '' : `, events of ${fromDayNumber(partition)}`;
        book.differ({
          what: 'file_gone',
          subject: error.path,
          table: table.identifier.name,
          ledger: `${data.file.rows} rows${where}`,
          found: null,
          cure: CURES.file_gone,
        });
      }
    });
  }
}

function compare(tables: AuditedTables, ledger: LedgerSlice, book: DayBook): void {
  for (const [subject, of] of ledger.paths) {
    const group = book.group(of.place);
    group.records += of.records;
    group.rows += of.rows;
    group.rejects += of.rejects;
    group.rejectRows += of.rejectRows;
    if (of.rows !== of.records) {
      const table = tables[of.table]?.identifier.name;
      const cure = CURES.rows_differ;
      book.differ({ what: 'rows_differ', subject, table, ledger: of.records, found: of.rows, cure });
    }
    if (of.rejectRows !== of.rejects) {
      const table = tables.rejects?.identifier.name;
      const cure = CURES.rejects_differ;
      book.differ({ what: 'rejects_differ', subject, table, ledger: of.rejects, found: of.rejectRows, cure });
    }
  }
}
