/**
 * Whether upkeep keeps tables small and fast, over time:
 *
 * - `commits`: 1,000 commits in 30 days, with late files and repeated events, and what remains of them after upkeep
 * - `years`: tables of three years of hourly runs, the cost of their upkeep, and the cost of a run before and after it
 * - `sample`: 90 daily runs, and the cost of finding an access key before upkeep and after it
 *
 * `npm run bench:upkeep [-- commits|years|sample …] [--days N] [--years N] [--share S] [--events-per-hour N] [--json]`
 *
 * `--share`: files of an hourly run, as a share of the usual ones. Linux: memory is read from /proc.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCompactor } from '../../../compact/compactor.js';
import { measureCommits } from './commits.js';
import type { UpkeepTools } from './project.js';
import { reportCommits, reportSample, reportYears } from './report.js';
import { measureSample } from './sample.js';
import { measureYears } from './years.js';

type Log = (line: string) => void;

interface Options {
  days?: number;
  years: number;
  share: number;
  eventsPerHour: number;
}

/** Each measures in a directory, and returns what to print as JSON and as text. */
const CASES: Record<string, (directory: string, options: Options, log: Log) => Promise<[object, () => void]>> = {
  commits: async (directory, { days = 30 }, log) => {
    const measured = await withTools(directory, (tools) => measureCommits(directory, { days, tools }, log));
    return [measured, () => reportCommits(measured)];
  },
  years: async (directory, { years, share }, log) => {
    const measured = await measureYears(directory, { days: Math.round(years * 365), share }, log);
    return [measured, () => reportYears(measured)];
  },
  sample: async (directory, { days = 90, eventsPerHour }, log) => {
    const of = { days, eventsPerHour };
    const measured = await withTools(directory, (tools) => measureSample(directory, { ...of, tools }, log));
    return [measured, () => reportSample(measured)];
  },
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      days: { type: 'string' },
      years: { type: 'string', default: '3' },
      share: { type: 'string', default: '1' },
      'events-per-hour': { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
    },
  });
  const options: Options = {
    ...(values.days === undefined ? {} : { days: Number(values.days) }),
    years: Number(values.years),
    share: Number(values.share),
    eventsPerHour: Number(values['events-per-hour']),
  };
  const log: Log = (line) => void process.stderr.write(`${line}\n`);
  for (const [name, measure] of Object.entries(CASES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-upkeep-'));
    try {
      const [measured, report] = await measure(directory, options, log);
      if (values.json) console.log(JSON.stringify({ node: process.version, case: name, ...measured }));
      else report();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** Calls with a thread for compactions, and a directory for their temporary files. */
async function withTools<T>(directory: string, use: (tools: UpkeepTools) => Promise<T>): Promise<T> {
  const compactor = startCompactor();
  const tempDir = join(directory, 'temporary');
  mkdirSync(tempDir, { recursive: true });
  try {
    return await use({ compactor, tempDir });
  } finally {
    await compactor.rest();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
