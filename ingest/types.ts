/** Tasks and results of decoder threads. All are structured-cloneable. */

import type { FileRows } from '../cloudtrail/decoder/day-rows.js';
import type { EnrichConfig, TableConfig } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import type { PackedRows } from '../columnar/packed-rows.js';
import type { DataFile, Schema } from '../iceberg/types.js';
import type { Digest } from '../integrity/digest.js';
import type { VerdictOrigin } from '../integrity/rows.js';
import type { BatchFile, FileProblem, LedgerEntry } from '../ledger/entry.js';
import type { RejectedFor } from '../protocol/totals.js';
import type { ChunkFailure } from './threads/failure.js';
import type { TransformState } from './transforms/state.js';

/**
 * A file of a chunk. It has a body, or a `problem`, or neither if its table is not configured, or if the thread that decodes it
 * reads it: see {@link BucketDirectory}.
 */
export interface FetchedFile extends BatchFile {
  uri: string;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  body?: Uint8Array;
  /** User metadata of a digest's object. */
  metadata?: Record<string, string>;
  problem?: FileProblem;
}

/** Names that are written to each row of the ledger and the rejects. */
export interface Origin {
  batch: string;
  run: string;
}

/** A bucket on disk. Files without a body and a problem are read there. */
export interface BucketDirectory {
  path: string;
  uri: string;
}

/** A configured table, and the schema that its rows are written with. */
export interface ChunkTable {
  config: TableConfig;
  schema: Schema;
}

/** A chunk of files to decode, with everything that a thread needs. */
export interface ChunkTask extends Origin {
  files: FetchedFile[];
  directory?: BucketDirectory;
  /** Files of other tables are skipped. */
  tables: ChunkTable[];
  rejectsSchema: Schema;
  enrich?: EnrichConfig;
  /** Files and directories that transforms may load modules from; absent means all. */
  allowedFiles?: readonly string[];
  /** Shared memory in which the thread records the transform's position. */
  state?: TransformState;
  /** True to return the event lists, which are needed to find repeated events. */
  deduplicate: boolean;
  /** Maximum uncompressed bytes of a file. */
  maxFileBytes: number;
  /** A file with more uncompressed bytes ends the task with `LargeFile`; absent means no limit. See large-files.ts. */
  largest?: number;
  /** A Parquet file is written when the column buffers have this many bytes. */
  bufferBytes: number;
}

/** A Parquet file that is still in memory. Its `path` is set when it is stored. */
export interface WrittenFile {
  role: TableRole;
  bytes: Uint8Array;
  file: DataFile;
  /** The events, to find repeated ones; absent if records have no ids. */
  events?: FileEvents;
  /** Hashes of the values for the index; absent if the table is not searched. See value-index/file-values.ts. */
  values?: Float64Array;
}

/** The events of a data file. */
export interface FileEvents {
  /** See cloudtrail/event-list.ts. */
  list: Uint8Array;
  /** Maps rows to files, by the index of the file in its chunk. */
  fileRows: FileRows[];
}

/** The result of a chunk. */
export interface ChunkResult {
  written: WrittenFile[];
  ledger: LedgerEntry[];
  /** Rejected records by reason; absent if there are none. */
  rejectedFor?: RejectedFor[];
}

/** Decodes files as one chunk. */
export type Decode = (files: FetchedFile[]) => Promise<ChunkResult>;

/** The chunk has a file with more bytes than the task's `largest`. */
export interface HasLargeFile {
  hasLargeFile: true;
}

/** What a decoder thread returns for a chunk. */
export type ChunkAnswer = ChunkResult | ChunkFailure | HasLargeFile;

/** The ledger entries of a batch to write. */
export interface LedgerTask extends Origin {
  /** Rows that are written again keep their own batch and run. */
  entries: (LedgerEntry & Partial<Origin>)[];
  schema: Schema;
}

/** The verdicts of a verification to write. */
export interface IntegrityTask extends VerdictOrigin {
  /** Packed by `VERDICT_SHAPE`. */
  verdicts: PackedRows;
  schema: Schema;
}

/** The content of an object that was read again. */
export interface HashedObject {
  /** SHA-256 of the uncompressed bytes, hex; absent if they could not be read. */
  sha256?: string;
  /** As in the ledger's notes: what a validator of digests would not see. */
  note?: string;
  /** The content of a digest. */
  digest?: Digest;
  /** Why they could not be read. */
  problem?: { code: string; message: string };
}
