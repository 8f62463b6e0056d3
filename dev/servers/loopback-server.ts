/**
 * A real server for tests and benches: a program on one port of the loopback that answers before it is handed out, can be
 * killed and started again with its data on the same port, and ends with the process that started it.
 */
import { open, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { tail } from '../../install/run.js';
import { freePort } from '../../net/free-port.js';
import { type ServerProcess, startServerProcess } from '../../server/server-process.js';

/** How a kind of server is started. */
export interface ServerKind {
  /** For messages: "The S3 server …". */
  title: string;
  program: string;
  args(port: number): string[];
  env(port: number): NodeJS.ProcessEnv;
  /** What it says goes to this file. */
  logFile: string;
  /** Whether it answers as this very server (and not another one that has taken the port). Rejecting counts as no. */
  answers(port: number, signal: AbortSignal): Promise<boolean>;
}

/** Milliseconds. Each of them is up in a few seconds on an idle machine. */
const START_LIMIT = 60_000;
const LOOK_EVERY = 25;
/** One look at a server that takes the connection and says nothing. */
const ANSWER_LIMIT = 5_000;
/** A port can be taken between our look and the server's. */
const ATTEMPTS = 5;
/**
 * Ports are drawn from below the range that systems give to outgoing connections (Linux: from 32768), so that nothing
 * takes the port of a server while it is down. By chance, so that test processes that start at one moment do not meet.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A server program on a free port of the loopback. */
export class LoopbackServer {
  private constructor(
    private readonly kind: ServerKind,
    readonly port: number,
    private running: ServerProcess | undefined,
  ) {}

  /** Starts it on `port`, or on any. Rejects with the end of its log when it does not come up. */
  static async start(kind: ServerKind, port?: number): Promise<LoopbackServer> {
    for (let attempt = 1; ; attempt++) {
      const tried = port ?? (await freePort(FIRST_PORT + Math.floor(Math.random() * PORTS)));
      try {
        return new LoopbackServer(kind, tried, await launch(kind, tried));
      } catch (error) {
        if (port !== undefined || attempt === ATTEMPTS || !/address already in use/i.test(String(error))) throw error;
      }
    }
  }

  /** Process id; `undefined` while it is down. */
  get pid(): number | undefined {
    return this.running?.pid;
  }

  /** SIGKILL: whatever it was at is cut off. */
  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.kill();
  }

  /** Ends it gently. Its data stay. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }

  /** After `kill` or `stop`: the same data on the same port. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`The ${this.kind.title} is running.`);
    this.running = await launch(this.kind, this.port);
  }
}

async function launch(kind: ServerKind, port: number): Promise<ServerProcess> {
  const log = await open(kind.logFile, 'w');
  const server = await startServerProcess(kind.program, kind.args(port), { env: kind.env(port), log: log.fd }).finally(
    () => log.close(),
  );
  const giveUp = new AbortController();
  const end = await Promise.race([server.ended, untilAnswers(kind, port, giveUp.signal)]);
  giveUp.abort();
  if (end === undefined) return server;
  await server.stop();
  const said = tail(await readFile(kind.logFile, 'utf8'), 8);
  throw new Error(`The ${kind.title} ${end}. Its log ends:\n${said}`);
}

/** `undefined` when it answers; else a line that says that it took too long. */
async function untilAnswers(kind: ServerKind, port: number, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + START_LIMIT;
  while (!signal.aborted) {
    const one = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT)]);
    if (await kind.answers(port, one).catch(() => false)) return undefined;
    if (Date.now() > deadline) return `does not answer after ${START_LIMIT / 1000} s`;
    await wait(LOOK_EVERY);
  }
  return undefined;
}
