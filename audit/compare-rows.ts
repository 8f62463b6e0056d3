/**
 * Compares ledger and tables: each object must have the rows and rejects that the ledger records, and no other object may
 * have rows.
 */
import { TABLE_KEYS, type TableKey } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import { Deletes } from '../commit/table-deletes.js';
import { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { Slice } from '../ledger/slices.js';
import { DAY_MS, fromDayNumber, toDayNumber } from '../protocol/days.js';
import type { LoadedTables } from '../run/lost-versions.js';
import { keptSinceOf } from '../run/retention.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { AuditContext } from './context.js';
import { CURES } from './cures.js';
import type { LedgerSlice } from './ledger-slice.js';
import type { DayReportBuilder } from './report.js';
import type { Scope } from './scope.js';
import { type DayRange, type FileOfDay, filesOfDay } from './table-files.js';

const MICROS_PER_DAY = DAY_MS * 1000;

/**
 * Counts the rows of the slice's objects in all tables, and adds the differences. `unknown` are the tables that cannot be read,
 * which are not compared.
 */
export async function compareLedgerRows(
  context: AuditContext,
  tables: LoadedTables,
  scope: Scope,
  slice: Slice,
  ledger: LedgerSlice,
  builder: DayReportBuilder,
  unknown: ReadonlySet<TableRole>,
): Promise<void> {
  const events = eventDays(scope.day, ledger);
  for (const role of [...TABLE_KEYS, 'rejects'] as const) {
    const table = tables[role];
    if (table === undefined) continue;
    const unknownRows = new Map<string, number>();
    const add = (path: string, rows: number, ours: boolean): void => {
      const known = ledger.paths.get(path);
      if (known === undefined) {
        if (isUnknown(scope, path, ours)) unknownRows.set(path, (unknownRows.get(path) ?? 0) + rows);
      } else if (role === 'rejects') known.rejectRows += rows;
      else if (role === known.table) known.rows += rows;
      // The object belongs to another table.
      else unknownRows.set(path, (unknownRows.get(path) ?? 0) + rows);
    };
    await countTable(context, table, role, scope.day, events, slice, builder, add);
    const name = table.identifier.name;
    if (unknown.has('ledger')) unknownRows.clear();
    for (const [subject, found] of unknownRows) {
      const place = scope.ofPath(subject);
      if (place !== undefined) builder.group(place)[role === 'rejects' ? 'rejectRows' : 'rows'] += found;
      builder.addDifference({
        what: 'unknown_rows',
        subject,
        table: name,
        ledger: null,
        found,
        cure: CURES.unknown_rows,
      });
    }
  }
  compare(tables, ledger, builder, unknown);
}

/** Tests whether rows without a ledger row belong to the audited day. Rows outside of the filter are ignored. */
function isUnknown(scope: Scope, path: string, ours: boolean): boolean {
  return scope.ofPath(path) !== undefined || (ours && scope.everything);
}

/** Event days to search for files of unknown commits: those of the ledger's rows, the delivery day and the day before. */
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
  role: TableKey | 'rejects',
  day: string,
  events: DayRange,
  slice: Slice,
  builder: DayReportBuilder,
  add: (path: string, rows: number, ours: boolean) => void,
): Promise<void> {
  const { pool, signal, config } = context;
  const column = role === 'rejects' ? 'path' : 'log.file.path';
  const partitions = new Map<number, FileOfDay[]>();
  const name = table.identifier.name;
  const onDamage = (damage: Damaged): void => builder.addDamage(damage, name);
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
        builder.addDamage(error, name, `${rows} rows${where}`);
      }
    });
  }
}

/** Rows of days that retention has removed may be missing, but there must never be more rows than the ledger records. */
function compare(
  tables: LoadedTables,
  ledger: LedgerSlice,
  builder: DayReportBuilder,
  unknown: ReadonlySet<TableRole>,
): void {
  const kept = keptSinceOf(tables.ledger);
  const isKept = (role: string | null, day: string): boolean => day >= (kept.get(role as TableRole) ?? '');
  const dayOf = (micros: number): string =>
    Number.isFinite(micros) ? fromDayNumber(Math.floor(micros / MICROS_PER_DAY)) : builder.day;
  for (const [subject, of] of ledger.paths) {
    const areRowsKept = isKept(of.table, dayOf(of.firstEvent));
    const areRejectsKept = isKept('rejects', builder.day);
    const group = builder.group(of.place);
    // Only records that are still expected to have rows, so that both sides of the counts are equal.
    group.records += areRowsKept ? of.records : Math.min(of.records, of.rows);
    group.rows += of.rows;
    group.rejects += areRejectsKept ? of.rejects : Math.min(of.rejects, of.rejectRows);
    group.rejectRows += of.rejectRows;
    if (differs(of.rows, of.records, areRowsKept) && !unknown.has(of.table as TableRole)) {
      const table = tables[of.table]?.identifier.name;
      const cure = CURES.rows_differ;
      builder.addDifference({ what: 'rows_differ', subject, table, ledger: of.records, found: of.rows, cure });
    }
    if (differs(of.rejectRows, of.rejects, areRejectsKept) && !unknown.has('rejects')) {
      const table = tables.rejects?.identifier.name;
      const cure = CURES.rejects_differ;
      builder.addDifference({ what: 'rejects_differ', subject, table, ledger: of.rejects, found: of.rejectRows, cure });
    }
  }
}

function differs(rows: number, recorded: number, areKept: boolean): boolean {
  return areKept ? rows !== recorded : rows > recorded;
}
