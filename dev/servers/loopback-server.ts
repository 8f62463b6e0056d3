/**
 * A real server for tests and benchmarks: a program on a port of the loopback interface. It is returned when it responds, can be
 * killed and restarted with its data on the same port, and ends with the process that started it.
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
  /** The file for its output. */
  logFile: string;
  /** True if this server responds (and not another one that has taken the port). A rejection counts as false. */
  answers(port: number, signal: AbortSignal): Promise<boolean>;
}

/** On an idle machine, each server starts within a few seconds; on a busy one, Java takes half a minute. */
const START_LIMIT_MS = 180_000;
const POLL_INTERVAL_MS = 25;
/** For one request to a server that accepts the connection but does not respond. */
const RESPONSE_LIMIT_MS = 5_000;
/** A port may be taken between our check and the start of the server. */
const ATTEMPTS = 5;

/** A server program on a free port of the loopback. */
export class LoopbackServer {
  private constructor(
    private readonly kind: ServerKind,
    readonly port: number,
    private running: ServerProcess | undefined,
  ) {}

  /** Starts a server on `port`, or on any free port. Rejects with the end of its log if it does not start. */
  static async start(kind: ServerKind, port?: number): Promise<LoopbackServer> {
    for (let attempt = 1; ; attempt++) {
      const tried = port ?? (await freePort(0));
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

  /** Kills it with SIGKILL: running requests are aborted. */
  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.kill();
  }

  /** Stops it gracefully. Its data is kept. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }

  /** Restarts it after `kill` or `stop`, with the same data on the same port. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`The ${this.kind.title} is already running.`);
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
  const lastLines = tail(await readFile(kind.logFile, 'utf8'), 8);
  throw new Error(`The ${kind.title} ${end}. Its log ends:\n${lastLines}`);
}

/** `undefined` once it responds; a message if that takes too long. */
async function untilAnswers(kind: ServerKind, port: number, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!signal.aborted) {
    const attemptSignal = AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_LIMIT_MS)]);
    if (await kind.answers(port, attemptSignal).catch(() => false)) return undefined;
    if (Date.now() > deadline) return `did not respond within ${START_LIMIT_MS / 1000} s`;
    await wait(POLL_INTERVAL_MS);
  }
  return undefined;
}
