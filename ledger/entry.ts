/** An object of the bucket on its way into the ledger. */
import type { FileStatus } from '../cloudtrail/tables.js';

/** An object that a batch has to bring into the ledger. */
export interface BatchFile {
  key: string;
  etag: string;
  /** Stored size, bytes. */
  size: number;
  account: string;
  region: string;
  kind: string;
  /** Which try this is; absent for the first. */
  attempt?: number;
  /** The ledger has the same key with another ETag. */
  replaces?: boolean;
}

/** One row of the ledger table. Event times in microseconds since the epoch, `deliveredAt` in milliseconds. */
export interface LedgerEntry extends BatchFile {
  uri: string;
  deliveredAt: number;
  table: string;
  status: FileStatus;
  /** Rows, rejects, dropped records and duplicates: together, the records of the file. */
  records: number;
  rejects: number;
  dropped: number;
  /** Found by the commit; until then it is 0, and `records` counts them. */
  duplicates: number;
  sha256?: string;
  firstEventTime?: number;
  lastEventTime?: number;
  error?: string;
  notes?: string;
}
