/** What the decoder threads are handed and what they hand back. All of it survives a structured clone. */
import type { EnrichConfig, TableConfig } from '../cloudtrail/table-config.js';
import type { FileStatus, TableRole } from '../cloudtrail/tables.js';
import type { DataFile, Schema } from '../iceberg/types.js';
import type { TransformState } from './transform-state.js';

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

/** A file of a chunk. Either its body is there, or `problem` says why it could not be fetched. */
export interface ChunkFile extends BatchFile {
  uri: string;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  body?: Uint8Array;
  /** User metadata of a digest's object. */
  metadata?: Record<string, string>;
  problem?: string;
}

/** Names that go into the ledger and the rejects with each row. */
export interface Origin {
  batch: string;
  run: string;
}

/** A configured table, and the schema that its rows are written with. */
export interface ChunkTable {
  config: TableConfig;
  schema: Schema;
}

export interface ChunkTask extends Origin {
  files: ChunkFile[];
  /** Files of other tables are skipped. */
  tables: ChunkTable[];
  rejectsSchema: Schema;
  enrich?: EnrichConfig;
  /** Where modules of transforms may lie; absent: anywhere. */
  allowedFiles?: readonly string[];
  /** Where the thread says what a transform is at. */
  state?: TransformState;
  /** Say by what repeated events are found. */
  deduplicate: boolean;
  /** Uncompressed bytes a file may have. */
  maxFileBytes: number;
  /** A file of more uncompressed bytes ends the task with `LargeFile`; absent: no file does. See large-files.ts. */
  largest?: number;
  /** A Parquet file is written when the column buffers hold this many bytes. */
  bufferBytes: number;
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

/** A Parquet file that is still in memory; its `path` is filled in when it is stored. */
export interface WrittenFile {
  role: TableRole;
  bytes: Uint8Array;
  file: DataFile;
  /** What repeated events are found by; absent where records have no ids. */
  events?: FileEvents;
}

/** The events of a data file. */
export interface FileEvents {
  /** See cloudtrail/event-ids.ts: four words a row. */
  ids: Uint32Array;
  /** Number of a source file in its chunk and the row behind its last one, in turn. */
  fileEnds: number[];
}

export interface ChunkResult {
  written: WrittenFile[];
  ledger: LedgerEntry[];
}

/** A mistake of the user that only the thread could see; errors lose their class on the way out of it. */
export interface ChunkMistake {
  mistake: { message: string; cure?: string };
}

/** The chunk has a file of more bytes than the task's `largest`. */
export interface HasLargeFile {
  hasLargeFile: true;
}

/** What a decoder thread answers. */
export type ChunkAnswer = ChunkResult | ChunkMistake | HasLargeFile;

export interface LedgerTask extends Origin {
  entries: LedgerEntry[];
  schema: Schema;
}
