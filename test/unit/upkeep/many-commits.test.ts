/**
 * Ten days of runs with late files and repeated events, on disk: a small version of the benchmark of upkeep, with its expected
 * results.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inlineCompactor } from '../../../compact/compactor';
import { type CommitsMeasured, measureCommits } from '../../../dev/bench/upkeep/commits';

const SIZE = { runsADay: 3, eventsAFile: 4, lateEvery: 3, repeatEvery: 4 };

let directory: string;
let measured: CommitsMeasured;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-many-commits-'));
  const tools = { compactor: inlineCompactor, tempDir: directory };
  measured = await measureCommits(directory, { days: 10, size: SIZE, tools });
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('there were many commits, small files, and repeated events', () => {
  expect(measured.commits).toBeGreaterThanOrEqual(40);
  expect(measured.repeats).toBeGreaterThanOrEqual(28);
  const [events] = measured.before;
  expect(events.dataFiles).toBeGreaterThan(2 * events.idealFiles);
  expect(events.deleteFiles).toBeGreaterThan(0);
});

test('after upkeep, tables have few files, no deletes, and small metadata', () => {
  for (const { table, dataFiles, idealFiles, deleteFiles, metadataBytes } of measured.later) {
    expect({ table, tooMany: dataFiles > 1.2 * idealFiles, deleteFiles }).toEqual({
      table,
      tooMany: false,
      deleteFiles: 0,
    });
    expect(metadataBytes).toBeLessThan(1_000_000);
  }
});

test('rows are the same over all columns, and audits find no difference, before upkeep, after it and after more runs', () => {
  expect(measured.sameRows).toBe(true);
  expect(measured.rowSums.aws_cloudtrail.rows).toBe(measured.events);
  expect(measured.differences).toEqual([0, 0, 0, 0]);
});

test('runs after upkeep add new events once', () => {
  expect(measured.tooManyRows).toBe(0);
});
