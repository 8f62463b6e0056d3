/** An object of the bucket on its way into the ledger: as the plan names it, and as the ledger has it. */
import type { TableKey } from '../cloudtrail/table-config.js';
import type { FileStatus } from '../cloudtrail/tables.js';

/** An object that a plan has put into a batch. */
export interface BatchFile {
  key: string;
  etag: string;
  /** Stored size, bytes. */
  size: number;
  account: string;
  region: string;
  kind: string;
  /** 2 and more for an object that earlier attempts have quarantined or skipped; absent for the first attempt. */
  attempt?: number;
  /** The ledger has the same key with another ETag. */
  replaces?: boolean;
}

/** Why nothing of an object is in a table. */
export interface FileProblem {
  state: Exclude<FileStatus, 'ingested'>;
  /** One of `QUARANTINE_CODES` or `SKIP_CODES`, or a code of another version. */
  code: string;
  message: string;
}

/** All that the ledger gets to know of an object, apart from the batch and the run. Its columns: columns.ts. */
export interface LedgerEntry extends BatchFile {
  /** Address of the object. */
  uri: string;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  table: TableKey;
  /** `records`, `rejects`, `dropped` and `duplicates` are, together, the records of the file. */
  records: number;
  rejects: number;
  dropped: number;
  /** Found by the commit; until then it is 0, and `records` counts them. */
  duplicates: number;
  /** Of the uncompressed bytes, hex; absent where they could not be read. */
  sha256?: string;
  /** Microseconds since the epoch; absent where it has no rows. */
  firstEventTime?: number;
  lastEventTime?: number;
  /** Absent: it is ingested. */
  problem?: FileProblem;
  notes?: string;
}

/** The object's status in the ledger. */
export function statusOf({ problem }: Pick<LedgerEntry, 'problem'>): FileStatus {
  return problem?.state ?? 'ingested';
}

/** The text of the ledger's column `error`. */
export function problemText({ code, message }: FileProblem): string {
  return message === '' ? code : `${code}: ${message}`;
}
