/** Tables on the terminal. */
import Table from 'cli-table3';
import { printableLines } from '../../text/printable.js';

/** No frame, so that a table stays readable when it is copied into a ticket. */
const CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** A column of a table on the terminal. */
export interface TextColumn {
  name: string;
  align?: 'left' | 'right';
}

/** A right-aligned column, for numbers. */
export function rightAligned(name: string): TextColumn {
  return { name, align: 'right' };
}

/** A table with a header row; `indent` spaces before each line. Cells wider than `widths` are truncated, with an ellipsis. */
export function renderTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  indent = 0,
  widths?: readonly number[],
): string {
  const table = new Table({
    chars: CHARS,
    head: columns.map((column) => column.name),
    ...(widths === undefined ? {} : { colWidths: [...widths] }),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd());
  // Truncation may split a character.
  return printableLines(lines.join('\n'));
}

/** A line of a report: the label padded to 12 characters, then the text. */
export function labeled(label: string, text: string): string {
  return `  ${label.padEnd(12)}${text}`;
}
