/** Tasks and results of decoder threads. All of it survives a structured clone. */

import type { FileRows } from '../cloudtrail/decoder/day-rows.js';
import type { EnrichConfig, TableConfig } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import type { DataFile, Schema } from '../iceberg/types.js';
import type { BatchFile, FileProblem, LedgerEntry } from '../ledger/entry.js';
import type { TransformState } from './transforms/state.js';

/** A file of a chunk. Its body is there, or `problem` says why not, or its table is not wanted. */
export interface FetchedFile extends BatchFile {
  uri: string;
  /** Milliseconds since the epoch. */
  deliveredAt: number;
  body?: Uint8Array;
  /** User metadata of a digest's object. */
  metadata?: Record<string, string>;
  problem?: FileProblem;
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

/** A chunk of files to decode, with all that a thread has to know. */
export interface ChunkTask extends Origin {
  files: FetchedFile[];
  /** Files of other tables are skipped. */
  tables: ChunkTable[];
  rejectsSchema: Schema;
  enrich?: EnrichConfig;
  /** Where modules of transforms may lie; absent: anywhere. */
  allowedFiles?: readonly string[];
  /** Shared memory in which the thread notes the transform's position. */
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
  /** Which rows are whose, by the number of a file in its chunk. */
  fileRows: FileRows[];
}

/** What became of a chunk. */
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

/** The ledger entries of a batch to write. */
export interface LedgerTask extends Origin {
  entries: LedgerEntry[];
  schema: Schema;
}
