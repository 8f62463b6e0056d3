/**
 * Does memory grow with the work? Days of 1, 10 and 100 times as many files, each ingested by the real workflows in a fresh
 * worker process under the same limit; what that process had in memory at the most, side by side. The Temporal server is
 * a process of its own and not counted.
 *
 * `npm run bench:memory [-- FILES …] [--limit MB] [--json]`. Linux: memory is read from /proc.
 *
 * The limit is hard where there is `prlimit`: RLIMIT_DATA, all private writable memory of the process, so more than what is
 * resident. Without it a worker that was above the limit fails the bench afterwards.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { startBackfill } from '../client/commands/backfill-start.js';
import type { Session } from '../client/session.js';
import { loadSettings } from '../config/load.js';
import type { SourceSettings } from '../config/settings.js';
import { startEmbeddedServer } from '../worker/embedded-server.js';
import { findServerBinary } from '../worker/server-binary.js';
import type { BackfillResult } from '../workflows/messages.js';
import { DAY, EVENTS_A_FILE, writeDay } from './day.js';
import { resident } from './process-memory.js';

const SIZES = [200, 2_000, 20_000];
/** MB. */
const LIMIT = 2_000;
/** JavaScript objects are the smaller part: most of a worker's memory is buffers, outside of this heap. */
const HEAP_MB = 512;

/** As many batches as run at once also in the smallest day: else it would not fill what the others fill. */
const TEMPORAL_YAML = `worker: {threads: 2, max_concurrent_activities: 4}
ingest: {batch_files: 50, batches_in_flight: 4, group_batches: 16}
`;

interface Measured {
  files: number;
  events: number;
  /** MB as stored. */
  megabytes: number;
  seconds: number;
  eventsPerSecond: number;
  /** MB resident at the most: of the worker before it had anything to do, and in the end. */
  idle: number;
  peak: number;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const json = words.includes('--json');
  const at = words.indexOf('--limit');
  const limit = at < 0 ? LIMIT : Number(words[at + 1]);
  const sizes = words.filter((word, index) => /^\d+$/.test(word) && (at < 0 || index !== at + 1)).map(Number);
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-memory-'));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const binary = await findServerBinary({ env: process.env, log });
  const database = join(directory, 'temporal.db');
  const ports = { port: 27_233, uiPort: 28_233, namespace: 'default' };
  const server = await startEmbeddedServer({ binary, projectDir: directory, database, ...ports, log });
  try {
    const all: Measured[] = [];
    for (const files of sizes.length > 0 ? sizes : SIZES) {
      log(`${files} files of ${EVENTS_A_FILE} events …`);
      all.push(await measure(join(directory, String(files)), files, limit, server.address));
    }
    if (json) console.log(JSON.stringify({ node: process.version, limit, hard: hasPrlimit(), days: all }));
    else report(all, limit);
    if (all.some(({ peak }) => peak > limit)) process.exitCode = 1;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One day in a worker of its own. */
async function measure(directory: string, files: number, limit: number, address: string): Promise<Measured> {
  const logSource = join(directory, 'log_sources', 'bench');
  mkdirSync(logSource, { recursive: true });
  writeFileSync(join(directory, 'temporal.yaml'), TEMPORAL_YAML);
  writeFileSync(join(logSource, 'log_source.yml'), `name: bench_${files}\ningest: {location: ./bucket}\n`);
  const bytes = await writeDay(join(directory, 'bucket'), files);
  const taskQueue = `memory-${files}`;
  const settings = loadSettings({ cwd: directory, env: {}, flags: { address, taskQueue } });
  const worker = startWorker(directory, limit, ['--address', address, '--task-queue', taskQueue]);
  const lost = ended(worker);
  const connection = await Connection.connect({ address });
  try {
    const idle = await Promise.race([whenIdle(worker), lost]);
    const client = new Client({ connection });
    const session = { client, cluster: settings.cluster } as unknown as Session;
    const { id } = await startBackfill(session, settings, settings.source as SourceSettings, {
      from: DAY,
      to: DAY,
      filter: {},
    });
    const handle = client.workflow.getHandle(id);
    const { totals } = (await Promise.race([resultOf(handle), lost])) as BackfillResult;
    const { startTime, closeTime } = await handle.describe();
    const seconds = ((closeTime as Date).getTime() - startTime.getTime()) / 1000;
    if (totals.events !== files * EVENTS_A_FILE) throw new Error(`${totals.events} events, of ${files} files`);
    const peak = resident('VmHWM', worker.pid as number);
    const { events } = totals;
    return { files, events, megabytes: bytes / 1e6, seconds, eventsPerSecond: events / seconds, idle, peak };
  } finally {
    await connection.close();
    await stop(worker);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Asked again and again: a long poll would go on behind a worker that was lost, on a connection that is closed. */
async function resultOf(handle: WorkflowHandle): Promise<unknown> {
  while ((await handle.describe()).status.name === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 500));
  return handle.result();
}

const hasPrlimit = (): boolean => spawnSync('prlimit', ['--version']).status === 0;

function startWorker(project: string, limit: number, words: readonly string[]): ChildProcess {
  const main = join(__dirname, '..', 'client', 'main.js');
  const node = [process.execPath, `--max-old-space-size=${HEAP_MB}`, main, 'worker', '--project', project, ...words];
  // prlimit becomes the program that it starts: the process id stays.
  const [command, ...argv] = hasPrlimit() ? ['prlimit', `--data=${limit * 1e6}`, ...node] : node;
  return spawn(command, argv, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TEMPORAL_CONFIG_FILE: '' },
  });
}

/** Rejects when the worker is gone before its work is done: at its limit, the system gives it no more memory. */
function ended(worker: ChildProcess): Promise<never> {
  const lost = new Promise<never>((_, reject) => {
    worker.once('exit', (code, signal) =>
      reject(new Error(`The worker ended (${signal ?? code}): was the limit too low?`)),
    );
  });
  // When it is stopped in the end, nobody waits any more.
  lost.catch(() => {});
  return lost;
}

/** MB when the worker has started: its size has stopped growing. */
async function whenIdle(worker: ChildProcess): Promise<number> {
  for (let last = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const now = resident('VmHWM', worker.pid as number);
    if (now - last < 5) return now;
    last = now;
  }
}

async function stop(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGTERM');
  await gone;
}

function report(all: readonly Measured[], limit: number): void {
  const kind = hasPrlimit() ? 'hard' : 'checked afterwards';
  console.log(
    `Node ${process.version}; limit of the worker ${limit} MB (${kind}), of its JavaScript heap ${HEAP_MB} MiB\n`,
  );
  const heads = ['files', 'events', 'MB stored', 's', 'events/s', 'idle MB', 'peak MB', 'work', 'peak'];
  console.log(row(heads));
  for (const measured of all) {
    const { files, events, megabytes, seconds, eventsPerSecond, idle, peak } = measured;
    const whole = [files, events, megabytes, seconds, eventsPerSecond, idle, peak];
    const ratios = [`${(files / all[0].files).toFixed(0)} x`, `${(peak / all[0].peak).toFixed(2)} x`];
    console.log(row([...whole.map((value) => Math.round(value).toLocaleString('en-US')), ...ratios]));
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(12)).join('');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
