/** Writes a result to the terminal, or to a pager if it is longer than the screen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { writeAll } from '../../terminal/io.js';
import { widthOf } from '../../terminal/width.js';

/** `-F`: quits if everything fits; `-R`: colors; `-S`: long lines are cut; `-X`: leaves the text on the screen. */
const DEFAULT_PAGER = 'less -FRSX';
/** The exit code of a shell that does not find the command. */
const NOT_FOUND = 127;
const DEFAULT_ROWS = 24;
const DEFAULT_COLUMNS = 80;

/** The command of the pager: `$PAGER`, else `less` where it exists; `undefined` for none. */
export function pagerOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env.PAGER !== undefined) return env.PAGER.trim() === '' ? undefined : env.PAGER;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => isExecutable(join(folder, 'less'))) ? DEFAULT_PAGER : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The part of a terminal that it writes to. */
export type ScreenOutput = Parameters<typeof writeAll>[0] & { readonly rows?: number };

/** Who reads from the terminal, and must not while the pager does. */
export interface Lender {
  lend(): void;
  takeBack(): void;
}

/** A command to show long texts, and whose terminal it needs. */
export interface Pager {
  command: string;
  lender: Lender;
  env: NodeJS.ProcessEnv;
}

/** Takes the text of one result. Must be ended. */
export class Screen {
  /** What was written before it is known whether it fits. */
  private waiting: string | undefined = '';
  private waitingRows = 0;
  /** What the pager got first: if it cannot be run, that is shown without it. */
  private first = '';
  private child: ChildProcess | undefined;
  private ended: Promise<number | null> | undefined;
  private isGone = false;

  /** `pager`: `undefined` if all goes to the terminal. */
  constructor(
    private readonly output: ScreenOutput,
    private readonly pager: Pager | undefined,
  ) {}

  /** Resolves when more can be written: to `false` if the pager was quit. */
  async write(text: string): Promise<boolean> {
    if (this.waiting === undefined) return this.send(text);
    this.waiting += text;
    this.waitingRows += rowsOf(text, this.output.columns || DEFAULT_COLUMNS);
    // The footer and the next prompt want a line each.
    if (this.waitingRows <= (this.output.rows || DEFAULT_ROWS) - 2) return true;
    if (this.pager !== undefined) {
      this.first = this.waiting;
      this.start(this.pager);
    }
    return this.flush();
  }

  /** Writes what is left, and waits until the pager was quit. Resolves to a problem with the pager, if there was one. */
  async end(): Promise<string | undefined> {
    await this.flush();
    if (this.child === undefined) return undefined;
    this.child.stdin?.end();
    const code = await this.ended;
    this.pager?.lender.takeBack();
    if (code !== NOT_FOUND && code !== null) return undefined;
    await writeAll(this.output, this.first);
    return `The pager could not be run: ${this.pager?.command}. Set PAGER, or write .pager off.`;
  }

  private async flush(): Promise<boolean> {
    const text = this.waiting ?? '';
    this.waiting = undefined;
    return text === '' ? !this.isGone : this.send(text);
  }

  private start({ command, lender, env }: Pager): void {
    lender.lend();
    const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
    this.child = child;
    // It was quit before it had read everything.
    child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve(null));
      child.once('exit', (code, signal) => resolve(signal === null ? code : 0));
    });
    void this.ended.then(() => {
      this.isGone = true;
    });
  }

  private async send(text: string): Promise<boolean> {
    if (this.child?.stdin == null) {
      await writeAll(this.output, text);
      return true;
    }
    if (this.isGone) return false;
    await Promise.race([writeAll(this.child.stdin, text), this.ended]);
    return !this.isGone;
  }
}

function rowsOf(text: string, columns: number): number {
  const lines = text.split('\n');
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), -1);
}
