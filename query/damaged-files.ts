/**
 * Finds the data file that DuckDB cannot read. DuckDB's messages name a file that is missing or has no footer, but not a file
 * with a damaged page. In that case, the files are checked: first their sizes, then their contents.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import {
  missingFileError,
  readTableFile,
  type TableFile,
  unreadableFileError,
  wrongSizeError,
} from '../iceberg/damage.js';
import { keyOf } from '../iceberg/location.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { fileUrl, sqlLiteral } from './sql-text.js';

/** A file that a view reads, and its store. */
export interface ViewFile extends TableFile {
  /** The path or URL from which DuckDB reads it. */
  url: string;
  store: LoadedTable['store'];
}

/** Kinds of errors that can be caused by file contents, even if the message contains no path. */
const FILE_CONTENT_ERROR = /^(Invalid|Invalid Input|IO|Serialization|INTERNAL|FATAL) Error:/i;
/** Errors of the network, permissions or memory: the file may be intact. */
const NOT_A_FILE_ERROR =
  /\b(40[13]|429|5\d\d)\b|AccessDenied|Forbidden|ExpiredToken|Out of Memory|Permission denied|timed? ?out/i;
const NOT_FOUND = /No files found|\b404\b|No such file|does not exist/i;

/** Limits on how many files are checked by size and by content. Use an audit to check more. */
const MAX_SIZE_CHECKS = 5_000;
const MAX_CONTENT_CHECKS = 100;
const CONCURRENCY = 16;

/** Returns `Damaged` for the file that caused a DuckDB error; `undefined` if no damaged file caused it or none was found. */
export async function damagedFile(
  message: string,
  files: readonly ViewFile[],
  connection: DuckDBConnection,
  signal?: AbortSignal,
): Promise<Error | undefined> {
  // After `LINE n:` comes the statement, which contains the paths of all files.
  const [text] = message.replace(/^Error: /, '').split(/\n+LINE \d+:/);
  const named = files.find(({ path }) => text.includes(fileUrl(path)) || text.includes(path));
  const rest = named === undefined ? text : text.replaceAll(fileUrl(named.path), '').replaceAll(named.path, '');
  if (NOT_A_FILE_ERROR.test(rest)) return undefined;
  if (named !== undefined) {
    if (NOT_FOUND.test(text)) return missingFileError(named.path, named.kind, named.of);
    if (!/^(Parser|Binder|Catalog) Error:/.test(text))
      return (
        (await sizeError(named, signal)) ??
        unreadableFileError(named.path, named.kind, named.of, firstLine(text, named))
      );
  }
  if (!FILE_CONTENT_ERROR.test(text)) return undefined;
  const sizes = await mapConcurrent(files.slice(0, MAX_SIZE_CHECKS), CONCURRENCY, (file) => sizeError(file, signal));
  const wrong = sizes.find((one) => one !== undefined);
  if (wrong !== undefined) return wrong;
  for (const file of files.slice(0, MAX_CONTENT_CHECKS)) {
    const { store, path, url, kind, of } = file;
    try {
      // Checks the checksum, if the file name contains one.
      await readTableFile(store, file, () => {}, signal);
      await connection.run(`SELECT sum(hash(f)) FROM read_parquet(${sqlLiteral(url)}) AS f`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (signal?.aborted || NOT_A_FILE_ERROR.test(why)) return undefined;
      return error instanceof Error && error.name === 'TableUnusable'
        ? error
        : unreadableFileError(path, kind, of, firstLine(why, file), { cause: error });
    }
  }
  return undefined;
}

async function sizeError(file: ViewFile, signal?: AbortSignal): Promise<Error | undefined> {
  const { store, path, kind, of, bytes } = file;
  try {
    const { size } = await store.head(keyOf(store, path), { signal });
    return bytes && bytes !== size ? wrongSizeError(file, size) : undefined;
  } catch (error) {
    return error instanceof ObjectNotFound ? missingFileError(path, kind, of, { cause: error }) : undefined;
  }
}

function firstLine(text: string, { path }: TableFile): string {
  const [line] = text.replace(/^[\w ]+ Error: /, '').split('\n');
  return `DuckDB says: ${line.replaceAll(fileUrl(path), 'the file').replace(/[.\s]+$/, '')}`;
}
