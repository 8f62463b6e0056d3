/** A Python program that processes JSON lines: a request in, `{"ok": …}` or `{"error": …}` out. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A running Python program. */
export interface PythonProcess {
  /** Sends a request. Rejects with the error of the program, or if it ends. Requests are processed one after another. */
  ask(request: object): Promise<unknown>;
  /** Waits for pending requests, then ends the program. */
  close(): Promise<void>;
}

/** Number of characters of stderr that are kept for error messages. */
const ERROR_TAIL = 4_000;

/** Starts `script` in Python's isolated mode, without the user's settings. */
export async function startPythonProcess(
  python: string,
  script: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PythonProcess> {
  const child = spawn(python, ['-I', script], { env });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-ERROR_TAIL);
  });
  // Without a listener, a write to a dead process would end this one; its exit is reported below.
  child.stdin.on('error', () => undefined);
  child.once('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`The Python reader ended. ${stderr}`));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { ok, error } = JSON.parse(line) as { ok?: unknown; error?: string };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(ok);
    else next?.reject(new Error(error));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (child.exitCode !== null) return reject(new Error(`The Python reader ended. ${stderr}`));
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
