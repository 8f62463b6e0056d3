/**
 * Checks that memory does not grow with the work: days with 1, 10 and 100 times as many files are ingested by the real workflows,
 * each in a new worker process with the same limit, and the peak memory of the processes is compared. The Temporal server is a
 * separate process and not counted.
 *
 * `npm run bench:memory [-- FILES …] [--limit MB] [--json]`. Linux: memory is read from /proc.
 *
 * With `prlimit` the limit is enforced: RLIMIT_DATA, all private writable memory of the process, which is more than its resident
 * memory. Without it, the benchmark fails afterwards if a worker was above the limit.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { runBackfill, WORKER_ENVIRONMENT } from './backfill-process.js';
import { DAY, EVENTS_PER_FILE, writeDay } from './day.js';
import { resident } from './process-memory.js';

const SIZES = [200, 2_000, 20_000];
/** MB. */
const LIMIT = 2_000;
/** JavaScript objects are the smaller part: most of a worker's memory are buffers outside of this heap. */
const HEAP_MB = 512;

/** Batches are small enough that even the smallest day has as many as run at once, so that all days use the same buffers. */
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
  /** Peak resident MB of the worker: before it had any work, and at the end. */
  idle: number;
  peak: number;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const json = args.includes('--json');
  const at = args.indexOf('--limit');
  const limit = at < 0 ? LIMIT : Number(args[at + 1]);
  const sizes = args.filter((word, index) => /^\d+$/.test(word) && (at < 0 || index !== at + 1)).map(Number);
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-memory-'));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const binary = await findServerBinary({ env: process.env, log });
  const database = join(directory, 'temporal.db');
  const ports = { port: 27_233, uiPort: 28_233, namespace: 'default' };
  const server = await startEmbeddedServer({ binary, projectDir: directory, database, ...ports, log });
  try {
    const all: Measured[] = [];
    for (const files of sizes.length > 0 ? sizes : SIZES) {
      log(`${files} files of ${EVENTS_PER_FILE} events …`);
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

/** Ingests one day with a new worker. */
async function measure(directory: string, files: number, limit: number, address: string): Promise<Measured> {
  const logSource = join(directory, 'log_sources', 'bench');
  mkdirSync(logSource, { recursive: true });
  writeFileSync(join(directory, 'temporal.yaml'), TEMPORAL_YAML);
  writeFileSync(join(logSource, 'log_source.yml'), `name: bench_${files}\ningest: {location: ./bucket}\n`);
  const bytes = await writeDay(join(directory, 'bucket'), files);
  try {
    const memory = { idle: 0, peak: 0 };
    const { result, seconds } = await runBackfill({
      directory,
      address,
      taskQueue: `memory-${files}`,
      from: DAY,
      to: DAY,
      start: (argv) => startWorker(limit, argv),
      onIdle: async (worker) => {
        memory.idle = await whenIdle(worker);
      },
      onDone: (worker) => {
        memory.peak = resident('VmHWM', worker.pid as number);
      },
    });
    const { events } = result.totals;
    if (events !== files * EVENTS_PER_FILE) throw new Error(`${events} events in ${files} files`);
    return { files, events, megabytes: bytes / 1e6, seconds, eventsPerSecond: events / seconds, ...memory };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const hasPrlimit = (): boolean => spawnSync('prlimit', ['--version']).status === 0;

/** If the worker dies, the limit may be too low: above it, the system refuses to allocate memory. */
function startWorker(limit: number, argv: readonly string[]): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${HEAP_MB}`, ...argv];
  // prlimit replaces itself with the program, which keeps the process id.
  const [command, ...args] = hasPrlimit() ? ['prlimit', `--data=${limit * 1e6}`, ...node] : node;
  return spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...WORKER_ENVIRONMENT },
  });
}

/** Resident MB of the idle worker, once its size has stopped growing. */
async function whenIdle(worker: ChildProcess): Promise<number> {
  for (let last = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const now = resident('VmHWM', worker.pid as number);
    if (now - last < 5) return now;
    last = now;
  }
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
