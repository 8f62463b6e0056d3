/** Indexes the ledger rows of one slice of a day. */
import type { LedgerRow } from '../ledger/columns.js';
import type { ObjectPlace } from './scope.js';

/** One object: a key and an ETag. The row of the latest attempt is its state. */
export interface AuditedObject {
  etag: string;
  state: LedgerRow;
  /** Number of rows with the status `ingested`. */
  ingested: number;
  /** True if there are several rows with the same other status for the same attempt. */
  repeated: boolean;
}

/** What the ledger records about a key, and its ETag in the bucket. */
export interface LedgerKey {
  place: ObjectPlace;
  path: string;
  objects: AuditedObject[];
  /** Its ETag in the bucket; absent if the bucket does not list it. */
  bucketEtag?: string;
  /** That version is not in the ledger, because it may be waiting for its digest. */
  isHeld?: true;
}

/** Row counts of an address in the ledger and in the tables. All ETags of a key share an address: rows have no ETag. */
export interface PathRows {
  table: LedgerRow['table'];
  place: ObjectPlace;
  records: number;
  rejects: number;
  rows: number;
  rejectRows: number;
}

/** The ledger rows of a slice of a day's objects, by key and by address. */
export class LedgerSlice {
  readonly keys = new Map<string, LedgerKey>();
  readonly paths = new Map<string, PathRows>();
  /** Range of event times, microseconds since the epoch; empty, from `Infinity` to `-Infinity`, if there are none. */
  firstEvent = Number.POSITIVE_INFINITY;
  lastEvent = Number.NEGATIVE_INFINITY;

  add(row: LedgerRow, place: ObjectPlace): void {
    let key = this.keys.get(row.key);
    if (key === undefined) {
      key = { place, path: row.path, objects: [] };
      this.keys.set(row.key, key);
    }
    const object = key.objects.find(({ etag }) => etag === row.etag);
    if (object === undefined) {
      const ingested = row.status === 'ingested' ? 1 : 0;
      key.objects.push({ etag: row.etag, state: row, ingested, repeated: false });
    } else addAttempt(object, row);
    this.addRows(row, place);
    // Early versions did not record the times.
    const mayBeAny = row.records > 0;
    const { firstEventTime, lastEventTime } = row;
    const first = firstEventTime ?? (mayBeAny ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    const last = lastEventTime ?? (mayBeAny ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
    this.firstEvent = Math.min(this.firstEvent, first);
    this.lastEvent = Math.max(this.lastEvent, last);
  }

  private addRows(row: LedgerRow, place: ObjectPlace): void {
    let rows = this.paths.get(row.path);
    if (rows === undefined) {
      rows = { table: row.table, place, records: 0, rejects: 0, rows: 0, rejectRows: 0 };
      this.paths.set(row.path, rows);
    }
    rows.records += row.records;
    rows.rejects += row.rejects;
  }
}

function addAttempt(object: AuditedObject, row: LedgerRow): void {
  const { state } = object;
  if (row.status === 'ingested') object.ingested++;
  else if (row.status === state.status && row.attempt === state.attempt) object.repeated = true;
  const later = row.attempt === state.attempt ? row.status === 'ingested' : row.attempt > state.attempt;
  if (later) object.state = row;
}
