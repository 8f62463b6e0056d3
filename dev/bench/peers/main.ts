/**
 * Trailmill end to end, compared with what a user would run instead: DuckDB and chDB, which turn the same files into one
 * Parquet file; and with `gunzip` and `JSON.parse`, which no program can avoid. Linux.
 *
 * `npm run bench:peers [-- DIRECTORY] [--files N] [--files-per-day N] [--rounds N] [--cores 0,1] [--only NAME …]
 * [--no-profile] [--json]`: with a directory of real files, copies of them; by default, of a sample. Exits with 1 if outputs
 * differ.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, UserMistake } from '../../../errors/index.js';
import { differences, type Sums } from './agreement.js';
import { type Contender, findContenders } from './contenders.js';
import { type Dataset, openDataset } from './dataset.js';
import { bindToCores } from './process-usage.js';
import { profileTrailmill } from './profile.js';
import { type Results, toJson, toText } from './report.js';
import type { Contest, Cost } from './statistics.js';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '33000' },
      'files-per-day': { type: 'string', default: '3300' },
      rounds: { type: 'string', default: '3' },
      cores: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      'no-profile': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const rounds = wholeNumber('rounds', values.rounds, 0);
  const dataset = await openDataset(
    {
      source: positionals[0] && resolve(positionals[0]),
      files: wholeNumber('files', values.files, 1),
      filesPerDay: wholeNumber('files-per-day', values['files-per-day'], 1),
    },
    log,
  );
  const { contenders, skipped } = await findContenders(values.only, log);
  for (const { name, reason } of skipped) log(`*** SKIPPED: ${name}. ${reason}`);
  // After the installation, which may use all cores.
  const binding = bindToCores(values.cores);
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-peers-'));
  try {
    const { contests, sums } = await compete(contenders, dataset, rounds, directory, log);
    const compared = { outputs: sums.size, differences: differences(sums) };
    const results: Results = { dataset, rounds, binding, contests, skipped, ...compared };
    if (!values['no-profile']) {
      log('Profiling Trailmill …');
      results.breakdown = await profileTrailmill(join(directory, 'profile'), dataset, log);
    }
    console.log(values.json ? toJson(results) : toText(results));
    if (results.differences.length > 0) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs all contenders in each round, starting with another one each time. */
async function compete(
  contenders: readonly Contender[],
  dataset: Dataset,
  rounds: number,
  directory: string,
  log: (line: string) => void,
): Promise<{ contests: Contest[]; sums: Map<string, Sums> }> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
  const sums = new Map<string, Sums>();
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const { name, run } = contenders[(turn + round) % contenders.length];
      const output = join(directory, `${round}-${turn}`);
      mkdirSync(output);
      const ran = await run(output, dataset);
      rmSync(output, { recursive: true });
      costs.get(name)?.push(ran.cost);
      if (ran.sums !== undefined) {
        if (ran.sums.events !== String(dataset.events))
          throw new Error(`${name}: ${ran.sums.events} events; ${dataset.events} expected.`);
        sums.set(`${name}, round ${round + 1}`, ran.sums);
      }
      const { cpuSeconds, wallSeconds, peakMegabytes } = ran.cost;
      log(
        `round ${round + 1}: ${name}: ${cpuSeconds.toFixed(1)} CPU s, ${wallSeconds.toFixed(1)} s, ${peakMegabytes.toFixed(0)} MB`,
      );
    }
  }
  const contests = contenders.map(({ name, isReference }) => ({ name, isReference, costs: costs.get(name) ?? [] }));
  return { contests, sums };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UserMistake(`--${option} ${text} is not valid.`, `It must be a whole number from ${least}.`);
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
