/**
 * Commands of the build, many in one process: for tests of their output and effects, for which a separate process, which takes
 * half a second to load, would show nothing more.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Ended } from './cli';

const RUN = join(__dirname, '../../dist/client/session/run.js');

/** Gives each command its own streams, directory and environment, and sends back its output. */
const HOST = `
const { run } = require(process.argv[1]);
process.on('message', async ({ id, argv, cwd, env }) => {
  const ended = { code: null, stdout: '', stderr: '' };
  ended.code = await run(argv, {
    stdout: { write: (text) => (ended.stdout += text) },
    stderr: { write: (text) => (ended.stderr += text) },
    cwd,
    env,
    now: Date.now,
    onInterrupt: () => () => {},
    exit: () => {},
    readStdin: async () => '',
    ask: async () => undefined,
  });
  process.send({ id, ended });
});
process.on('disconnect', () => process.exit());
`;

export class CommandHost {
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private readonly waiting = new Map<number, { resolve(ended: Ended): void; reject(error: Error): void }>();
  private last = 0;
  /** Output that bypassed the streams of the commands. */
  private beside = '';

  /** `env` is what libraries read; commands have their own. */
  constructor(env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, ['-e', HOST, RUN], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.beside += text;
      });
    this.child.on('message', ({ id, ended }: { id: number; ended: Ended }) => {
      this.waiting.get(id)?.resolve({ ...ended, stderr: ended.stderr + this.beside });
      this.waiting.delete(id);
    });
    this.gone = new Promise((resolve) => {
      // Not 'close', which is not emitted after a disconnection.
      this.child.once('exit', () => {
        const error = new Error(`The process of the commands has ended. ${this.beside}`);
        for (const { reject } of this.waiting.values()) reject(error);
        resolve();
      });
    });
  }

  /** Runs a command to its end, concurrently with others that are not awaited. */
  run(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, argv, cwd, env }, (error) => error && reject(error));
    });
  }

  async close(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.gone;
  }
}
