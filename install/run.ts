/** Runs programs and captures their output. */
import { spawn } from 'node:child_process';

/** The result of running a program. */
export interface RunResult {
  /** Exit code; `null` if a signal or the timeout killed it. */
  code: number | null;
  /** The end of its combined stdout and stderr. */
  output: string;
}

/** Maximum number of characters of output to keep: enough for an error and its context. */
const MAX_OUTPUT = 20_000;

/**
 * Runs a program until it exits. Rejects only if the program cannot be started (`ENOENT`, `EACCES`). It is killed after `timeout`
 * milliseconds. `onLine` is called for each line of output.
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
      output = (output + chunk).slice(-MAX_OUTPUT);
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
    // After a kill, a grandchild may keep the pipes open, so wait for the exit, not for the pipes to close.
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === null) resolve({ code, output });
      else child.once('close', () => resolve({ code, output }));
    });
  });
}

/** The last `count` lines that are not blank. */
export function tail(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
