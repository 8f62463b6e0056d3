/** The short chaos run with fixed seeds, as `npm run chaos` does it: see docs/chaos.md. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunReport } from '../../chaos/report.js';
import { describeWithTemporal, temporalBinary } from '../support/temporal.js';

const MAIN = join(__dirname, '../../dist/chaos/main.js');
/** Milliseconds: ten seconds a run, and ten times as long on a busy machine. */
const LIMIT = 300_000;

describeWithTemporal('backfills under kills and storage faults', () => {
  it(
    'end with the tables of an undisturbed one, row for row',
    async () => {
      const env = { ...process.env, TRAILMILL_TEMPORAL_BINARY: temporalBinary() };
      const argv = [MAIN, '--seed', '1', '--runs', '2', '--json'];
      // A run that differs says so on stdout and with its exit code, which execFile throws with both.
      const { stdout } = await promisify(execFile)(process.execPath, argv, { env, timeout: LIMIT });
      const reports = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RunReport);
      expect(reports.map(({ seed, problems }) => [seed, problems])).toEqual([
        [1, []],
        [2, []],
      ]);
      const sum = (of: (report: RunReport) => number): number => reports.reduce((all, report) => all + of(report), 0);
      // What nothing disturbed proves nothing.
      expect(sum(({ kills }) => kills)).toBeGreaterThan(0);
      expect(sum(({ faults }) => Object.values(faults).reduce((all, count) => all + count, 0))).toBeGreaterThan(0);
      for (const { events, files } of reports) expect(Math.min(events, files)).toBeGreaterThan(50);
    },
    LIMIT,
  );
});
