/**
 * `npm run chaos -- --seed S --minutes M` for one long run, or `--runs N` for short runs with the seeds S, S + 1 …; see
 * docs/chaos.md. Exit code 0: all tables equal those of an undisturbed run. 1: some differ; their directories are kept and printed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TrailmillError } from '../../errors/index.js';
import { findServerBinary } from '../../server/server-binary.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import type { BucketSize } from './bucket.js';
import { otherBuild } from './other-build.js';
import { PLACES, type PlaceName } from './places.js';
import { renderRun, renderSummary } from './render.js';
import type { RunReport } from './report.js';
import { chaosRun } from './run.js';
import { SharedServers } from './servers.js';

interface Options {
  seed: number;
  minutes?: number;
  runs?: number;
  seconds: number;
  place?: PlaceName;
  parallel: number;
  otherBuild?: string;
  reprocess?: boolean;
  keep?: boolean;
  json?: boolean;
}

/** About 200 files, so that a run takes about ten seconds; and a larger bucket for a long run. */
const SMALL: BucketSize = { days: 2, accounts: 2, regions: 1, eventsPerHour: 2 };
const LARGE: BucketSize = { days: 3, accounts: 3, regions: 2, eventsPerHour: 60 };
/** The longest storm of a long run; then the next one begins. */
const LONG_STORM_MS = 60_000;
/** Mostly on disk, where a run needs no other server. */
const PLACES_BY_SEED: readonly PlaceName[] = ['file', 'rest', 'file', 's3', 'file'];

async function main(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  const say = (text: string): void => void (options.json || process.stdout.write(`${text}\n`));
  const binary = await findServerBinary({ env: process.env, log: (line) => process.stderr.write(`${line}\n`) });
  const root = mkdtempSync(join(tmpdir(), 'trailmill-chaos-'));
  const long = options.runs === undefined;
  const minutes = options.minutes ?? 1;
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const shared = new SharedServers(root, log);
  const build = options.otherBuild === undefined ? undefined : await otherBuild(options.otherBuild, log);
  const reports: RunReport[] = [];
  const one = async (seed: number): Promise<void> => {
    const place = options.place ?? PLACES_BY_SEED[seed % PLACES_BY_SEED.length];
    const report = await chaosRun({
      seed,
      directory: join(root, `seed-${seed}`),
      binary,
      place,
      shared,
      size: long ? LARGE : SMALL,
      stormMs: long ? Math.min(LONG_STORM_MS, minutes * 60_000) : options.seconds * 1000,
      totalMs: long ? minutes * 60_000 : 0,
      // The other runs have workers of one build only, and transforms. Workers of 637e11d and earlier do not accept REST catalogs.
      reprocess: options.reprocess,
      otherBuild: seed % 2 === 0 && place !== 'rest' && !options.reprocess ? build : undefined,
    });
    reports.push(report);
    say(renderRun(report));
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    if (report.problems.length === 0 && !options.keep) rmSync(report.directory, { recursive: true, force: true });
  };
  try {
    const seeds = Array.from({ length: options.runs ?? 1 }, (_, at) => options.seed + at);
    await mapConcurrent(seeds, options.parallel, one);
  } finally {
    await shared.stop();
  }
  say(renderSummary(reports));
  const failed = reports.some(({ problems }) => problems.length > 0);
  if (!failed && !options.keep) rmSync(root, { recursive: true, force: true });
  return failed ? 1 : 0;
}

function parse(argv: readonly string[]): Options {
  return new Command('npm run chaos --')
    .description('A backfill under faults of every kind, and its tables compared with those of an undisturbed one.')
    .option('--seed <n>', 'the random seed; with several runs, that of the first one', number(0), 1)
    .option('--minutes <n>', 'one long run: the duration of the disturbances (default: 1)', number(0.1))
    .option('--runs <n>', 'short runs, each with its own seed and small bucket', number(1))
    .option('--seconds <n>', 'the maximum duration of the disturbances of a short run', number(1), 10)
    .addOption(new Option('--place <name>', 'where bucket and tables are (default: by the seed)').choices([...PLACES]))
    .option('--parallel <n>', 'number of concurrent runs', number(1), 1)
    .option('--other-build <commit>', 'in every second run, half of the workers are built from this commit')
    .option('--reprocess', 'files are ingested with another configuration first, and read again under the faults')
    .option('--keep', 'also keep the directories of successful runs')
    .option('--json', 'print one JSON line per run')
    .parse([...argv], { from: 'user' })
    .opts<Options>();
}

function number(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least))
      throw new InvalidArgumentError(`It must be a number of at least ${least}.`);
    return value;
  };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const cure = error instanceof TrailmillError && error.cure !== undefined ? `\n${error.cure}` : '';
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}${cure}\n`);
    process.exitCode = 1;
  },
);
