/** The short chaos run with fixed seeds, as `npm run chaos` does it: see docs/chaos.md. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunReport } from '../../../dev/chaos/report.js';
import { describeWithRestCatalog } from '../../support/servers.js';
import { describeWithTemporal, temporalBinary } from '../../support/temporal.js';

const ROOT = join(__dirname, '../../..');
/** Milliseconds: about a minute per run, and many times as long on a busy machine. */
const LIMIT = 1_800_000;
/** The oldest version that can exchange work files with today's workers: the first one that reads batches without ETags. */
const EARLIER = 'ebe6ada';

/** `[]` if the clone has no history: then all workers run the current build. */
function otherBuild(): string[] {
  try {
    execFileSync('git', ['-C', ROOT, 'cat-file', '-e', `${EARLIER}^{commit}`], { stdio: 'ignore' });
    return ['--other-build', EARLIER];
  } catch {
    process.stderr.write(`[chaos] *** SKIPPED: two builds at once. This clone has no commit ${EARLIER}.\n`);
    return [];
  }
}

describeWithTemporal('backfills', () => {
  describeWithRestCatalog('under every disturbance, on disk, on S3 and with a REST catalog,', () => {
    it(
      'end with the same tables as an undisturbed one, row for row',
      async () => {
        const env = { ...process.env, TRAILMILL_TEMPORAL_BINARY: temporalBinary() };
        const main = join(ROOT, 'dist/dev/chaos/main.js');
        // Storms of six seconds: with the default of ten, this takes a fifth longer. One after another, because each run has
        // five to eight processes, and other test files run at the same time.
        const runs = ['--seed', '1', '--runs', '3', '--seconds', '6', '--parallel', '1'];
        const argv = [main, ...runs, '--json', ...otherBuild()];
        // A run that differs reports it on stdout and with its exit code; execFile throws an error with both.
        const { stdout } = await promisify(execFile)(process.execPath, argv, { env, timeout: LIMIT });
        const reports = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as RunReport)
          .sort((a, b) => a.seed - b.seed);
        expect(reports.map(({ seed, place, problems }) => [seed, place, problems])).toEqual([
          [1, 'rest', []],
          [2, 'file', []],
          [3, 's3', []],
        ]);
        // A run without disturbances proves nothing. On a busy machine, a storm of a few seconds may hit no request.
        expect(reports.flatMap(({ faults }) => Object.keys(faults)).length).toBeGreaterThan(0);
        for (const { disturbances, events, files, counts, upkeep, twoBuilds } of reports) {
          expect(Object.keys(disturbances).length).toBeGreaterThan(3);
          expect(Math.min(events, files)).toBeGreaterThan(50);
          expect(counts.done).toBeGreaterThan(0);
          // Earlier builds have no upkeep.
          const done = Object.values(upkeep).reduce((sum, count) => sum + count, 0);
          expect(done > 0).toBe(!twoBuilds);
        }
      },
      LIMIT,
    );
  });
});
