/**
 * One delivery day: bucket = ledger, ledger = tables. In memory is a slice of the day's objects at a time; each slice
 * passes over the listing, the ledger and the tables again.
 */

import { keyChoice } from '../activities/source-filter.js';
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import { Damaged } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { scanFiles } from '../iceberg/scan.js';
import type { DataFile } from '../iceberg/types.js';
import { isInSlice, type Slice } from '../ingest/slices.js';
import type { OddEntry } from '../storage/object-store.js';
import { toDayNumber } from '../workflows/days.js';
import type { SourceFilter } from '../workflows/messages.js';
import { compareKeys } from './compare-keys.js';
import { compareRows } from './compare-rows.js';
import { type AuditContext, type AuditedTables, type DamagedTable, haveMoved, loadTables } from './context.js';
import { CURES } from './cures.js';
import { halfCommits } from './half-commits.js';
import { LedgerSlice } from './ledger-slice.js';
import { listDay } from './list-day.js';
import { DayBook, type DayReport } from './report.js';
import { type Scope, scopeOf } from './scope.js';

/** Ledger rows that are held at once: some 200 MB. */
const SLICE_ROWS = 250_000;
/** A backfill that commits meanwhile makes differences that are none: so often the day is looked at anew. */
const MOST_TRIES = 3;

export interface DayToAudit {
  day: string;
  filter: SourceFilter;
  /** Where the bucket has files. */
  sources: readonly SourcePrefix[];
}

export interface AuditOptions {
  /** For tests. */
  sliceRows?: number;
}

export async function auditDay(
  context: AuditContext,
  wanted: DayToAudit,
  options: AuditOptions = {},
): Promise<DayReport> {
  let loaded = await loadTables(context);
  for (let tries = 1; ; tries++) {
    const report = await auditOnce(context, loaded, wanted, options.sliceRows ?? SLICE_ROWS);
    if (report.differences.count === 0 || tries === MOST_TRIES) return report;
    const now = await loadTables(context);
    if (!haveMoved(loaded.tables, now.tables)) return report;
    loaded = now;
  }
}

async function auditOnce(
  context: AuditContext,
  { tables, damaged }: { tables: AuditedTables; damaged: readonly DamagedTable[] },
  { day, filter, sources }: DayToAudit,
  sliceRows: number,
): Promise<DayReport> {
  const { bucket, config } = context;
  const scope = scopeOf({ day, filter, bucketUri: bucket.uri, ...config });
  const choose = keyChoice(config);
  const book = new DayBook(day);
  for (const { damage, table } of damaged) book.damage(damage, table);
  const unknown = new Set(damaged.map(({ role }) => role));
  const ledgerKnown = !unknown.has('ledger');
  // Without the ledger every commit would seem to be half done, every object missing, and every row a stranger.
  for (const { id, table } of ledgerKnown ? halfCommits(tables, day) : [])
    book.differ({ what: 'half_commit', subject: id, table, ledger: null, found: 'committed', cure: CURES.half_commit });
  const files = await ledgerFiles(context, tables, day, book);
  const of = Math.max(1, Math.ceil(files.reduce((sum, { rows }) => sum + rows, 0) / sliceRows));
  for (let index = 0; index < of; index++) {
    const slice = { index, of };
    const ledger = await readSlice(context, files, tables, scope, slice, book);
    const onOdd = (entry: OddEntry): void => {
      if (index === 0) odd(book, scope, entry);
    };
    for await (const page of listDay(context, sources, day, onOdd)) {
      for (const { key, etag } of page) {
        if (!isInSlice(key, slice)) continue;
        const choice = choose(key);
        const known = ledger.keys.get(key);
        // What the ledger has was read by a version that did not take it for a partial copy.
        if (choice !== 'read' && known === undefined) {
          if (choice !== undefined) book.ignored.add(choice, key);
          continue;
        }
        const place = scope.ofKey(key);
        if (place === undefined) continue;
        book.group(place).listed++;
        if (known !== undefined) known.listed = etag;
        else if (ledgerKnown) missing(book, key);
      }
    }
    compareKeys(ledger, book);
    await compareRows(context, tables, scope, slice, ledger, book, unknown);
  }
  return book.finish();
}

/** What is no object is left out by plans, too. But where something may be in it, nobody can say that all is ingested. */
function odd(book: DayBook, scope: Scope, { key, why }: OddEntry): void {
  if (!key.endsWith('/') && scope.ofKey(key) === undefined) return;
  book.ignored.add(why, key);
  if (why !== 'bad_name' && why !== 'unreadable') return;
  const cure = CURES.missing_in_ledger;
  book.differ({ what: 'missing_in_ledger', subject: key, ledger: null, found: `${why}, so not read`, cure });
}

function missing(book: DayBook, key: string): void {
  book.differ({
    what: 'missing_in_ledger',
    subject: key,
    ledger: null,
    found: 'listed',
    cure: CURES.missing_in_ledger,
  });
}

type LedgerFile = Pick<DataFile, 'path' | 'rows' | 'bytes'>;

/** All ledger rows of a delivery day lie in its partition. */
async function ledgerFiles(
  { signal }: AuditContext,
  { ledger }: AuditedTables,
  day: string,
  book: DayBook,
): Promise<LedgerFile[]> {
  const files: LedgerFile[] = [];
  if (ledger === undefined) return files;
  const number = toDayNumber(day);
  const dayRange = { from: number, to: number };
  const onDamage = (damage: Damaged): void => book.damage(damage, ledger.identifier.name);
  for await (const { path, rows, bytes } of scanFiles(ledger, { dayRange, signal, onDamage }))
    files.push({ path, rows, bytes });
  return files;
}

async function readSlice(
  { pool, signal }: AuditContext,
  files: readonly LedgerFile[],
  tables: AuditedTables,
  scope: Scope,
  slice: Slice,
  book: DayBook,
): Promise<LedgerSlice> {
  const ledger = new LedgerSlice();
  if (tables.ledger === undefined) return ledger;
  const { store, identifier } = tables.ledger;
  for (const { path, bytes, rows } of files) {
    const file = { path, bytes, kind: 'ledger file', of: identifier.name } as const;
    try {
      const ofFile = await readTableFile(store, file, (body) => pool.ledgerRows(body, slice, signal), signal);
      for (const row of ofFile) {
        const place = scope.ofKey(row.key);
        if (place !== undefined) ledger.add(row, place);
      }
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      book.damage(error, identifier.name, rows);
    }
  }
  return ledger;
}
