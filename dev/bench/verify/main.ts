/**
 * The cost of a verification: 50,000 digests with real signatures over 1,000,000 ledger rows, verified by the activities of
 * the workflow in a new process with one decoder thread on one core. The bucket counts its listings and refuses to be read.
 *
 * `npm run bench:verify [-- --digests N] [--files-per-digest N] [--accounts N] [--regions N] [--keep DIRECTORY] [--json]`
 *
 * Each account and region has one digest per hour, so with fewer of them there are more days. `--keep` keeps the tables, and
 * uses existing ones.
 */
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { type DecoderPool, startDecoderPool } from '../../../ingest/threads/decoder-pool.js';
import { addDays } from '../../../protocol/days.js';
import { addVerified, NO_VERDICTS, type VerifiedDay } from '../../../protocol/verify-messages.js';
import type { RunContext } from '../../../run/context.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { prepareVerify } from '../../../verify/prepare.js';
import { storeVerifiedDay, storeVerifyReport } from '../../../verify/reports.js';
import { BUCKET, CONFIG, type Days, makeWarehouse, type VerifySize } from './warehouse.js';

/** What the process that verifies has counted. */
interface Measured {
  days: number;
  digests: number;
  files: number;
  /** CPU time of the process, user and system, and wall time. */
  cpuSeconds: number;
  seconds: number;
  signatures: number;
  /** Requests to the bucket. */
  reads: number;
  listings: number;
  peakMegabytes: number;
  tableMegabytes: number;
}

interface Stored extends Days {
  size: VerifySize;
}

const IN_NEW_PROCESS = '--verify';

async function main(): Promise<void> {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      digests: { ...number, default: '50000' },
      'files-per-digest': { ...number, default: '20' },
      accounts: { ...number, default: '10' },
      regions: { ...number, default: '2' },
      keep: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [accounts, regions] = [Number(values.accounts), Number(values.regions)];
  const hours = Math.ceil(Number(values.digests) / (accounts * regions));
  const size: VerifySize = { accounts, regions, hours, filesPerDigest: Number(values['files-per-digest']) };
  const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'trailmill-verify-'));
  try {
    const stored = join(directory, 'size.json');
    if (!existsSync(stored)) {
      const warehouse = join(directory, 'warehouse');
      mkdirSync(warehouse, { recursive: true });
      const days = await makeWarehouse(createFileStore(warehouse), size);
      writeFileSync(stored, JSON.stringify({ ...days, size } satisfies Stored));
    }
    const measured = await inNewProcess(directory);
    if (values.json) console.log(JSON.stringify({ node: process.version, ...measured }));
    else report(measured);
  } finally {
    if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

/** On one core, if the system has `taskset`. */
function inNewProcess(directory: string): Promise<Measured> {
  const node = [process.execPath, ...process.execArgv, __filename, IN_NEW_PROCESS, directory];
  const isPinned = spawnSync('taskset', ['--version']).status === 0;
  const [command, ...args] = isPinned ? ['taskset', '--cpu-list', '0', ...node] : node;
  if (!isPinned) process.stderr.write('There is no taskset: all cores are used.\n');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.once('message', (measured) => resolve(measured as Measured));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the process ended with ${signal ?? code}`)));
  });
}

/** Verifies all days as the workflow does, the newest first. */
async function verifyAll(directory: string): Promise<Measured> {
  const { from, to, size } = JSON.parse(readFileSync(join(directory, 'size.json'), 'utf8')) as Stored;
  const count = { reads: 0, listings: 0, signatures: 0 };
  countSignatures(() => count.signatures++);
  const warehouse = createFileStore(join(directory, 'warehouse'));
  const bucket = unreadable(count);
  const context: RunContext = { config: CONFIG, warehouse, bucket, catalog: createStorageCatalog(warehouse) };
  const pool = startDecoderPool(1, join(__dirname, '..', '..', '..', 'ingest', 'threads', 'thread.js'));
  const { signal } = new AbortController();
  try {
    const started = performance.now();
    const { total, days } = await verifyDays(context, pool, { from, to }, signal);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage();
    const { logFiles, digests } = total.counts;
    const expected = size.accounts * size.regions * size.hours;
    if (digests.valid !== expected || logFiles.valid !== expected * size.filesPerDigest || total.failures.count > 0)
      throw new Error(`unexpected verdicts: ${JSON.stringify(total)}`);
    return {
      days,
      digests: digests.valid,
      files: logFiles.valid,
      cpuSeconds: (user + system) / 1e6,
      seconds,
      ...count,
      // KiB, as the system counts it.
      peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6,
      tableMegabytes: bytesBelow(join(directory, 'warehouse', 'bench', 'bench_integrity')) / 1e6,
    };
  } finally {
    await pool.close();
  }
}

async function verifyDays(
  context: RunContext,
  pool: DecoderPool,
  { from, to }: Days,
  signal: AbortSignal,
): Promise<{ total: VerifiedDay; days: number }> {
  // Never the same: what an earlier verification has stored is not found again.
  const verification = crypto.randomUUID();
  const of = { config: '', filter: {} };
  const { origin } = await prepareVerify({ ...context, pool, signal }, { ...of, from, to });
  let total: VerifiedDay = { counts: NO_VERDICTS, failures: { count: 0, first: [] } };
  let days = 0;
  for (let day = to; day >= from; day = addDays(day, -1)) {
    const input = { ...of, verification, day, origin, startedAt: Date.now(), run: 'bench' };
    total = addVerified(total, await storeVerifiedDay(context, pool, input, signal));
    days++;
  }
  await storeVerifyReport(context, { config: '', verification, from, to }, signal);
  return { total, days };
}

function countSignatures(count: () => void): void {
  const { verify } = crypto;
  const counting = (...args: unknown[]): unknown => {
    count();
    return (verify as (...args: unknown[]) => unknown)(...args);
  };
  Object.assign(require('node:crypto'), { verify: counting });
}

/** The bucket of the digests: it has no objects, and refuses to be read. */
function unreadable(count: Pick<Measured, 'reads' | 'listings'>): ObjectStore {
  const store = createMemoryStore('bucket');
  const refuse = async (): Promise<never> => {
    count.reads++;
    throw new Error('A verification has read the bucket');
  };
  return {
    ...store,
    uri: `s3://${BUCKET}`,
    list(...args) {
      count.listings++;
      return store.list(...args);
    },
    get: refuse,
    getRange: refuse,
    head: refuse,
  };
}

function bytesBelow(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.reduce((sum, name) => sum + (name.endsWith('.parquet') ? statSync(join(directory, name)).size : 0), 0);
}

function report(measured: Measured): void {
  const line = (title: string, value: number, digits = 0): void => {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    console.log(title.padEnd(28) + value.toLocaleString('en-US', options).padStart(12));
  };
  console.log(`Node ${process.version}; one decoder thread\n`);
  line('days', measured.days);
  line('digests', measured.digests);
  line('log files', measured.files);
  line('CPU s', measured.cpuSeconds, 1);
  line('s', measured.seconds, 1);
  line('signatures verified', measured.signatures);
  line('reads of the bucket', measured.reads);
  line('listings of the bucket', measured.listings);
  line('peak MB', measured.peakMegabytes);
  line('integrity table, MB', measured.tableMegabytes, 1);
}

async function inThisProcess(directory: string): Promise<void> {
  const measured = await verifyAll(directory);
  process.send?.(measured);
  process.disconnect?.();
}

const [first, second] = process.argv.slice(2);
(first === IN_NEW_PROCESS ? inThisProcess(second) : main()).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
