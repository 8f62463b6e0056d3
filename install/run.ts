/** Runs a program to its end and keeps what it said. */
import { spawn } from 'node:child_process';

/** How a program ended. */
export interface RunResult {
  /** Exit code; `null` when a signal or the time limit ended it. */
  code: number | null;
  /** The last of stdout and stderr together. */
  output: string;
}

/** Characters of output that are kept: enough for an error and what led to it. */
const KEPT = 20_000;

/**
 * Rejects only when the program cannot be started (`ENOENT`, `EACCES`). `timeout` is in milliseconds; then it is killed.
 * `onLine` gets each line as it comes.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; timeout: number; onLine?: (line: string) => void },
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout);
    let output = '';
    let rest = '';
    const take = (chunk: string) => {
      output = (output + chunk).slice(-KEPT);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    // A grandchild may hold the pipes open after a kill: the exit counts, not their end.
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === null) resolve({ code, output });
      else child.once('close', () => resolve({ code, output }));
    });
  });
}

/** The last `count` lines that say something. */
export function tail(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
