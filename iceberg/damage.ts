/**
 * Damaged files of tables: what is gone or cannot be read gets its address and a cure here, whoever meets it.
 */
import { Damaged, ObjectNotFound, TableUnusable, TrailmillError } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { contradictsName } from './hashed-name.js';
import { keyOf } from './location.js';

/** What a file of a table is, for messages. */
export type TableFileKind =
  | 'metadata file'
  | 'manifest list'
  | 'manifest'
  | 'data file'
  | 'delete file'
  | 'ledger file'
  | 'work file';

/** Where it cannot be restored: what was ingested is still in the bucket. */
const LAST_RESORT: Readonly<Record<TableFileKind, string>> = {
  'metadata file': 'Without any copy: ingest into a new warehouse.',
  'manifest list': 'Without any copy: ingest into a new warehouse.',
  manifest: 'Without any copy: ingest into a new warehouse.',
  'data file': 'Without any copy: ingest its days into another warehouse.',
  'delete file': 'Without any copy: ingest its days into another warehouse.',
  'ledger file': 'Without any copy: ingest into a new warehouse.',
  'work file': 'Without any copy: ingest into a new warehouse.',
};

/** How to bring a file back. */
export function restoreCure(path: string, kind: TableFileKind): string {
  const s3 = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(path);
  const versions = s3 === null ? '' : ` (aws s3api list-object-versions --bucket '${s3[1]}' --prefix '${s3[2]}')`;
  const how = s3 === null ? 'from a backup' : `from the bucket's versioning${versions} or from a backup`;
  return `Restore ${path} ${how}, then start the run again. ${LAST_RESORT[kind]}`;
}

/** The error for a file that is not there. `of`: the table or the day that it belongs to. */
export function gone(path: string, kind: TableFileKind, of: string, options?: { cause?: unknown }): Damaged {
  const message = `${path}, a ${kind} of ${of}, is gone.`;
  return new Damaged({ path, how: 'gone' }, message, restoreCure(path, kind), options);
}

/** The error for a file whose content cannot be right; `why` completes "cannot be read: …". */
export function unreadable(
  path: string,
  kind: TableFileKind,
  of: string,
  why: string,
  options?: { cause?: unknown },
): Damaged {
  const message = `${path}, a ${kind} of ${of}, cannot be read: ${why}.`;
  return new Damaged({ path, how: 'unreadable' }, message, restoreCure(path, kind), options);
}

export interface TableFile {
  path: string;
  kind: TableFileKind;
  /** The table that it is of, for messages. */
  of: string;
  /** What the table says that it has; absent or 0: nobody knows. */
  bytes?: number;
}

/**
 * Reads a file of a table, and what `parse` makes of its bytes. Throws `Damaged` where it is gone, has another size than the
 * table says, or where `parse` throws; `TableUnusable` with a cure (another format, say) keeps its class and gets the address.
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
    throw error instanceof ObjectNotFound ? gone(path, kind, of, { cause: error }) : error;
  }
  if (body.length === 0) throw unreadable(path, kind, of, 'it is empty');
  if (bytes && body.length !== bytes) throw wrongSize(file, body.length);
  if (contradictsName(path, body))
    throw unreadable(path, kind, of, 'its bytes are not those that were written (SHA-256)');
  try {
    return await parse(body);
  } catch (error) {
    if (signal?.aborted || isOfThread(error)) throw error;
    throw unreadableBecause(file, error);
  }
}

/** The same for a file that was not read: its size is all that is known. */
export function wrongSize({ path, kind, of, bytes }: TableFile, found: number): Damaged {
  const why = found === 0 ? 'it is empty' : `it has ${found} bytes, and the table says ${bytes}`;
  return unreadable(path, kind, of, why);
}

/** What to throw instead of what a parser has thrown. */
export function unreadableBecause({ path, kind, of }: Omit<TableFile, 'bytes'>, error: unknown): Error {
  if (error instanceof Damaged) return error;
  if (error instanceof TableUnusable && error.cure !== undefined)
    return new TableUnusable(`${path}: ${error.message}`, error.cure, { cause: error });
  if (error instanceof TrailmillError && !(error instanceof TableUnusable)) return error;
  return unreadable(path, kind, of, reasonOf(error), { cause: error });
}

/** In one line, and without a stop at its end. */
function reasonOf(error: unknown): string {
  // What is left of a panic of parquet-wasm.
  if (error instanceof Error && error.message === 'unreachable') return 'its content is damaged';
  const cause = error instanceof TableUnusable && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const text = `${error instanceof Error ? error.message : String(error)}`.replace(/\.$/, '') + cause;
  return text.replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}

/** The end of a thread or of the attempt: that says nothing of the file. */
function isOfThread(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return (
    error.name === 'AbortError' || code.startsWith('ERR_WORKER') || /^Terminating worker thread/.test(error.message)
  );
}
