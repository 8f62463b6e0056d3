/**
 * Whether upkeep keeps tables small and fast, over time:
 *
 * - `commits`: 1,000 commits in 30 days, with late files and repeated events, and what remains of them after upkeep
 * - `years`: tables of three years of hourly runs, what their upkeep costs, and what a run costs then
 *
 * `npm run bench:upkeep [-- commits|years|sample …] [--days N] [--years N] [--share S] [--keep DIRECTORY] [--json]`
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCompactor } from '../../../compact/compactor.js';
import { measureCommits } from './commits.js';
import { measureYears } from './years.js';

const CASES = ['commits', 'years'] as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      days: { type: 'string', default: '30' },
      years: { type: 'string', default: '3' },
      share: { type: 'string', default: '1' },
      keep: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  for (const name of CASES) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const directory =
      values.keep === undefined ? mkdtempSync(join(tmpdir(), 'trailmill-upkeep-')) : join(values.keep, name);
    mkdirSync(directory, { recursive: true });
    try {
      const measured =
        name === 'commits'
          ? await commits(directory, Number(values.days), log)
          : await measureYears(
              directory,
              { days: Math.round(Number(values.years) * 365), share: Number(values.share) },
              log,
            );
      console.log(JSON.stringify({ node: process.version, case: name, ...measured }, undefined, 1));
    } finally {
      if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
    }
  }
}

async function commits(directory: string, days: number, log: (line: string) => void) {
  const compactor = startCompactor();
  try {
    return await measureCommits(directory, { days, tools: { compactor, tempDir: directory } }, log);
  } finally {
    await compactor.rest();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
