/**
 * Writes the output of a command: text for people or JSON for programs, never both on stdout. All control characters except
 * line feeds are escaped here; callers escape line feeds in names from outside (`printable`).
 */
import { printableJson, printableLines } from '../../text/printable.js';
import { colored, hasColors } from './color.js';
import { withFlags } from './command-lines.js';
import type { Io } from './io.js';
import { shortenPages, wrapLines } from './wrap.js';

/** The log level of a note, where notes are written as log lines. */
type Level = 'INFO' | 'ERROR';

/** Prints text for people or JSON for programs, as `--json` says; notes go to stderr. */
export class Output {
  /** The options of project and server that hints repeat. */
  private flags = '';
  private formatNote: (text: string, level: Level) => string = (text) => `${this.forPeople(text, this.io.stderr)}\n`;

  constructor(
    private readonly io: Io,
    /** True with `--json`: stdout carries JSON only. */
    readonly json: boolean,
  ) {}

  /** From now on, the commands in hints repeat these options (see `givenFlags`), so that they work when they are copied. */
  repeatFlags(flags: string): void {
    this.flags = flags;
  }

  /** Columns of the terminal on stdout; `undefined` if it is none: then tables are as wide as they are. */
  get width(): number | undefined {
    return this.json ? undefined : widthOf(this.io.stdout);
  }

  /** Lines for people on stdout, broken between words to fit the terminal; silent with `--json`. */
  say(text = ''): void {
    if (!this.json) this.io.stdout.write(`${this.forPeople(text, this.io.stdout)}\n`);
  }

  /** Rows of a query: like `say`, but nothing in them is taken for a hint or a state. */
  rows(text: string): void {
    if (!this.json) this.io.stdout.write(`${printableLines(text)}\n`);
  }

  /** A hint with the given options in its commands. */
  hint(text: string): string {
    return withFlags(text, this.flags);
  }

  /** A note on stderr, separate from what a program reads from stdout. */
  note(text: string, level: Level = 'INFO'): void {
    this.io.stderr.write(this.formatNote(text, level));
  }

  /** From now on, notes are written as log lines for programs, formatted by `line`. */
  writeNotesAs(line: (message: string, level: Level) => string): void {
    this.formatNote = (text, level) => line(text.trim(), level);
  }

  private forPeople(given: string, stream: Io['stdout']): string {
    const width = widthOf(stream);
    // Before the flags: the command that stands for a URL needs them, too.
    const short = width === undefined ? given : shortenPages(given, width);
    const text = printableLines(this.hint(short));
    const lines = width === undefined ? text : wrapLines(text, width);
    return hasColors(stream, this.io.env) ? colored(lines) : lines;
  }

  /** One JSON value on a line of its own; silent without `--json`. */
  value(value: unknown): void {
    if (this.json) this.io.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
  }
}

function widthOf({ isTTY, columns }: Io['stdout']): number | undefined {
  // Some terminals do not know their width, and say 0.
  return isTTY === true && columns ? columns : undefined;
}
