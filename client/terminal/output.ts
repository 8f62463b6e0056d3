/**
 * Where a command's words go: people read lines, programs read JSON, and only one of the two is ever on stdout. Of what is written
 * here only line feeds act on a terminal; whoever makes lines of what others have chosen sees to their line feeds (`printable`).
 */
import { printableJson, printableLines } from '../../text/printable.js';
import type { Io } from './io.js';

/** How much a remark matters, where it becomes a line of a log. */
type Level = 'INFO' | 'ERROR';

/** Prints text for people or JSON for programs, as `--json` says; notes go to stderr. */
export class Output {
  private remark: (text: string, level: Level) => string = (text) => `${printableLines(text)}\n`;

  constructor(
    private readonly io: Io,
    /** True with `--json`: stdout carries JSON only. */
    readonly json: boolean,
  ) {}

  /** A line for people on stdout; silent with `--json`. */
  say(text = ''): void {
    if (!this.json) this.io.stdout.write(`${printableLines(text)}\n`);
  }

  /** A remark on stderr, which never disturbs what a program reads from stdout. */
  note(text: string, level: Level = 'INFO'): void {
    this.io.stderr.write(this.remark(text, level));
  }

  /** From now on remarks are lines of this form: of a log that only a program reads. */
  writeNotesAs(line: (message: string, level: Level) => string): void {
    this.remark = (text, level) => line(text.trim(), level);
  }

  /** One JSON value on a line of its own; silent without `--json`. */
  value(value: unknown): void {
    if (this.json) this.io.stdout.write(`${printableJson(JSON.stringify(value))}\n`);
  }
}
