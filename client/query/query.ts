/** `trailmill query`: SQL over the tables of the catalog, with DuckDB in this process. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { systemCodeOf, TrailmillError, UserMistake } from '../../errors/index.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { Interrupted } from '../../query/failure.js';
import { type OpenTables, openTables } from '../../query/open-tables.js';
import { openStore } from '../../storage/open.js';
import { printableLines } from '../../text/printable.js';
import { unusedIndex } from '../find/looked.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT, WorkFailed } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt, writeAll } from '../terminal/io.js';
import type { Format } from './formats.js';
import { listQueries } from './list.js';
import { renderRows, rowWriter } from './render-rows.js';
import { type Question, questionOf } from './saved.js';

interface QueryOptions extends GlobalOptions {
  warehouse?: string;
  format?: Format;
  file?: string;
  limit?: number;
  list?: boolean;
  from?: string;
  to?: string;
}

/** The most rows of a table for people, without `--limit`. */
const DEFAULT_LIMIT = 1_000;
const INTERRUPT_EVERY_MS = 100;

/** Runs SQL over the tables and prints its rows. */
export async function run(context: CommandContext<QueryOptions>): Promise<number> {
  const { io, output, options } = context;
  const project = resolve(io.cwd, options.project ?? '.');
  if (options.list === true) return listQueries(context, project, context.args[0]);
  const format = formatOf(options);
  const { sql: text, rest } = await sqlOf(context);
  const question = questionOf(text, project, { from: options.from, to: options.to, rest, now: io.now() });
  const { sql } = question;
  const settings = settingsFor(context);
  const warehouse = openStore(settings.warehouse);
  const catalog = openCatalog(settings.catalog, warehouse);
  return withInterrupt(io, async (signal) => {
    let tables: OpenTables | undefined;
    let repeating: NodeJS.Timeout | undefined;
    // Repeatedly: DuckDB loses an interrupt that arrives just as it starts a statement.
    const stop = (): void => {
      tables?.interrupt();
      repeating = setInterval(() => tables?.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', stop);
    try {
      const httpfs = { env: io.env, log: (line: string) => output.note(line) };
      const source = settings.name;
      tables = await openTables(catalog, settings.catalog.namespace, { source, sql, warehouse, httpfs, signal });
      signal.throwIfAborted();
      await answer(context, tables, question, format);
      for (const problem of tables.indexUse.problems) output.note(unusedIndex(problem));
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted || error instanceof Interrupted) return INTERRUPTED;
      throw asQueryFailure(error);
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(repeating);
      tables?.close();
    }
  });
}

/** Nothing retries a query, so an error of the store is reported as the result. */
function asQueryFailure(error: unknown): unknown {
  if (!(error instanceof TrailmillError) || error instanceof UserMistake) return error;
  return new WorkFailed(error.message, error.cure);
}

function formatOf({ json, format }: QueryOptions): Format {
  if (json !== true) return format ?? 'table';
  if (format === undefined || format === 'json' || format === 'jsonl') return format ?? 'json';
  throw new UserMistake(`--json and --format ${format} contradict each other.`, 'Omit one of them.');
}

/** The SQL, or the name of a saved query, and the words behind it. */
async function sqlOf({
  io,
  options: { file },
  args,
}: CommandContext<QueryOptions>): Promise<{ sql: string; rest: readonly string[] }> {
  const isGiven = args[0] !== undefined && !args[0].startsWith('--');
  if (isGiven && file !== undefined) {
    throw new UserMistake('SQL is given on the command line and with --file.', 'Omit one of them.');
  }
  const [argument, rest] = isGiven ? [args[0], args.slice(1)] : [undefined, args];
  const sql =
    file !== undefined ? await contentOf(resolve(io.cwd, file)) : argument === '-' ? await io.readStdin() : argument;
  if (sql !== undefined && sql.trim() !== '') return { sql, rest };
  throw new UserMistake(
    sql === undefined ? 'No SQL was given.' : 'The SQL is empty.',
    'Pass it in quotes (trailmill query "SELECT count(*) FROM events"), on standard input with -, or with --file; or name a saved query: `trailmill query --list`.',
  );
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserMistake(
      `The file ${path} cannot be read (${systemCodeOf(error)}).`,
      'Pass a file that contains SQL.',
      {
        cause: error,
      },
    );
  }
}

async function answer(
  context: CommandContext<QueryOptions>,
  tables: OpenTables,
  { sql, parameters, saved }: Question,
  format: Format,
): Promise<void> {
  const { io, options, output } = context;
  const result = await tables.stream(sql, parameters);
  if (saved?.hasRange && options.from === undefined && options.to === undefined)
    output.note('All days of the tables. --from and --to choose some: --from -30d, --from 2023-07.');
  try {
    if (format === 'table') {
      const rows = await showTable(context, result);
      if (saved !== undefined && rows === 0)
        output.note('Nothing found. `trailmill tables` lists the days that the tables have.');
      return;
    }
    const writer = rowWriter(format);
    // A program that reads CSV gets the raw values; on a terminal, control characters in them are escaped.
    const shown = io.stdout.isTTY !== true ? (text: string) => text : printableLines;
    const write = (text: string): Promise<void> => writeAll(io.stdout, shown(text));
    await write(writer.head(result.deduplicatedColumnNames()));
    // Only one chunk of about 2,000 rows is in memory at a time.
    for await (const rows of result.yieldRows()) await write(writer.rows(rows));
    await write(writer.end());
  } catch (error) {
    throw await tables.errorOf(error);
  }
}

/** Returns how many rows were shown. */
async function showTable({ io, output, options }: CommandContext<QueryOptions>, result: DuckDBResult): Promise<number> {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const shown: DuckDBValue[][] = [];
  let more = false;
  // One row more than the limit tells whether there are more.
  for await (const rows of result.yieldRows()) {
    more = shown.length + rows.length > limit;
    shown.push(...rows.slice(0, limit - shown.length));
    if (more) break;
  }
  const width = io.stdout.isTTY === true ? io.stdout.columns : undefined;
  const { text, remarks } = renderRows(result.columnNames(), result.columnTypes().map(String), shown, { width, more });
  if (result.columnCount > 0) output.rows(text);
  for (const remark of remarks) output.note(remark);
  return shown.length;
}
