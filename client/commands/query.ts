/** `trailmill query`: SQL over the tables of the catalog, with DuckDB in this process. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { TrailmillError, UserMistake } from '../../errors/index.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { Interrupted } from '../../query/failure.js';
import { type OpenTables, openTables } from '../../query/open-tables.js';
import { codeOf } from '../../storage/file-errors.js';
import { openStore } from '../../storage/open.js';
import { printableLines } from '../../workflows/printable.js';
import type { Context, GlobalOptions } from '../context.js';
import { EXIT, WorkFailed } from '../failure.js';
import { INTERRUPTED, withInterrupt, writeAll } from '../io.js';
import { type Format, renderRows, rowWriter } from '../render/rows.js';
import { settingsFor } from '../session.js';

export interface QueryOptions extends GlobalOptions {
  warehouse?: string;
  format?: Format;
  file?: string;
  limit?: number;
}

/** Rows of a table for people, where nobody says how many. */
const DEFAULT_LIMIT = 1_000;
const INTERRUPT_EVERY_MS = 100;

export async function run(context: Context<QueryOptions>): Promise<number> {
  const { io, output, options } = context;
  const format = formatOf(options);
  const sql = await sqlOf(context);
  const settings = settingsFor(context);
  const catalog = openCatalog(settings.catalog, openStore(settings.warehouse));
  return withInterrupt(io, async (signal) => {
    let tables: OpenTables | undefined;
    let again: NodeJS.Timeout | undefined;
    // Again and again: DuckDB forgets it when it begins with a statement at that moment.
    const stop = (): void => {
      tables?.interrupt();
      again = setInterval(() => tables?.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', stop);
    try {
      const httpfs = { env: io.env, log: (line: string) => output.note(line) };
      tables = await openTables(catalog, settings.catalog.namespace, { source: settings.name, sql, httpfs, signal });
      signal.throwIfAborted();
      await answer(context, tables, sql, format);
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted || error instanceof Interrupted) return INTERRUPTED;
      throw told(error);
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(again);
      tables?.close();
    }
  });
}

/** A query is not tried again by anybody: what the store said is how it ended. */
function told(error: unknown): unknown {
  if (!(error instanceof TrailmillError) || error instanceof UserMistake) return error;
  return new WorkFailed(error.message, error.cure);
}

function formatOf({ json, format }: QueryOptions): Format {
  if (json !== true) return format ?? 'table';
  if (format === undefined || format === 'json' || format === 'jsonl') return format ?? 'json';
  throw new UserMistake(`--json and --format ${format} contradict each other.`, 'Leave one of them out.');
}

async function sqlOf({ io, options: { file }, words: [word] }: Context<QueryOptions>): Promise<string> {
  if (word !== undefined && file !== undefined) {
    throw new UserMistake('There is SQL on the command line and a --file.', 'Leave one of them out.');
  }
  const sql = file !== undefined ? await contentOf(resolve(io.cwd, file)) : word === '-' ? await io.readStdin() : word;
  if (sql !== undefined && sql.trim() !== '') return sql;
  throw new UserMistake(
    sql === undefined ? 'There is no SQL to run.' : 'The SQL is empty.',
    'Give it in quotes, trailmill query "SELECT count(*) FROM aws_cloudtrail"; on standard input with -; or with --file.',
  );
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserMistake(`The file ${path} cannot be read (${codeOf(error)}).`, 'Give a file with SQL in it.', {
      cause: error,
    });
  }
}

async function answer(context: Context<QueryOptions>, tables: OpenTables, sql: string, format: Format): Promise<void> {
  const { io } = context;
  const result = await tables.stream(sql);
  try {
    if (format === 'table') return await showTable(context, result);
    const writer = rowWriter(format);
    // A program that reads CSV gets the values as they are; on a terminal nothing of them may act.
    const shown = io.stdout.isTTY !== true ? (text: string) => text : printableLines;
    const write = (text: string): Promise<void> => writeAll(io.stdout, shown(text));
    await write(writer.head(result.deduplicatedColumnNames()));
    // A chunk of some 2,000 rows at a time is all that is in memory.
    for await (const rows of result.yieldRows()) await write(writer.rows(rows));
    await write(writer.end());
  } catch (error) {
    throw await tables.errorOf(error);
  }
}

async function showTable({ io, output, options }: Context<QueryOptions>, result: DuckDBResult): Promise<void> {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const shown: DuckDBValue[][] = [];
  let more = false;
  // One row more than is shown tells whether there is more.
  for await (const rows of result.yieldRows()) {
    more = shown.length + rows.length > limit;
    shown.push(...rows.slice(0, limit - shown.length));
    if (more) break;
  }
  const width = io.stdout.isTTY === true ? io.stdout.columns : undefined;
  const { text, remarks } = renderRows(result.columnNames(), result.columnTypes().map(String), shown, { width, more });
  if (result.columnCount > 0) output.say(text);
  for (const remark of remarks) output.note(remark);
}
