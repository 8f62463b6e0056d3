/** A command in a real pseudo terminal, which Python creates. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const PYTHON = process.env.TRAILMILL_PYTHON || 'python3';
const SCRIPT = join(__dirname, 'pseudo_terminal.py');
/** Milliseconds until a text counts as missing, on a busy machine. */
const LIMIT = 60_000;

/** Like `describe`; skipped without Python, except in CI. */
export function describeWithPty(name: string, body: () => void): void {
  const hasPython = process.env.CI !== undefined || spawnSync(PYTHON, ['-c', 'import pty']).status === 0;
  const { skip } = describe;
  if (hasPython) describe(name, body);
  else skip(`${name} (no python3 with pty)`, body);
}

/** A command that is running in its terminal. */
export class Pty {
  /** Everything that it wrote, with escape sequences. */
  raw = '';
  /** Where the search for the awaited text begins. */
  private from = 0;
  private readonly child: ChildProcessWithoutNullStreams;
  private look = (): void => {};
  /** The exit code. */
  readonly ended: Promise<number | null>;

  constructor(
    command: readonly string[],
    { rows = 24, columns = 80, cwd, env }: { rows?: number; columns?: number; cwd: string; env: NodeJS.ProcessEnv },
  ) {
    this.child = spawn(PYTHON, [SCRIPT, String(rows), String(columns), ...command], { cwd, env });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
      this.look();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Types keys. */
  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** What was written since the last call of {@link typed} or {@link sees}, without escape sequences. */
  private get fresh(): string {
    return plain(this.raw.slice(this.from));
  }

  /** Waits until it has written such a text, and returns what it wrote until then. The next call looks after that. */
  async sees(pattern: RegExp): Promise<string> {
    const told = (): string => `\nIt wrote: ${JSON.stringify(this.fresh)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} does not come.${told()}`)), LIMIT);
      this.look = () => {
        const { fresh } = this;
        if (!pattern.test(fresh)) return;
        clearTimeout(timer);
        this.look = () => {};
        this.from = this.raw.length;
        resolve(fresh);
      };
      void this.ended.then(() => {
        clearTimeout(timer);
        reject(new Error(`It ended before ${pattern}.${told()}`));
      });
      this.look();
    });
  }

  /** Types keys and waits for their effect. */
  typed(keys: string, pattern: RegExp): Promise<string> {
    this.type(keys);
    return this.sees(pattern);
  }

  /** Makes sure that it has ended. */
  async end(): Promise<void> {
    // The terminal is closed with it: the command gets SIGHUP.
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

const plain = (text: string): string => stripVTControlCharacters(text).replace(/\r+\n/g, '\n');
