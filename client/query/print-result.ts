/** Prints the result of a query as it is read: a chunk of about 2,000 rows is in memory at a time, or the rows of one table. */
import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { type Format, isForPeople } from './formats.js';
import { type Hints, renderLines, renderRows, rowWriter } from './render-rows.js';

/** How a result is printed. */
export interface PrintOptions {
  format: Format;
  /** The most rows of `table` and `line`; the other formats print all. */
  limit: number;
  /** Columns of the terminal, for `table` and `line`. */
  width?: number;
  /** How to see what is not shown; default: the options of the command. */
  hints?: Hints;
}

/** Where it is printed. */
export interface ResultSink {
  /** Resolves when more can be written; to `false` if nobody reads any more. */
  write(text: string): Promise<boolean>;
  /** A remark about what is not shown. */
  remark(text: string): void;
}

/** What was printed. */
export interface Printed {
  rows: number;
  /** There are more rows. */
  more: boolean;
  /** The statement has no rows to show: it changed a setting, or created something. */
  isNothing: boolean;
}

/** The default of the most rows of a table for people. */
export const DEFAULT_LIMIT = 1_000;

/** DuckDB's result type of statements without a result (`duckdb_result_type`). */
const RETURNS_NOTHING = 2;

/** Prints the result. */
export async function printResult(result: DuckDBResult, options: PrintOptions, sink: ResultSink): Promise<Printed> {
  const { format } = options;
  if (isForPeople(format)) return printForPeople(result, options, sink);
  const writer = rowWriter(format);
  let rows = 0;
  let isRead = await sink.write(writer.head(result.deduplicatedColumnNames(), result.columnTypes()));
  if (isRead)
    for await (const chunk of result.yieldRows()) {
      rows += chunk.length;
      isRead = await sink.write(writer.rows(chunk));
      if (!isRead) break;
    }
  if (isRead) await sink.write(writer.end());
  return { rows, more: !isRead, isNothing: false };
}

async function printForPeople(
  result: DuckDBResult,
  { format, limit, width, hints }: PrintOptions,
  sink: ResultSink,
): Promise<Printed> {
  const rows: DuckDBValue[][] = [];
  let more = false;
  // One row more than the limit tells whether there are more.
  for await (const chunk of result.yieldRows()) {
    more = rows.length + chunk.length > limit;
    for (const row of chunk.slice(0, limit - rows.length)) rows.push(row);
    if (more) break;
  }
  const isNothing = result.columnCount === 0 || result.returnType === RETURNS_NOTHING;
  if (isNothing) return { rows: 0, more: false, isNothing };
  const names = result.columnNames();
  const options = { width, more, hints };
  const { text, remarks } =
    format === 'line'
      ? renderLines(names, rows, options)
      : renderRows(names, result.columnTypes().map(String), rows, options);
  if (text !== '') await sink.write(`${text}\n`);
  for (const remark of remarks) sink.remark(remark);
  return { rows: rows.length, more, isNothing };
}
