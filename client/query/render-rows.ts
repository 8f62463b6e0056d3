/** Renders query results as CSV, JSON, JSON lines, or a table for people. */
import type { DuckDBValue } from '@duckdb/node-api';
import { objectOf, sqlValueText } from '../../query/values.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import { csvLine } from '../terminal/csv.js';
import { renderTable } from '../terminal/table.js';
import { widthOf } from '../terminal/width.js';
import { pieces } from '../terminal/wrap.js';
import type { Format } from './formats.js';

/** Renders a result in pieces while it is read. */
interface RowWriter {
  /** `types`: DuckDB's. */
  head(names: readonly string[], types?: readonly ColumnType[]): string;
  rows(rows: readonly (readonly DuckDBValue[])[]): string;
  end(): string;
}

/** The type of a column: JSON is text with an alias. */
export interface ColumnType {
  readonly alias?: string;
}

/** The writer of a format for programs: all rows, as they arrive. */
export function rowWriter(format: Exclude<Format, 'table' | 'line'>): RowWriter {
  if (format === 'csv') return csvWriter();
  let columns: readonly { name: string; isJson: boolean }[] = [];
  let any = false;
  const object = (row: readonly DuckDBValue[]): string =>
    objectOf(columns.map(({ name, isJson }, index) => [name, row[index], isJson] as const));
  const head = (names: readonly string[], types: readonly ColumnType[] = []): string => {
    columns = names.map((name, index) => ({ name, isJson: types[index]?.alias === 'JSON' }));
    return format === 'json' ? '[' : '';
  };
  if (format === 'jsonl')
    return { head, rows: (rows) => rows.map((row) => `${object(row)}\n`).join(''), end: () => '' };
  return {
    head,
    rows(rows) {
      const text = rows.map((row, index) => `${any || index > 0 ? ',' : ''}\n${object(row)}`).join('');
      any ||= rows.length > 0;
      return text;
    },
    end: () => `${any ? '\n' : ''}]\n`,
  };
}

/** RFC 4180, with Unix line endings. NULL is an empty cell; an empty text is `""`. */
function csvWriter(): RowWriter {
  return {
    head: csvLine,
    rows: (rows) => rows.map((row) => csvLine(row.map(sqlValueText))).join(''),
    end: () => '',
  };
}

/** Log values come from outside, so their control characters are escaped. */
function shown(text: string | null): string {
  return text === null ? 'NULL' : printable(text);
}

/** The minimum width of a column: a timestamp in seconds fits. */
const LEAST_WIDTH = 20;
const GAP = 2;

/** What rows for people are rendered for. */
export interface RenderOptions {
  /** Of the terminal; what does not fit is truncated, and the remarks say so. In a pipe nothing is truncated or wrapped. */
  width?: number;
  /** There are more rows than these. */
  more: boolean;
  /** Default: the options of the command. */
  hints?: Hints;
}

/** How to see what is not shown. */
export interface Hints {
  moreRows: string;
  wholeCells: string;
}

const OPTIONS: Hints = {
  moreRows: '--limit N shows N, --format csv all.',
  wholeCells: '--format line, csv, json or jsonl prints everything.',
};

/** Rows for people, and remarks about what is not shown. */
export interface Rendered {
  text: string;
  remarks: string[];
}

type Rows = readonly (readonly DuckDBValue[])[];

/** Renders the given rows as a table. */
export function renderRows(
  names: readonly string[],
  types: readonly string[],
  rows: Rows,
  { width, more, hints = OPTIONS }: RenderOptions,
): Rendered {
  const cells = rows.map((row) => row.map((value) => shown(sqlValueText(value))));
  const heads = names.map(shown);
  const natural = heads.map((name, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column])), widthOf(name)),
  );
  const widths = width === undefined ? natural : fitted(natural, width);
  const remarks = more ? [moreRows(rows.length, hints)] : [];
  const cut = widths.filter((one, column) => one < natural[column]).length;
  const omitted = names.length - widths.length;
  if (omitted > 0)
    remarks.push(`${counted(omitted, 'column')} of ${count(names.length)} do not fit and are not shown.`);
  if (cut > 0) remarks.push(`${counted(cut, 'column is', 'columns are')} truncated to fit the terminal.`);
  if (omitted + cut > 0) remarks.push(hints.wholeCells);
  const columns = widths.map((_, column) => ({ name: heads[column], align: alignOf(types[column]) }));
  const text = renderTable(
    columns,
    cells.map((row) => row.slice(0, widths.length)),
    0,
    // In a pipe nothing may be truncated, and some characters are two columns wide.
    width === undefined ? undefined : widths,
  );
  return { text, remarks };
}

/** Renders the given rows with a line for each column, for wide rows: nothing is truncated, long values take several lines. */
export function renderLines(
  names: readonly string[],
  rows: Rows,
  { width, more, hints = OPTIONS }: RenderOptions,
): Rendered {
  const heads = names.map(shown);
  const widest = Math.max(0, ...heads.map(widthOf));
  const left = width === undefined ? widest : Math.min(widest, Math.floor(width / 2) - GAP);
  const lines = rows.map((row) =>
    heads.flatMap((name, column) => {
      const value = shown(sqlValueText(row[column]));
      const values = width === undefined ? [value] : pieces(value, width - left - GAP);
      const parts = width === undefined ? [name] : pieces(name, left);
      return Array.from({ length: Math.max(parts.length, values.length) }, (_, index) => {
        const part = parts[index] ?? '';
        return `${part}${' '.repeat(Math.max(0, left - widthOf(part)) + GAP)}${values[index] ?? ''}`.trimEnd();
      });
    }),
  );
  const text = lines.map((ofRow) => ofRow.join('\n')).join('\n\n');
  return { text, remarks: more ? [moreRows(rows.length, hints)] : [] };
}

const moreRows = (rows: number, hints: Hints): string =>
  `Only the first ${counted(rows, 'row')}; there are more. ${hints.moreRows}`;

/** Column widths that fit: the widest columns are narrowed first; if that is not enough, the last columns are omitted. */
function fitted(natural: readonly number[], width: number): number[] {
  const least = natural.map((one) => Math.min(one, LEAST_WIDTH));
  let columns = 0;
  for (let taken = -GAP; columns < least.length && taken + GAP + least[columns] <= width; columns++) {
    taken += GAP + least[columns];
  }
  const kept = Math.max(1, columns);
  const room = Math.max(1, width - GAP * (kept - 1));
  const wanted = natural.slice(0, kept);
  const total = (cap: number): number => wanted.reduce((sum, one) => sum + Math.min(one, cap), 0);
  let cap = Math.max(...wanted);
  while (cap > 1 && total(cap) > room) cap--;
  return wanted.map((one) => Math.min(one, cap));
}

const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)\b/;
const alignOf = (type: string): 'left' | 'right' => (NUMBERS.test(type) ? 'right' : 'left');
