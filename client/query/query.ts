/** `trailmill query`: SQL over the tables of the catalog, with DuckDB in this process. */
import { resolve } from 'node:path';
import { TrailmillError, UserMistake } from '../../errors/index.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { Interrupted } from '../../query/failure.js';
import { type OpenTables, openTables } from '../../query/open-tables.js';
import { openStore } from '../../storage/open.js';
import { printableLines } from '../../text/printable.js';
import { unusedIndex } from '../find/looked.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT, WorkFailed } from '../terminal/failure.js';
import { INTERRUPTED, type Terminal, withInterrupt, writeAll } from '../terminal/io.js';
import { type Format, isForPeople } from './formats.js';
import { interruptOn } from './interrupt.js';
import { listQueries } from './list.js';
import { parseParameters } from './parameters.js';
import { DEFAULT_LIMIT, printResult, type ResultSink } from './print-result.js';
import { type Question, questionOf } from './saved.js';
import { contentOf } from './sql-file.js';

interface QueryOptions extends GlobalOptions {
  warehouse?: string;
  format?: Format;
  file?: string;
  limit?: number;
  list?: boolean;
  param?: string[];
  from?: string;
  to?: string;
}

/** Runs SQL over the tables and prints its rows; without SQL, on a terminal, asks for it. */
export async function run(context: CommandContext<QueryOptions>): Promise<number> {
  const { io, output, options } = context;
  const project = resolve(io.cwd, options.project ?? '.');
  if (options.list === true) return listQueries(context, project, context.args[0]);
  const format = formatOf(options);
  const values = parseParameters(options.param);
  const { from, to } = options;
  const settings = settingsFor(context);
  const warehouse = openStore(settings.warehouse);
  const catalog = openCatalog(settings.catalog, warehouse);
  const httpfs = { env: io.env, log: (line: string) => output.note(line) };
  const { namespace } = settings.catalog;
  const source = settings.name;
  const terminal = asksFor(context);
  if (terminal !== undefined) {
    const { runShell } = await import('./shell/shell.js');
    const open = (signal: AbortSignal) => openTables(catalog, namespace, { source, warehouse, httpfs, signal });
    return runShell({ io, terminal, project, open, format, limit: options.limit, from, to, values }).catch(
      (error: unknown) => {
        throw asQueryFailure(error);
      },
    );
  }
  const { sql: text, rest } = await sqlOf(context);
  const question = questionOf(text, project, { from, to, rest, values, now: io.now() });
  const { sql } = question;
  return withInterrupt(io, async (signal) => {
    let tables: OpenTables | undefined;
    const release = interruptOn(signal, () => tables);
    try {
      tables = await openTables(catalog, namespace, { source, sql, warehouse, httpfs, signal });
      signal.throwIfAborted();
      await answer(context, tables, question, format, signal);
      for (const problem of tables.indexUse.problems) output.note(unusedIndex(problem));
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted || error instanceof Interrupted) return INTERRUPTED;
      throw asQueryFailure(error);
    } finally {
      release();
      tables?.close();
    }
  });
}

/** The terminal on which to ask for SQL; `undefined` if SQL was given, or comes from standard input. */
function asksFor({ io, options, args }: CommandContext<QueryOptions>): Terminal | undefined {
  if (isGiven(args) || options.file !== undefined || options.json === true) return undefined;
  const [word] = args;
  const terminal = io.terminal?.();
  if (terminal === undefined || word === undefined) return terminal;
  throw new UserMistake(
    `Unknown option ${word}: without the name of a saved query, no parameter has an option.`,
    'Name the query first (`trailmill query --list`), or pass --param name=value.',
  );
}

const isGiven = (args: readonly string[]): boolean => args[0] !== undefined && !args[0].startsWith('--');

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
  if (isGiven(args) && file !== undefined) {
    throw new UserMistake('SQL is given on the command line and with --file.', 'Omit one of them.');
  }
  const [argument, rest] = isGiven(args) ? [args[0], args.slice(1)] : [undefined, args];
  const isInput = file === undefined && (argument === undefined || argument === '-');
  // `-` asks for it, even on a terminal.
  const isNothing = isInput && argument === undefined && io.inputIsTerminal?.() === true;
  const sql = isNothing
    ? undefined
    : isInput
      ? await io.readStdin()
      : file === undefined
        ? argument
        : await contentOf(resolve(io.cwd, file));
  if (sql !== undefined && sql.trim() !== '') return { sql, rest };
  throw new UserMistake(
    isNothing ? 'No SQL was given.' : isInput ? 'No SQL was given, and standard input is empty.' : 'The SQL is empty.',
    'Pass it in quotes (trailmill query "SELECT count(*) FROM events"), on standard input, or with --file; or name a saved query: `trailmill query --list`. On a terminal, `trailmill query` alone asks for SQL.',
  );
}

async function answer(
  context: CommandContext<QueryOptions>,
  tables: OpenTables,
  { sql, parameters, saved }: Question,
  format: Format,
  signal: AbortSignal,
): Promise<void> {
  const { io, options, output } = context;
  const { stdout } = io;
  const result = await tables.stream(sql, parameters, signal);
  if (saved?.hasRange && options.from === undefined && options.to === undefined)
    output.note('All days of the tables. --from and --to choose some: --from -30d, --from 2023-07.');
  // A program that reads CSV gets the raw values; on a terminal, control characters in them are escaped.
  const isRaw = stdout.isTTY !== true && !isForPeople(format);
  const sink: ResultSink = {
    async write(text) {
      await writeAll(stdout, isRaw ? text : printableLines(text));
      return true;
    },
    remark: (text) => output.note(text),
  };
  const width = stdout.isTTY === true ? stdout.columns || undefined : undefined;
  try {
    const { rows } = await printResult(result, { format, limit: options.limit ?? DEFAULT_LIMIT, width }, sink);
    if (saved !== undefined && rows === 0 && isForPeople(format))
      output.note('Nothing found. `trailmill tables` lists the days that the tables have.');
  } catch (error) {
    throw await tables.errorOf(error);
  }
}
