/**
 * Which data file is it that DuckDB cannot read? Its messages name a file that is gone or has no footer; of a damaged page they say
 * nothing but that some bytes make no sense. Then the files are looked at: first their sizes, then their content.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { gone, readTableFile, type TableFile, unreadable, wrongSize } from '../iceberg/damage.js';
import { keyOf } from '../iceberg/location.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { literal, placeOfFile } from './sql-text.js';

/** A file that a view reads, and where it is kept. */
export interface ViewFile extends TableFile {
  /** Where DuckDB reads it. */
  place: string;
  store: LoadedTable['store'];
}

/** Errors of this kind come from bytes; with a path in it any other may. */
const OF_BYTES = /^(Invalid|Invalid Input|IO|Serialization|INTERNAL|FATAL) Error:/i;
/** The network, permissions and memory: the file may be whole. */
const NOT_THE_FILE =
  /\b(40[13]|429|5\d\d)\b|AccessDenied|Forbidden|ExpiredToken|Out of Memory|Permission denied|timed? ?out/i;
const GONE = /No files found|\b404\b|No such file|does not exist/i;

/** So many files are asked for their size, and so many are read: more is an audit's work. */
const SIZES_ASKED = 5_000;
const FILES_READ = 100;
const AT_ONCE = 16;

/** `Damaged` with the file that an error of DuckDB comes from; `undefined` where it does not come from one, or none is found. */
export async function damagedFile(
  message: string,
  files: readonly ViewFile[],
  connection: DuckDBConnection,
  signal?: AbortSignal,
): Promise<Error | undefined> {
  // Behind it is the statement, which names every file.
  const [text] = message.replace(/^Error: /, '').split(/\n+LINE \d+:/);
  const named = files.find(({ path }) => text.includes(placeOfFile(path)) || text.includes(path));
  const rest = named === undefined ? text : text.replaceAll(placeOfFile(named.path), '').replaceAll(named.path, '');
  if (NOT_THE_FILE.test(rest)) return undefined;
  if (named !== undefined) {
    if (GONE.test(text)) return gone(named.path, named.kind, named.of);
    if (!/^(Parser|Binder|Catalog) Error:/.test(text))
      return (await wrongBySize(named, signal)) ?? unreadable(named.path, named.kind, named.of, firstLine(text, named));
  }
  if (!OF_BYTES.test(text)) return undefined;
  const sizes = await mapConcurrent(files.slice(0, SIZES_ASKED), AT_ONCE, (file) => wrongBySize(file, signal));
  const wrong = sizes.find((one) => one !== undefined);
  if (wrong !== undefined) return wrong;
  for (const file of files.slice(0, FILES_READ)) {
    const { store, path, place, kind, of } = file;
    try {
      // Its name may say what its bytes are.
      await readTableFile(store, file, () => {}, signal);
      await connection.run(`SELECT sum(hash(f)) FROM read_parquet(${literal(place)}) AS f`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (signal?.aborted || NOT_THE_FILE.test(why)) return undefined;
      return error instanceof Error && error.name === 'TableUnusable'
        ? error
        : unreadable(path, kind, of, firstLine(why, file), { cause: error });
    }
  }
  return undefined;
}

async function wrongBySize(file: ViewFile, signal?: AbortSignal): Promise<Error | undefined> {
  const { store, path, kind, of, bytes } = file;
  try {
    const { size } = await store.head(keyOf(store, path), { signal });
    return bytes && bytes !== size ? wrongSize(file, size) : undefined;
  } catch (error) {
    return error instanceof ObjectNotFound ? gone(path, kind, of, { cause: error }) : undefined;
  }
}

function firstLine(text: string, { path }: TableFile): string {
  const [line] = text.replace(/^[\w ]+ Error: /, '').split('\n');
  return `DuckDB says: ${line.replaceAll(placeOfFile(path), 'the file').replace(/[.\s]+$/, '')}`;
}
