/** The contenders. Each runs in its own process over the same files, and writes into its own directory. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeError } from '../../../errors/index.js';
import { pythonEnvironment } from '../../servers/python-environment.js';
import { type Sums, sumsOfFile, sumsOfProject } from './agreement.js';
import type { BaselineResult } from './baseline.js';
import type { Dataset } from './dataset.js';
import { chdbStatements, duckdbStatements } from './peer-sql.js';
import type { Cost } from './statistics.js';
import { runTrailmill } from './trailmill.js';

/** The cost of one run, and facts about its output. */
interface Run {
  cost: Cost;
  /** Sums over the output; not for contenders that only read, which check what they can themselves. */
  sums?: Sums;
}

/** A program that is compared. */
export interface Contender {
  name: string;
  /** Ratios are against the best of the contenders for which this is true. */
  isReference: boolean;
  /** @param directory empty, for what it writes */
  run(directory: string, dataset: Dataset): Promise<Run>;
}

/** A program that is not available on this machine. */
export interface Skipped {
  name: string;
  reason: string;
}

/** The peers: packages of PyPI. */
const PEERS = [
  { name: 'DuckDB 1.5.5', package: 'duckdb==1.5.5', engine: 'duckdb', isReference: true },
  { name: 'DuckDB 2.0.1', package: 'duckdb==2.0.1', engine: 'duckdb', isReference: false },
  { name: 'chDB 4.4', package: 'chdb==4.4', engine: 'chdb', isReference: true },
] as const;
const PEER_THREADS = [1, 2];
const PEER_SCRIPT = join(__dirname, 'run_peer.py');
const BASELINE_SCRIPT = join(__dirname, 'baseline.js');

const TRAILMILL = 'Trailmill';

/**
 * Finds the contenders whose names contain one of the words, in display order; all if there are no words. Python environments are
 * installed where they are missing.
 */
export async function findContenders(
  words: readonly string[],
  log: (line: string) => void,
): Promise<{ contenders: Contender[]; skipped: Skipped[] }> {
  const isWanted = (name: string): boolean =>
    words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
  const contenders: Contender[] = [
    baseline('gunzip', 'gunzip'),
    baseline('gunzip + JSON.parse', 'json'),
    {
      name: TRAILMILL,
      isReference: false,
      run: (directory: string, dataset: Dataset) => trailmill(directory, dataset, log),
    },
  ].filter(({ name }) => isWanted(name));
  const skipped: Skipped[] = [];
  for (const peer of PEERS) {
    const named = PEER_THREADS.map((threads) => ({
      threads,
      name: `${peer.name}, ${threads} thread${threads > 1 ? 's' : ''}`,
    }));
    const wanted = named.filter(({ name }) => isWanted(name));
    if (wanted.length === 0) continue;
    try {
      const python = await pythonEnvironment(peer.name, [peer.package], { env: process.env, log });
      for (const { name, threads } of wanted)
        contenders.push({
          ...{ name, isReference: peer.isReference },
          run: (directory, dataset) => runPeer(python, peer.engine, threads, directory, dataset),
        });
    } catch (error) {
      skipped.push({ name: peer.name, reason: describeError(error) });
    }
  }
  return { contenders, skipped };
}

function baseline(name: string, what: string): Contender {
  return {
    name,
    isReference: false,
    async run(_, { bucket, bytes, events }) {
      const { answer, wallSeconds } = await runProcess(process.execPath, [BASELINE_SCRIPT, what, bucket]);
      const found = answer as BaselineResult;
      if (found.bytes !== bytes) throw new Error(`${name}: ${found.bytes} bytes; ${bytes} expected.`);
      if (what === 'json' && found.events !== events)
        throw new Error(`${name}: ${found.events} events; ${events} expected.`);
      const { cpuSeconds, peakMegabytes } = found;
      return { cost: { cpuSeconds, peakMegabytes, wallSeconds } };
    },
  };
}

async function runPeer(
  python: string,
  engine: 'duckdb' | 'chdb',
  threads: number,
  directory: string,
  { bucket }: Dataset,
): Promise<Run> {
  const output = join(directory, 'events.parquet');
  const statements = (engine === 'duckdb' ? duckdbStatements : chdbStatements)({ bucket, output, threads });
  const { answer, wallSeconds } = await runProcess(python, ['-I', PEER_SCRIPT], JSON.stringify({ engine, statements }));
  const used = answer as Pick<Cost, 'cpuSeconds' | 'peakMegabytes'>;
  const cost = { ...used, wallSeconds, outputMegabytes: statSync(output).size / 1e6 };
  return { cost, sums: await sumsOfFile(output) };
}

async function trailmill(directory: string, dataset: Dataset, log: (line: string) => void): Promise<Run> {
  const cost = await runTrailmill(directory, dataset, log);
  return { cost, sums: await sumsOfProject(directory) };
}

/** Runs a process that prints one line of JSON, and measures the time from its start to its end. */
async function runProcess(
  program: string,
  args: readonly string[],
  input = '',
): Promise<{ answer: unknown; wallSeconds: number }> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<{ code: number | null; signal: string | null; at: number }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, at: performance.now() }));
  });
  child.stdin.on('error', () => undefined); // It has ended: its exit code says why.
  child.stdin.end(input);
  const [{ code, signal, at }, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}: ${errors.slice(-2_000)}`);
  return { answer: JSON.parse(output.trim().split('\n').at(-1) as string), wallSeconds: (at - started) / 1000 };
}
