/** An object of the bucket, as a plan lists it and as the ledger records it. */
import type { TableKey } from '../cloudtrail/table-config.js';
import type { FileStatus } from '../cloudtrail/tables.js';

/** An object that a plan has put into a batch. */
export interface BatchFile {
  key: string;
  /** Absent if the listing has none and the ledger does not know the key: then size and modification time identify it. */
  etag?: string;
  /** Stored size, bytes. */
  size: number;
  /** Milliseconds since the epoch; absent in batches of earlier versions. */
  lastModified?: number;
  account: string;
  region: string;
  kind: string;
  /** 2 or more for an object that earlier attempts quarantined or skipped; absent for the first attempt. */
  attempt?: number;
  /** The ledger has the same key with another ETag. */
  replaces?: boolean;
  /** It was ingested before, and is read again: its rows and its ledger row are replaced. */
  again?: boolean;
  /** With `integrity: required`: its expected content. A file with other content is quarantined. */
  expected?: ExpectedContent;
  /** With `integrity: required`: why nothing proves its content, so that it is quarantined without being read. */
  unproven?: string;
}

/** A digest's entry for a log file. */
export interface ExpectedContent {
  /** SHA-256 of the uncompressed bytes, hex: nearly always one. */
  sha256: readonly string[];
  /** Key of the digest. */
  digest: string;
}

/** Why none of an object's records are in a table. */
export interface FileProblem {
  state: Exclude<FileStatus, 'ingested'>;
  /** One of `QUARANTINE_CODES` or `SKIP_CODES`, or a code of another version. */
  code: string;
  message: string;
}

/** What the ledger records about an object, apart from the batch and the run. Its columns: columns.ts. */
export interface LedgerEntry extends Omit<BatchFile, 'expected' | 'unproven'> {
  etag: string;
  /** Absent if it does not identify what was read: for a file that could not be read, or had just been modified. */
  lastModified?: number;
  /** Address of the object. */
  uri: string;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  table: TableKey;
  /** `records`, `rejects`, `dropped` and `duplicates` add up to the number of records in the file. */
  records: number;
  rejects: number;
  dropped: number;
  /** Found at commit time. Until then it is 0, and `records` includes the duplicates. */
  duplicates: number;
  /** Of the uncompressed bytes, hex; absent if they could not be read. */
  sha256?: string;
  /** Microseconds since the epoch; absent if the object has no rows. */
  firstEventTime?: number;
  lastEventTime?: number;
  /** Absent for an ingested object. */
  problem?: FileProblem;
  notes?: string;
  /** What wrote its rows, see {@link Writer}; absent if it is not known. */
  version?: string;
  config?: string;
}

/** What decides which rows a file has. */
export interface Writer {
  /** Version of Trailmill; absent if it is not known. */
  version?: string;
  /** Hash of the parts of the configuration that decide rows. */
  config: string;
}

/** Returns the object's status in the ledger. */
export function statusOf({ problem }: Pick<LedgerEntry, 'problem'>): FileStatus {
  return problem?.state ?? 'ingested';
}

/** Returns the text of the ledger's `error` column: `<code>: <message>`. */
export function problemText({ code, message }: FileProblem): string {
  return message === '' ? code : `${code}: ${message}`;
}
