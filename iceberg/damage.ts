/** Damaged table files: the errors for files that are missing or cannot be read, with their address and a cure. */
import { Damaged, ObjectNotFound, TableUnusable, TrailmillError } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { contradictsName } from './hashed-name.js';
import { keyOf } from './location.js';

/** The kind of a table file, for messages. */
export type TableFileKind =
  | 'metadata file'
  | 'manifest list'
  | 'manifest'
  | 'data file'
  | 'delete file'
  | 'ledger file'
  | 'work file';

/** What to do if the file cannot be restored. The ingested logs are still in the bucket. */
const LAST_RESORT: Readonly<Record<TableFileKind, string>> = {
  'metadata file': 'If there is no copy: ingest into a new warehouse.',
  'manifest list': 'If there is no copy: ingest into a new warehouse.',
  manifest: 'If there is no copy: ingest into a new warehouse.',
  'data file': 'If there is no copy: ingest its days into another warehouse.',
  'delete file': 'If there is no copy: ingest its days into another warehouse.',
  'ledger file': 'If there is no copy: ingest into a new warehouse.',
  'work file': 'If there is no copy: ingest into a new warehouse.',
};

/** The cure for a damaged file: how to restore it. */
export function restoreCure(path: string, kind: TableFileKind): string {
  const s3 = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(path);
  const versions = s3 === null ? '' : ` (aws s3api list-object-versions --bucket '${s3[1]}' --prefix '${s3[2]}')`;
  const how = s3 === null ? 'from a backup' : `from the bucket's versioning${versions} or from a backup`;
  return `Restore ${path} ${how}, then start the run again. ${LAST_RESORT[kind]}`;
}

/** The error for a missing file. `of`: the table or the day that it belongs to. */
export function missingFileError(
  path: string,
  kind: TableFileKind,
  of: string,
  options?: { cause?: unknown },
): Damaged {
  const message = `${path}, a ${kind} of ${of}, is gone.`;
  return new Damaged({ path, how: 'gone' }, message, restoreCure(path, kind), options);
}

/** The error for a file whose content is invalid; `why` completes "cannot be read: …". */
export function unreadableFileError(
  path: string,
  kind: TableFileKind,
  of: string,
  why: string,
  options?: { cause?: unknown },
): Damaged {
  const message = `${path}, a ${kind} of ${of}, cannot be read: ${why}.`;
  return new Damaged({ path, how: 'unreadable', why }, message, restoreCure(path, kind), options);
}

/** A file that a table refers to. */
export interface TableFile {
  path: string;
  kind: TableFileKind;
  /** The table that it belongs to, for messages. */
  of: string;
  /** Its size according to the table's metadata; absent or 0: unknown. */
  bytes?: number;
}

/**
 * Reads and parses a file of a table. Throws `Damaged` if it is missing, if its size differs from the table's metadata, or if
 * `parse` throws. A `TableUnusable` with a cure (for example for an unsupported format) keeps its class and gets the address.
 */
export async function readTableFile<T>(
  store: ObjectStore,
  file: TableFile,
  parse: (body: Buffer) => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { path, kind, of, bytes } = file;
  let body: Buffer;
  try {
    ({ body } = await store.get(keyOf(store, path), { signal }));
  } catch (error) {
    throw error instanceof ObjectNotFound ? missingFileError(path, kind, of, { cause: error }) : error;
  }
  if (body.length === 0) throw unreadableFileError(path, kind, of, 'it is empty');
  if (bytes && body.length !== bytes) throw wrongSizeError(file, body.length);
  if (contradictsName(path, body))
    throw unreadableFileError(path, kind, of, 'its content does not match its checksum (SHA-256)');
  try {
    return await parse(body);
  } catch (error) {
    if (signal?.aborted || isThreadTermination(error)) throw error;
    throw toUnreadableFileError(file, error);
  }
}

/** The error for a file whose size differs from the table's metadata. */
export function wrongSizeError({ path, kind, of, bytes }: TableFile, found: number): Damaged {
  const why = found === 0 ? 'it is empty' : `it has ${found} bytes instead of ${bytes}`;
  return unreadableFileError(path, kind, of, why);
}

/** Maps an error thrown by a parser to the error to throw for the file. */
export function toUnreadableFileError({ path, kind, of }: Omit<TableFile, 'bytes'>, error: unknown): Error {
  if (error instanceof Damaged) return error;
  if (error instanceof TableUnusable && error.cure !== undefined)
    return new TableUnusable(`${path}: ${error.message}`, error.cure, { cause: error });
  if (error instanceof TrailmillError && !(error instanceof TableUnusable)) return error;
  return unreadableFileError(path, kind, of, reasonOf(error), { cause: error });
}

/** The message on one line, without a period at the end. */
function reasonOf(error: unknown): string {
  // The error of a panic in parquet-wasm.
  if (error instanceof Error && error.message === 'unreachable') return 'its content is damaged';
  const cause = error instanceof TableUnusable && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const text = `${error instanceof Error ? error.message : String(error)}`.replace(/\.$/, '') + cause;
  return text.replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}

/** Whether the thread or the attempt was terminated, which is not a sign of damage. */
function isThreadTermination(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    error.name === 'AbortError' || code.startsWith('ERR_WORKER') || /^Terminating worker thread/.test(error.message)
  );
}
