/** Answers of queries as text: CSV, JSON, JSON lines, and a table for people. */
import type { DuckDBValue } from '@duckdb/node-api';
import { objectOf, sqlValueText } from '../../query/values.js';
import { count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import { renderTable } from '../terminal/table.js';

/** What `--format` takes. */
export const FORMATS = ['table', 'csv', 'json', 'jsonl'] as const;
/** How rows are printed. */
export type Format = (typeof FORMATS)[number];

/** Makes text of an answer while it is read. */
interface RowWriter {
  head(names: readonly string[]): string;
  rows(rows: readonly (readonly DuckDBValue[])[]): string;
  end(): string;
}

/** For whatever is read by a program: all rows, as they come. */
export function rowWriter(format: Exclude<Format, 'table'>): RowWriter {
  if (format === 'csv') return csvWriter();
  let columns: readonly string[] = [];
  let any = false;
  const object = (row: readonly DuckDBValue[]): string =>
    objectOf(columns.map((name, index) => [name, row[index]] as const));
  const head = (names: readonly string[]): string => {
    columns = names;
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

/** RFC 4180, with lines that end as on Unix. Nothing is no value; a text without a letter is in quotes. */
function csvWriter(): RowWriter {
  const line = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(',')}\n`;
  return {
    head: line,
    rows: (rows) => rows.map((row) => line(row.map(sqlValueText))).join(''),
    end: () => '',
  };
}

function csvCell(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a log says was written by whoever was logged. */
function shown(text: string | null): string {
  return text === null ? 'NULL' : printable(text);
}

/** A column is not made narrower than this: a timestamp in seconds fits. */
const LEAST_WIDTH = 20;
const GAP = 2;

/**
 * A table of all rows that are given. `width`: of the terminal; what does not fit is cut, and the remarks say so. In a pipe
 * nothing is cut, and no line is broken.
 */
export function renderRows(
  names: readonly string[],
  types: readonly string[],
  rows: readonly (readonly DuckDBValue[])[],
  { width, more }: { width?: number; more: boolean },
): { text: string; remarks: string[] } {
  const cells = rows.map((row) => row.map((value) => shown(sqlValueText(value))));
  const heads = names.map(shown);
  const natural = heads.map((name, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column])), widthOf(name)),
  );
  const widths = width === undefined ? natural : fitted(natural, width);
  const remarks: string[] = [];
  const cut = widths.filter((one, column) => one < natural[column]).length;
  const left = names.length - widths.length;
  if (left > 0) remarks.push(`${counted(left, 'column')} of ${count(names.length)} do not fit and are not shown.`);
  if (cut > 0) remarks.push(`${counted(cut, 'column is', 'columns are')} cut to the width of the terminal.`);
  if (left + cut > 0) remarks.push('--format csv, json or jsonl has all of it.');
  if (more) {
    remarks.unshift(`The first ${counted(rows.length, 'row')}; there are more. --limit N shows N, --format csv all.`);
  }
  const columns = widths.map((_, column) => ({ name: heads[column], align: alignOf(types[column]) }));
  const text = renderTable(
    columns,
    cells.map((row) => row.slice(0, widths.length)),
    0,
    // In a pipe nothing may be cut, and some characters are two wide.
    width === undefined ? undefined : widths,
  );
  return { text, remarks };
}

/** As wide as they are where that fits; else the widest are made narrower, and when that is not enough the last are left out. */
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

const widthOf = (text: string): number => [...text].length;

const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)\b/;
const alignOf = (type: string): 'left' | 'right' => (NUMBERS.test(type) ? 'right' : 'left');
