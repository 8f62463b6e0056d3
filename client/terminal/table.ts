/** Tables on the terminal. */
import Table from 'cli-table3';
import { printableLines } from '../../text/printable.js';
import { cutToWidth, widthOf } from './width.js';
import { wrapLines } from './wrap.js';

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
  /**
   * What happens to it in a table that is too wide for the terminal. `drop`: it is left out first. Absent: its texts are
   * shortened, and it is left out if that is not enough; numbers are not shortened. `keep`: it stays, and is shortened last.
   */
  narrow?: 'drop' | 'keep';
}

/** A right-aligned column, for numbers. */
export function rightAligned(name: string): TextColumn {
  return { name, align: 'right' };
}

/** Spaces between columns. */
const GAP = 2;
/** Columns are not shortened below this: most of a name. */
const LEAST_WIDTH = 12;

/**
 * A table with a header row; `indent` spaces before each line. Cells wider than `widths` are truncated, with an ellipsis. With the
 * `width` of a terminal, the table is made to fit; a line below it says what is missing.
 */
export function renderTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  indent = 0,
  widths?: readonly number[],
  width?: number,
): string {
  if (width !== undefined) return fittedTable(columns, rows, indent, width);
  const table = new Table({
    chars: CHARS,
    head: columns.map((column) => column.name),
    ...(widths === undefined ? {} : { colWidths: [...widths] }),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  // The library cuts UTF-16 code units, and so halves of characters.
  table.push(...rows.map((row) => row.map((cell, at) => (widths === undefined ? cell : cutToWidth(cell, widths[at])))));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd());
  return printableLines(lines.join('\n'));
}

function fittedTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  indent: number,
  width: number,
): string {
  const { shown, widths, cut } = fitColumns(columns, rows, width - indent);
  const of = <T>(all: readonly T[]): T[] => shown.map((at) => all[at]);
  const table = renderTable(of(columns), rows.map(of), indent, cut ? widths : undefined);
  const left = columns.filter((_, at) => !shown.includes(at)).map(({ name }) => name);
  if (left.length === 0 && !cut) return table;
  const remarks = [
    ...(cut ? ['Long texts are shortened'] : []),
    ...(left.length > 0 ? [`Not shown: ${left.join(', ')}`] : []),
  ];
  return `${table}\n${wrapLines(`${' '.repeat(indent)}${remarks.join('. ')}. --json has all.`, width)}`;
}

/** The columns to show, by index, and their widths. */
function fitColumns(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  room: number,
): { shown: number[]; widths: number[]; cut: boolean } {
  const natural = columns.map(({ name }, at) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[at] ?? '')), widthOf(name)),
  );
  const widths = [...natural];
  let shown = [...columns.keys()];
  const excess = (): number => shown.reduce((sum, at) => sum + widths[at] + GAP, -GAP) - room;
  const leaveOut = (which: (at: number) => boolean): void => {
    for (let found = shown.findLast(which); excess() > 0 && found !== undefined; found = shown.findLast(which)) {
      const gone = found;
      shown = shown.filter((at) => at !== gone);
    }
  };
  const shorten = (which: (at: number) => boolean): void => {
    for (let over = excess(); over > 0; over--) {
      const [widest] = shown
        .filter((at) => which(at) && widths[at] > LEAST_WIDTH)
        .sort((a, b) => widths[b] - widths[a]);
      if (widest === undefined) return;
      widths[widest]--;
    }
  };
  const isText = (at: number): boolean => columns[at].align !== 'right';
  leaveOut((at) => columns[at].narrow === 'drop');
  shorten((at) => columns[at].narrow === undefined && isText(at));
  if (excess() > 0) leaveOut((at) => columns[at].narrow === undefined && shown.length > 1);
  // A column that was left out makes room for the others.
  if (excess() < 0) for (const at of shown) widths[at] = Math.min(natural[at], widths[at] - excess());
  shorten((at) => isText(at));
  return { shown, widths: shown.map((at) => widths[at]), cut: shown.some((at) => widths[at] < natural[at]) };
}

/** A line of a report: the label padded to 12 characters, then the text. */
export function labeled(label: string, text: string): string {
  return `  ${label.padEnd(12)}${text}`;
}
