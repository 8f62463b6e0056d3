/** Where a command's words go: people read lines, programs read JSON, and only one of the two is ever on stdout. */
import type { Io } from './io.js';

export class Output {
  constructor(
    private readonly io: Io,
    /** True with `--json`: stdout carries JSON only. */
    readonly json: boolean,
  ) {}

  /** A line for people on stdout; silent with `--json`. */
  say(text = ''): void {
    if (!this.json) this.io.stdout.write(`${text}\n`);
  }

  /** A remark on stderr, which never disturbs what a program reads from stdout. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  /** One JSON value on a line of its own; silent without `--json`. */
  value(value: unknown): void {
    if (this.json) this.io.stdout.write(`${JSON.stringify(value)}\n`);
  }
}
