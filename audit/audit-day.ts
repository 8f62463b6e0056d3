/**
 * Audits one delivery day: compares the bucket with the ledger, and the ledger with the tables. One slice of the day's objects
 * is in memory at a time; each slice takes another pass over the listing, the ledger and the tables.
 */

import type { SourcePrefix } from '../cloudtrail/object-key.js';
import { Deletes } from '../commit/table-deletes.js';
import { Damaged } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { NO_METRICS, type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import { isInSlice, type Slice } from '../ledger/slices.js';
import { heldUntil, mustBeProven } from '../plan/hold.js';
import { keyChoice } from '../plan/source-filter.js';
import { toDayNumber } from '../protocol/days.js';
import type { SourceFilter } from '../protocol/messages.js';
import type { LoadedTables } from '../run/lost-versions.js';
import type { UnusableEntry } from '../storage/object-store.js';
import { compareLedgerKeys } from './compare-keys.js';
import { compareLedgerRows } from './compare-rows.js';
import { type AuditContext, type DamagedTable, haveChanged, loadAuditedTables } from './context.js';
import { CURES } from './cures.js';
import { halfCommits } from './half-commits.js';
import { identify } from './identify.js';
import { LedgerSlice } from './ledger-slice.js';
import { listDay } from './list-day.js';
import { type DayReport, DayReportBuilder } from './report.js';
import { type Scope, scopeOf } from './scope.js';

/** Ledger rows of a slice, which are in memory at the same time: about 200 MB. */
const SLICE_ROWS = 250_000;
/** Maximum number of comparisons of a day: a backfill that commits during the audit causes differences that are not real. */
const MAX_ATTEMPTS = 3;

/** The delivery day to audit. */
export interface DayToAudit {
  day: string;
  filter: SourceFilter;
  /** The accounts, kinds and regions in the bucket that have files. */
  sources: readonly SourcePrefix[];
}

/** Options of an audit of one delivery day. */
export interface DayAuditOptions {
  /** Ledger rows of a slice, {@link SLICE_ROWS} by default. For tests. */
  sliceRows?: number;
  /** Milliseconds since the epoch; default: the clock's. */
  now?: number;
}

/**
 * Compares bucket, ledger and tables of one delivery day. If there are differences and the tables have changed meanwhile, the
 * day is compared again, up to {@link MAX_ATTEMPTS} times in all. Damaged table files are reported as differences. Throws the
 * errors of the stores.
 */
export async function auditDay(
  context: AuditContext,
  wanted: DayToAudit,
  options: DayAuditOptions = {},
): Promise<DayReport> {
  const { sliceRows = SLICE_ROWS, now = Date.now() } = options;
  let loaded = await loadAuditedTables(context);
  for (let attempt = 1; ; attempt++) {
    const report = await auditOnce(context, loaded, wanted, { sliceRows, now });
    if (report.differences.count === 0 || attempt === MAX_ATTEMPTS) return report;
    const latest = await loadAuditedTables(context);
    if (!haveChanged(loaded.tables, latest.tables)) return report;
    loaded = latest;
  }
}

async function auditOnce(
  context: AuditContext,
  { tables, damaged }: { tables: LoadedTables; damaged: readonly DamagedTable[] },
  { day, filter, sources }: DayToAudit,
  { sliceRows, now }: Required<DayAuditOptions>,
): Promise<DayReport> {
  const { bucket, config } = context;
  const scope = scopeOf({ day, filter, bucketUri: bucket.uri, ...config });
  const choose = keyChoice(config);
  const builder = new DayReportBuilder(day);
  for (const { damage, table } of damaged) builder.addDamage(damage, table);
  const unknown = new Set(damaged.map(({ role }) => role));
  const ledgerKnown = !unknown.has('ledger');
  // Without the ledger every commit would appear incomplete, every object missing, and every row unknown.
  for (const { id, table } of ledgerKnown ? halfCommits(tables, day) : [])
    builder.addDifference({
      what: 'half_commit',
      subject: id,
      table,
      ledger: null,
      found: 'committed',
      cure: CURES.half_commit,
    });
  const files = await ledgerFiles(context, tables, day, builder);
  const slices = Math.max(1, Math.ceil(files.files.reduce((sum, { file }) => sum + file.rows, 0) / sliceRows));
  for (let index = 0; index < slices; index++) {
    const slice = { index, of: slices };
    const ledger = await readSlice(context, files, tables, scope, slice, builder);
    const onUnusable = (entry: UnusableEntry): void => {
      if (index === 0) addOdd(builder, scope, entry);
    };
    for await (const page of listDay(context, sources, day, onUnusable)) {
      const ofSlice = page.filter(({ key }) => isInSlice(key, slice));
      for (const object of await identify(context, ledger, ofSlice)) {
        const { key, etag } = object;
        const choice = choose(key);
        const known = ledger.keys.get(key);
        // An object in the ledger was read by a version that did not treat it as a partial copy.
        if (choice !== 'read' && known === undefined) {
          if (choice !== undefined) builder.ignored.add(choice, key);
          continue;
        }
        const place = scope.ofKey(key);
        if (place === undefined) continue;
        builder.group(place).listed++;
        if (known !== undefined) known.bucketEtag = etag;
        const isKnown = known === undefined ? !ledgerKnown : known.objects.some((one) => one.etag === etag);
        // Only a plan checks whether its digest has been delivered yet.
        const isHeld = !isKnown && mustBeProven(config, place.kind) && now <= heldUntil(context, object, day);
        if (isHeld) builder.ignored.add('awaiting_digest', key);
        else if (known === undefined && ledgerKnown) addMissing(builder, key);
        if (isHeld && known !== undefined) known.isHeld = true;
      }
    }
    compareLedgerKeys(ledger, builder);
    await compareLedgerRows(context, tables, scope, slice, ledger, builder, unknown);
  }
  return builder.finish();
}

/**
 * Adds an entry that is not a regular file. Plans also ignore it; if it may contain files, it counts as missing in the ledger.
 */
function addOdd(builder: DayReportBuilder, scope: Scope, { key, why }: UnusableEntry): void {
  if (!key.endsWith('/') && scope.ofKey(key) === undefined) return;
  builder.ignored.add(why, key);
  if (why !== 'bad_name' && why !== 'unreadable') return;
  const cure = CURES.missing_in_ledger;
  builder.addDifference({ what: 'missing_in_ledger', subject: key, ledger: null, found: `${why}, so not read`, cure });
}

function addMissing(builder: DayReportBuilder, key: string): void {
  builder.addDifference({
    what: 'missing_in_ledger',
    subject: key,
    ledger: null,
    found: 'listed',
    cure: CURES.missing_in_ledger,
  });
}

/** The ledger files of a delivery day, and their deleted rows: those of objects that were read again. */
interface LedgerFiles {
  files: ScannedFile[];
  deletes?: Deletes;
}

/** Returns the ledger files of a delivery day: all its rows are in one partition. */
async function ledgerFiles(
  { pool, signal }: AuditContext,
  { ledger }: LoadedTables,
  day: string,
  builder: DayReportBuilder,
): Promise<LedgerFiles> {
  const files: ScannedFile[] = [];
  if (ledger === undefined) return { files };
  const number = toDayNumber(day);
  const dayRange = { from: number, to: number };
  const onDamage = (damage: Damaged): void => builder.addDamage(damage, ledger.identifier.name);
  const options = { dayRange, columns: NO_METRICS, signal, onDamage };
  for await (const file of scanDataFiles(ledger, options)) files.push(file);
  const deletes = new Deletes({ pool, signal }, ledger, onDamage);
  await deletes.enter(number);
  return { files, deletes };
}

async function readSlice(
  { pool, signal }: AuditContext,
  { files, deletes }: LedgerFiles,
  tables: LoadedTables,
  scope: Scope,
  slice: Slice,
  builder: DayReportBuilder,
): Promise<LedgerSlice> {
  const ledger = new LedgerSlice();
  if (tables.ledger === undefined) return ledger;
  const { store, identifier } = tables.ledger;
  for (const scanned of files) {
    const { path, bytes, rows } = scanned.file;
    const file = { path, bytes, kind: 'ledger file', of: identifier.name } as const;
    try {
      const deleted = await deletes?.of(scanned);
      const read = (parquet: Uint8Array) => pool.ledgerRows({ parquet, deleted, slice }, signal);
      const ofFile = await readTableFile(store, file, read, signal);
      for (const row of ofFile) {
        const place = scope.ofKey(row.key);
        if (place !== undefined) ledger.add(row, place);
      }
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      builder.addDamage(error, identifier.name, rows);
    }
  }
  return ledger;
}
