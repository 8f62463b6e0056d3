/** What a recording shows: the output of a session, on the screen of a terminal emulator. */
import { type IBufferCell, type IBufferLine, Terminal } from '@xterm/headless';
import type { Recording } from './cast.js';

/** Text of one style, from a column on. */
export interface Run {
  column: number;
  /** Columns that it takes. */
  width: number;
  text: string;
  /** `undefined` for the default; 0 to 15 for the colors of a palette. */
  color?: number;
  bold: boolean;
  dim: boolean;
}

/** The end of a scene. */
export interface Screen {
  name: string;
  columns: number;
  /** The rows of the screen. */
  rows: Run[][];
  /** All lines of the scene, also those that have left the screen, without spaces at their ends. */
  lines: string[];
  /** Those that did not fit the width, and were continued on the next row. */
  wrapped: string[];
}

/** More than a scene prints. */
const SCROLLBACK = 2000;

/** The screens of a recording at the ends of its scenes. */
export async function screensOf({ columns, rows, events }: Recording): Promise<Screen[]> {
  const terminal = new Terminal({ cols: columns, rows, scrollback: SCROLLBACK, allowProposedApi: true });
  const screens: Screen[] = [];
  for (const [, kind, text] of events) {
    if (kind === 'o') await new Promise<void>((resolve) => terminal.write(text, resolve));
    else screens.push(screenOf(text, terminal));
  }
  terminal.dispose();
  return screens;
}

function screenOf(name: string, terminal: Terminal): Screen {
  const buffer = terminal.buffer.active;
  const all = Array.from({ length: buffer.baseY + terminal.rows }, (_, y) => buffer.getLine(y) as IBufferLine);
  const lines = all.map((line) => line.translateToString(true));
  return {
    name,
    columns: terminal.cols,
    rows: all.slice(buffer.baseY).map((line) => runsOf(line, terminal.cols)),
    lines: lines.slice(0, lines.findLastIndex((line) => line !== '') + 1),
    wrapped: lines.filter((_, y) => all[y + 1]?.isWrapped),
  };
}

/** Runs begin anew after two spaces, so that columns of a table stay where they are in every font. */
function runsOf(line: IBufferLine, columns: number): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  let cell: IBufferCell | undefined;
  for (let column = 0; column < columns; column++) {
    cell = line.getCell(column, cell);
    // The second half of a wide character has no width.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = {
      color: cell.isFgPalette() ? cell.getFgColor() : undefined,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
    };
    const text = cell.getChars() || ' ';
    const isSame = run?.color === style.color && run?.bold === style.bold && run?.dim === style.dim;
    if (run === undefined || !isSame || (run.text.endsWith('  ') && text !== ' ')) {
      run = { column, width: 0, text: '', ...style };
      runs.push(run);
    }
    run.text += text;
    run.width += cell.getWidth();
  }
  return runs.flatMap((one) => {
    const text = one.text.trimEnd();
    return text === '' ? [] : [{ ...one, text, width: one.width - (one.text.length - text.length) }];
  });
}
