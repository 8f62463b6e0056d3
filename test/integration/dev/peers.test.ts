/** `npm run bench:peers` over few files: this does not judge the measurements, but whether they are credible. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWithReaders } from '../../support/python.js';
import { describeWithTemporal, temporalBinary } from '../../support/temporal.js';

const MAIN = join(__dirname, '../../../dist/dev/bench/peers/main.js');
/** Milliseconds. */
const LIMIT = 300_000;
const CONTENDERS = ['gunzip + JSON.parse', 'Trailmill', 'DuckDB 1.5.5, 1 thread'];

describeWithTemporal('npm run bench:peers', () => {
  describeWithReaders('with DuckDB', () => {
    it(
      'finds the same events in all outputs, and stages that add up to the CPU time of the worker',
      async () => {
        const env = { ...process.env, TRAILMILL_TEMPORAL_BINARY: temporalBinary() };
        const argv = [
          MAIN,
          '--files',
          '40',
          '--rounds',
          '1',
          '--json',
          ...CONTENDERS.flatMap((name) => ['--only', name]),
        ];
        // If outputs differ, its exit code is not 0, and execFile throws.
        const { stdout } = await promisify(execFile)(process.execPath, argv, { env, timeout: LIMIT });
        const { dataset, contenders, skipped, outputs, differences, references, breakdown } = JSON.parse(stdout);
        expect({ skipped, outputs, differences }).toEqual({ skipped: [], outputs: 2, differences: [] });
        expect(dataset).toMatchObject({ files: 40 });
        expect(contenders.map(({ name }: { name: string }) => name)).toEqual(CONTENDERS);
        for (const { cpuSeconds, wallSeconds, peakMegabytes } of contenders)
          for (const { median, ratio } of [cpuSeconds, wallSeconds, peakMegabytes])
            expect(Math.min(median, ratio)).toBeGreaterThan(0);
        expect(references.cpuSeconds).toBe(CONTENDERS[2]);
        const { stages, cost } = breakdown;
        const sum = Object.values(stages as Record<string, number>).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(cost.cpuSeconds, 4);
        // Threads of every kind were found: decoders, the main thread with the workflows' client, and Temporal's own.
        for (const stage of ['start', 'decode', 'Parquet', 'Temporal']) expect(stages[stage]).toBeGreaterThan(0);
        // Only a small part belongs to no stage.
        expect(stages.other).toBeLessThan(cost.cpuSeconds / 3);
      },
      LIMIT,
    );
  });
});
