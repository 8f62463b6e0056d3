/** Trailmill's own Temporal server: `temporal server start-dev` with its data in one SQLite file. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { tail } from '../install/run.js';
import type { HttpTarget } from '../net/forward.js';
import { freePort, LOOPBACK } from '../net/free-port.js';
import { type Claim, claimDevServer } from './dev-server-claim.js';
import { choosePorts, type Ports, rememberPorts } from './last-ports.js';
import { withoutClientSettings } from './server-binary.js';
import { type ServerProcess, startServerProcess } from './server-process.js';
import { chooseUiTarget, startUiGate } from './ui-gate.js';
import { untilHealthy, untilUiAnswers } from './until-ready.js';

/** Options of {@link startEmbeddedServer}. */
export interface EmbeddedServerOptions {
  /** From `findServerBinary`. */
  binary: string;
  /** The log and the address are written to `.trailmill/` in it. There is one server per project. */
  projectDir: string;
  /** Path of the SQLite file, which is created if it does not exist. */
  database: string;
  /** Preferred ports; see `freePort`. */
  port: number;
  uiPort: number;
  namespace: string;
  /** Days for which the server keeps workflows after they end; absent: the server's default, one day. */
  historyDays?: number;
  /** Settings of SQLite (`NAME=VALUE`) that differ from the server's own; for tests. */
  pragmas?: readonly string[];
  /** Receives messages for the user, one line per call. */
  log: (line: string) => void;
}

/** A running embedded server. */
export interface EmbeddedServer {
  /** `host:port` of the gRPC frontend. */
  address: string;
  uiUrl: string;
  pid: number;
  /** Resolves when the server has ended for any reason. The value describes how ("was terminated by SIGKILL"). */
  ended: Promise<string>;
  /** Stops the server, gracefully first. Resolves when the process has ended. May be called again. */
  stop(): Promise<void>;
}

/** Another process may take the port between our check and the server's start. */
const ATTEMPTS = 5;

/**
 * Turns on priorities and fairness of task queues: daily runs come before backfills, and runs take turns. Clusters without
 * these settings ignore them. Ordering is per queue partition, so there is only one; more are for thousands of tasks a second.
 * https://docs.temporal.io/develop/task-queue-priority-fairness
 */
const TASK_QUEUES = [
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

/**
 * The server's HTTP API starts workflows for anyone who can send a POST request, including web pages, and cannot be turned
 * off. A Host header cannot contain a space, so this list of allowed hosts rejects all requests. Only Nexus routes do not
 * check the host. (With an empty list, a request without a host would be accepted.)
 */
const NO_HTTP_API = ['frontend.httpAllowedHosts=["no host"]', 'system.enableNexus=false'];

/** Starts the server and waits until it is ready. Throws `UserMistake` with the end of its log if it fails to start. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { projectDir, database, namespace, log } = options;
  await mkdir(dirname(database), { recursive: true });
  const claim = await claimDevServer(projectDir, namespace, log);
  try {
    for (let attempt = 1; ; attempt++) {
      const configured = { port: options.port, uiPort: options.uiPort };
      const ports = await choosePorts(projectDir, configured, log);
      try {
        const server = await startOn(options, claim, ports);
        await rememberPorts(projectDir, configured, ports);
        return server;
      } catch (error) {
        if (attempt === ATTEMPTS || !/address already in use|EADDRINUSE/.test(String(error))) throw error;
      }
    }
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function startOn(options: EmbeddedServerOptions, claim: Claim, { port, uiPort }: Ports): Promise<EmbeddedServer> {
  const { projectDir, namespace, historyDays } = options;
  const logFile = join(projectDir, '.trailmill', 'temporal-server.log');
  const httpPort = await freePort(0, [port, uiPort]);
  const ui = await chooseUiTarget();
  const closeGate = await startUiGate(uiPort, ui);
  let server: ServerProcess;
  try {
    server = await launch(options, { port, httpPort, ui }, logFile);
  } catch (error) {
    await closeGate();
    throw error;
  }
  const ended = server.ended.finally(closeGate);
  const address = `${LOOPBACK}:${port}`;
  const uiUrl = `http://${LOOPBACK}:${uiPort}`;
  const giveUp = new AbortController();
  try {
    const healthy = untilHealthy(address, httpPort, { namespace, historyDays }, giveUp.signal).then(
      (problem) => problem ?? untilUiAnswers(uiUrl, namespace, giveUp.signal),
    );
    const end = await Promise.race([ended, healthy]);
    if (end !== undefined) throw await startFailure(end, options, logFile);
    await claim.publish({ pid: server.pid, address, uiUrl });
  } catch (error) {
    await server.stop();
    await ended;
    throw error;
  } finally {
    giveUp.abort();
  }
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await server.stop();
    await ended;
    await claim.release();
  };
  return { address, uiUrl, pid: server.pid, ended, stop: () => (stopped ??= stop()) };
}

async function launch(
  { binary, database, namespace, pragmas = [] }: EmbeddedServerOptions,
  { port, httpPort, ui }: { port: number; httpPort: number; ui: HttpTarget },
  logFile: string,
): Promise<ServerProcess> {
  if (existsSync(logFile)) await rename(logFile, `${logFile}.1`);
  const log = await open(logFile, 'w');
  // The default metrics port is a random free one, so servers do not conflict there.
  const args = [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port), '--http-port', String(httpPort)],
    ...['--ui-ip', ui.host, '--ui-port', String(ui.port)],
    ...['--db-filename', database, '--namespace', namespace, '--log-level', 'warn', '--color', 'never'],
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...[...TASK_QUEUES, ...NO_HTTP_API].flatMap((value) => ['--dynamic-config-value', value]),
  ];
  try {
    return await startServerProcess(binary, args, { env: withoutClientSettings(process.env), log: log.fd });
  } catch (error) {
    throw new UserMistake(`The Temporal server ${binary} cannot be started: ${String(error)}`, undefined, {
      cause: error,
    });
  } finally {
    await log.close();
  }
}

async function startFailure(end: string, { database }: EmbeddedServerOptions, logFile: string): Promise<UserMistake> {
  // The first lines of a panic are what matters, not the stack traces after them.
  const [log] = (await readFile(logFile, 'utf8').catch(() => '')).split(/^goroutine \d+ /m);
  const logTail = tail(log, 8);
  return new UserMistake(
    `The Temporal server ${end}. Its log ends with:\n${logTail}`,
    cureOf(logTail, database, logFile),
  );
}

function cureOf(logTail: string, database: string, logFile: string): string {
  if (/database is locked|SQLITE_BUSY/i.test(logTail)) {
    return `Another program is using ${database}: stop it, or set another file (server.database in temporal.yaml).`;
  }
  if (/no such (table|column)|has no column|schema version|newer/i.test(logTail)) {
    return `${database} was written by another version of the server: use that version (TRAILMILL_TEMPORAL_BINARY), or move the file away.`;
  }
  if (/not a database|malformed/i.test(logTail)) {
    return `${database} is not a Temporal database: move it away. It does not contain the tables or their ledger.`;
  }
  if (/unable to open database|permission denied|read-?only/i.test(logTail)) {
    return `Make ${database} writable for the user that runs Trailmill.`;
  }
  return `See the full log: ${logFile}`;
}
