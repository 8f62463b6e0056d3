/** A session of the shell: the open tables, how results are shown, and running statements. */
import type { TableColumns } from '../../../query/column-tree.js';
import { Interrupted } from '../../../query/failure.js';
import type { OpenTables } from '../../../query/open-tables.js';
import { counted } from '../../../text/numbers.js';
import { printableLines } from '../../../text/printable.js';
import { commandFailure } from '../../terminal/failure.js';
import type { Io, Terminal } from '../../terminal/io.js';
import { wrapped } from '../../terminal/wrap.js';
import { type Format, isForPeople } from '../formats.js';
import { interruptOn } from '../interrupt.js';
import type { ParameterValues } from '../parameters.js';
import { DEFAULT_LIMIT, type Printed, printResult } from '../print-result.js';
import { type Question, withParameters } from '../saved.js';
import { fitted } from './fit.js';
import { type Lender, pagerOf, Screen } from './screen.js';

/** What the shell was started with. */
export interface ShellStart {
  io: Io;
  terminal: Terminal;
  /** The directory of the project. */
  project: string;
  /** Opens all tables, at their newest snapshots. */
  open(signal: AbortSignal): Promise<OpenTables>;
  format: Format;
  limit?: number;
  /** Values of `$from` and `$to`, as on the command line. */
  from?: string;
  to?: string;
  values: ParameterValues;
}

const DEFAULT_WIDTH = 80;
const HINTS = { moreRows: '.limit N shows N.', wholeCells: '.mode line shows everything.' };

/** What hints of the command line are called here. */
const SHELL_WORDS: readonly (readonly [RegExp, string])[] = [
  [/`trailmill query "DESCRIBE events"`/g, '.schema events'],
  [
    /`trailmill tables --columns` lists the tables and their columns/g,
    '.tables lists the tables, and .schema NAME the columns',
  ],
  [/`trailmill query --list`/g, '.queries'],
  [/`trailmill query --list (\S+)`/g, '.queries $1'],
  [/`trailmill query --help`/g, '.queries'],
];

/** Runs statements and shows their results. Must be closed. */
export class Session {
  format: Format;
  limit: number;
  hasTiming = true;
  hasPager = true;
  /** Who reads from the terminal. */
  lender: Lender | undefined;
  /** Of the parameters of SQL. */
  readonly values: Map<string, string>;
  private tables: OpenTables | undefined;
  private known: TableColumns[] | undefined;

  constructor(readonly start: ShellStart) {
    this.format = start.format;
    this.limit = start.limit ?? DEFAULT_LIMIT;
    this.values = new Map(start.values);
  }

  /** Opens the tables, or opens them again. */
  async open(signal: AbortSignal): Promise<void> {
    const tables = await this.start.open(signal);
    this.close();
    this.tables = tables;
  }

  close(): void {
    this.tables?.close();
    this.tables = undefined;
    this.known = undefined;
  }

  /** Names of the tables of the log source, without its views. */
  get tableNames(): readonly string[] {
    return this.tables?.names ?? [];
  }

  /** All tables and views with their columns. */
  async columns(): Promise<readonly TableColumns[]> {
    this.known ??= await this.tables?.columns();
    return this.known ?? [];
  }

  /** SQL as it was typed, with the values that it needs. */
  questionOf(sql: string): Question {
    const { io, from, to } = this.start;
    const given = { from, to, values: this.values, now: io.now() };
    return withParameters(sql, given, (name) => `Set it: .param ${name}=VALUE`);
  }

  /** Runs a statement and shows its rows. */
  async answer({ sql, parameters }: Question, signal: AbortSignal): Promise<void> {
    const { tables } = this;
    if (tables === undefined) return;
    const release = interruptOn(signal, () => tables);
    const screen = this.screen();
    const remarks: string[] = [];
    const started = performance.now();
    let printed: Printed;
    let seconds: number;
    try {
      const result = await tables.stream(sql, parameters, signal);
      const { format, limit } = this;
      printed = await printResult(
        result,
        { format, limit, width: this.width, hints: HINTS },
        { write: (text) => screen.write(printableLines(text)), remark: (text) => void remarks.push(text) },
      ).catch(async (error: unknown) => {
        throw await tables.errorOf(error);
      });
      seconds = (performance.now() - started) / 1_000;
    } finally {
      release();
      // It may have created a table.
      this.known = undefined;
      const problem = await screen.end();
      if (problem !== undefined) remarks.push(problem);
    }
    this.say([...remarks, this.footer(printed, seconds)].join('\n'));
  }

  /** Shows a text, in the pager if it is long. */
  async show(text: string): Promise<void> {
    const screen = this.screen();
    await screen.write(`${printableLines(text)}\n`);
    const problem = await screen.end();
    if (problem !== undefined) this.say(problem);
  }

  /** Writes lines that fit. */
  say(text: string): void {
    const lines = text.split('\n').flatMap((line) => (line === '' ? [''] : wrapped(line, this.width)));
    this.start.terminal.output.write(`${printableLines(lines.join('\n'))}\n`);
  }

  /** Says what went wrong. */
  sayFailure(error: unknown, signal: AbortSignal): void {
    if (signal.aborted || error instanceof Interrupted) {
      this.say('Canceled.');
      return;
    }
    const { message, cure } = commandFailure(error, this.start.io.env, 'trailmill query --help');
    let hint = cure ?? '';
    for (const [pattern, word] of SHELL_WORDS) hint = hint.replace(pattern, word);
    const text = [
      fitted(printableLines(message), this.width),
      ...wrapped(hint, this.width - 2).map((line) => `  ${line}`),
    ];
    this.start.terminal.output.write(`${printableLines(text.join('\n')).trimEnd()}\n`);
  }

  /** Columns of the terminal. */
  get width(): number {
    return this.start.terminal.output.columns || DEFAULT_WIDTH;
  }

  private screen(): Screen {
    const { io, terminal } = this.start;
    const command = this.hasPager ? pagerOf(io.env) : undefined;
    const { lender } = this;
    const pager = command === undefined || lender === undefined ? undefined : { command, lender, env: io.env };
    return new Screen(terminal.output, pager);
  }

  private footer({ rows, more, isNothing }: Printed, seconds: number): string {
    const time = this.hasTiming ? ` (${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s)` : '';
    if (isNothing) return `Done${time}`;
    const isFirst = more && isForPeople(this.format);
    return `${isFirst ? 'first ' : more ? 'stopped after ' : ''}${counted(rows, 'row')}${time}`;
  }
}
