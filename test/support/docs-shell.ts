/** Runs blocks of the pages with bash, with `trailmill` and the stand-ins first in PATH. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Milliseconds until a block is killed: minutes, because the machine may be busy. */
const BLOCK_LIMIT = 600_000;
const TRAILMILL = join(__dirname, 'docs-trailmill.cjs');

/** A `trailmill` command that a block ran. */
interface Call {
  argv: string[];
  code: number;
}

/** The result of a block. */
export interface Ran {
  code: number;
  /** In the order in which they ended. */
  calls: Call[];
  /** Of both streams. */
  output: string;
}

/** Lines of a stack trace, and what Node prints for an uncaught error. */
export const STACK = /^ +at .+:\d+:\d+\)?$|node:internal|UnhandledPromise|ExperimentalWarning/m;

/** Programs for blocks, in a directory of their own. */
export class DocsShell {
  private readonly programs: string;
  private blocks = 0;

  /** `links`: programs by their paths; `standIns`: names of programs that do nothing. */
  constructor(
    private readonly directory: string,
    private readonly env: NodeJS.ProcessEnv,
    { links, standIns }: { links: Readonly<Record<string, string>>; standIns: readonly string[] },
  ) {
    this.programs = join(directory, 'bin');
    mkdirSync(this.programs);
    const script = (name: string, line: string): void =>
      writeFileSync(join(this.programs, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    script('trailmill', `exec '${process.execPath}' '${TRAILMILL}' "$@"`);
    for (const name of standIns) script(name, ':');
    for (const [name, path] of Object.entries(links)) symlinkSync(path, join(this.programs, name));
  }

  /** Runs code as `bash -e` does. `stays`: what runs until Ctrl-C is left running. */
  run(code: string, cwd: string, stays: boolean): Promise<Ran> {
    const block = join(this.directory, `block-${++this.blocks}`);
    const [script, calls] = [`${block}.sh`, `${block}.calls`];
    writeFileSync(script, code);
    const env = {
      ...this.env,
      PATH: `${this.programs}${delimiter}${this.env.PATH}`,
      TRAILMILL_DOCS_CALLS: calls,
      TRAILMILL_DOCS_STAYS: stays ? 'yes' : undefined,
    };
    return new Promise((resolve) => {
      const options = { cwd, env, timeout: BLOCK_LIMIT, maxBuffer: 2 ** 28 };
      const child = execFile('bash', ['-e', script], options, (error, stdout, stderr) => {
        const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
        resolve({
          code: error === null ? 0 : Number(error.code ?? -1),
          calls: lines.map((line) => JSON.parse(line) as Call),
          output: stdout + stderr,
        });
      });
      child.stdin?.end();
    });
  }
}
