/**
 * Writes the output of a command: text for people or JSON for programs, never both on stdout. All control characters except
 * line feeds are escaped here; callers escape line feeds in names from outside (`printable`).
 */
import { printableJson, printableLines } from '../../text/printable.js';
import type { Io } from './io.js';

/** The log level of a note, where notes are written as log lines. */
type Level = 'INFO' | 'ERROR';

/** Prints text for people or JSON for programs, as `--json` says; notes go to stderr. */
export class Output {
  private formatNote: (text: string, level: Level) => string = (text) => `${printableLines(text)}\n`;

  constructor(
    private readonly io: Io,
    /** True with `--json`: stdout carries JSON only. */
    readonly json: boolean,
  ) {}

  /** A line for people on stdout; silent with `--json`. */
  say(text = ''): void {
    if (!this.json) this.io.stdout.write(`${printableLines(text)}\n`);
  }

  /** A note on stderr, separate from what a program reads from stdout. */
  note(text: string, level: Level = 'INFO'): void {
    this.io.stderr.write(this.formatNote(text, level));
  }

  /** From now on, notes are written as log lines for programs, formatted by `line`. */
  writeNotesAs(line: (message: string, level: Level) => string): void {
    this.formatNote = (text, level) => line(text.trim(), level);
  }

  /** One JSON value on a line of its own; silent without `--json`. */
  value(value: unknown): void {
    if (this.json) this.io.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
  }
}
