/** `trailmill plan`: what a backfill would do, told without doing any of it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { surveyRange } from '../../../client/plan/plan';
import { type PlanReport, planReport } from '../../../client/plan/report';
import { StorageUnavailable } from '../../../errors/index';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { findSourcesAndUnread } from '../../../plan/find-unread';
import type { RunContext } from '../../../run/context';
import type { ObjectStore } from '../../../storage/object-store';
import { runCommand } from '../../support/run-command';
import { DAY, ingestWholeDay, memoryRun, NEVER, records, trailFile, trailKey } from '../../support/runs';
import { accountAt, syntheticBucket } from '../../support/synthetic-bucket';

const RANGE = { from: '2024-03-04', to: '2024-03-07' };

async function reportOf(
  run: RunContext,
  { all = false, range = RANGE, location = 's3://logs?region=eu-west-1', warehouse = 's3://lake' } = {},
): Promise<PlanReport> {
  const found = await findSourcesAndUnread(run, {}, range, NEVER);
  const { sums, ...used } = await surveyRange(run, range, found, all ? 'left out' : () => inlinePool, () => {}, NEVER);
  const about = { source: 'aws_cloudtrail', location, warehouse, ...range, filter: {}, region: undefined };
  return planReport({ ...about, ...used, ingest: run.config.ingest }, found, sums);
}

async function threeFiles(): Promise<ReturnType<typeof memoryRun>> {
  const run = memoryRun();
  for (const name of ['one', 'two']) await run.bucket.put(trailKey(name), trailFile(records(3, undefined, {}, name)));
  await run.bucket.put(trailKey('three', { day: '2024-03-07' }), trailFile(records(1)));
  return run;
}

/** Names and sizes of everything in a store. */
async function contentOf(store: ObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { objects } of store.list('')) found.push(...objects.map(({ key, etag }) => `${key} ${etag}`));
  return found;
}

describe('what is counted', () => {
  it('is every file of the range and none beside it, and the days without any', async () => {
    const run = await threeFiles();
    // The days around the range, and files that are in no day: only what is below a day's folder is CloudTrail's.
    for (const day of ['2024-03-03', '2024-03-08']) await run.bucket.put(trailKey('x', { day }), Buffer.from('x'));
    for (const name of ['note.txt', '2024/03/05-old/x.json.gz', '2024/03/05'])
      await run.bucket.put(`AWSLogs/111122223333/CloudTrail/us-east-1/${name}`, Buffer.from('x'));
    const report = await reportOf(run);
    expect(report).toMatchObject({ ledger: 'none', accounts: 1, places: 1, done: { files: 0, bytes: 0 } });
    expect(report.delivered.files).toBe(3);
    expect(report.read).toEqual(report.delivered);
    expect(report.daysWithoutFiles).toEqual({
      count: 2,
      ranges: [
        { from: '2024-03-04', to: '2024-03-04' },
        { from: '2024-03-06', to: '2024-03-06' },
      ],
    });
  });

  it('subtracts what the ledger has; with --all it does not', async () => {
    const run = await threeFiles();
    await ingestWholeDay(run);
    await run.bucket.put(trailKey('late'), trailFile(records(1)));
    const before = await contentOf(run.warehouse);
    const report = await reportOf(run);
    expect(report).toMatchObject({
      ledger: 'subtracted',
      delivered: { files: 4 },
      done: { files: 2 },
      read: { files: 2 },
    });
    expect(report.requests.get).toBe(2);
    expect(await reportOf(run, { all: true })).toMatchObject({
      ledger: 'left out',
      done: { files: 0 },
      read: { files: 4 },
    });
    expect(await contentOf(run.warehouse)).toEqual(before);
  });

  it('counts everything, and says why, where the ledger cannot be read', async () => {
    const run = await threeFiles();
    await ingestWholeDay(run);
    const broken: RunContext['catalog'] = {
      ...run.catalog,
      loadTable: () => Promise.reject(new StorageUnavailable('The warehouse does not answer.', 'Wait.')),
    };
    const report = await reportOf({ ...run, catalog: broken });
    expect(report).toMatchObject({ ledger: 'unreadable', ledgerError: 'The warehouse does not answer. Wait.' });
    expect(report).toMatchObject({ done: { files: 0 }, read: { files: 3 } });
  });

  it('tells what has no table, and is not read, from what is', async () => {
    const run = await threeFiles();
    await run.bucket.put(trailKey('d', { kind: 'CloudTrail-Digest' }), trailFile([]));
    const { groups, skipped, read, requests } = await reportOf(run);
    expect(groups.map(({ kind, wanted }) => [kind, wanted])).toEqual([
      ['CloudTrail', true],
      ['CloudTrail-Digest', false],
    ]);
    expect([skipped.files, read.files, requests.get]).toEqual([1, 3, 3]);
  });
});

describe('requests', () => {
  const options = { accounts: 3, regions: ['us-east-1', 'eu-west-1'], kinds: ['CloudTrail'], days: ['2024-03-05'] };

  it('are the listings of a backfill, also where a plan needs fewer', async () => {
    const bucket = syntheticBucket({ ...options, files: ({ account }) => (account === accountAt(0) ? 2_500 : 3) });
    const { requests } = await reportOf({ ...memoryRun(), bucket });
    // What is beside AWSLogs/, that itself, 3 accounts, 3 kinds; of 6 places years, months and days; then 6 places on 4 days, with
    // two more pages for each of two places.
    expect(requests.list).toBe(1 + 1 + 3 + 3 + 6 * 3 + 6 * 4 + 2 * 2);
    expect(requests.get).toBe(2 * 2_500 + 4 * 3);
    // A range is one listing a place here.
    expect(bucket.measured.listings).toBeLessThan(requests.list);
  });

  it('of the plan end with the range, however much came before and after', async () => {
    const days = ['2024-02-01', '2024-03-05', '2024-03-08', '2024-03-20', '2024-03-31'];
    const bucket = syntheticBucket({ ...options, days, files: ({ day }) => (day === '2024-03-05' ? 5 : 9_000) });
    expect((await reportOf({ ...memoryRun(), bucket })).delivered.files).toBe(6 * 5);
    // The folders, with those of the range, and a page of each place.
    expect(bucket.measured.listings).toBe(1 + 1 + 3 + 3 + 6 * 3 + 6);
  });

  it('cost what AWS says, where it is AWS', async () => {
    const bucket = syntheticBucket({ ...options, files: () => 1_000 });
    const run = { ...memoryRun(), bucket };
    const { requests, price, transfer } = await reportOf(run);
    const { list, get, put } = requests;
    const close = (value: number) => expect.closeTo(value, 10);
    expect(price).toMatchObject({
      list: close(list * 0.000005),
      get: close(get * 0.0000004),
      put: close(put * 0.000005),
    });
    expect(price?.total).toBeCloseTo((list + put) * 0.000005 + get * 0.0000004, 10);
    expect(transfer).toEqual({ region: 'eu-west-1', sameRegion: 0, otherRegion: 0.06 * 0.02, internet: 0.06 * 0.09 });
    const local = { location: 'file:///logs', warehouse: 'file:///lake' };
    expect(await reportOf(run, local)).toMatchObject({ price: null, transfer: null });
    expect((await reportOf(run, { ...local, warehouse: 's3://lake' })).price).toMatchObject({ list: null, get: null });
    const own = { location: 's3://logs?endpoint=http://127.0.0.1:7070', warehouse: 'file:///lake' };
    expect(await reportOf(run, own)).toMatchObject({ price: null, transfer: null });
  });

  it('to write are estimated within a factor of two of what a run writes', async () => {
    const run = memoryRun({ chunkBytes: 2_000, batchFiles: 20, groupBatches: 2 });
    for (let index = 0; index < 60; index++)
      await run.bucket.put(trailKey(`f${index}`), trailFile(records(20, undefined, {}, `f${index}`)));
    const { requests } = await reportOf(run, { range: { from: DAY, to: DAY } });
    let puts = 0;
    const put: ObjectStore['put'] = (...words) => {
      if (!words[0].includes('/config/')) puts++;
      return run.warehouse.put(...words);
    };
    const warehouse = { ...run.warehouse, put };
    await ingestWholeDay({ ...run, warehouse, catalog: createStorageCatalog(warehouse) });
    expect(requests.put / puts).toBeGreaterThan(0.5);
    expect(requests.put / puts).toBeLessThan(2);
  });
});

it('adds up an organization of 500 accounts without a sum for each file', async () => {
  const regions = Array.from({ length: 17 }, (_, index) => `us-east-${index + 1}`);
  const bucket = syntheticBucket({
    accounts: 500,
    regions,
    kinds: ['CloudTrail'],
    days: ['2024-03-05'],
    files: () => 40,
  });
  const report = await reportOf({ ...memoryRun({ concurrentReads: 16 }), bucket });
  expect(report).toMatchObject({ accounts: 500, places: 8_500, delivered: { files: 340_000 } });
  expect(report.groups).toHaveLength(500);
  expect(bucket.measured.mostAtOnce).toBe(16);
  // The folders, with the year, month and days of each place, and one listing for its four days.
  expect(bucket.measured.listings).toBe(1 + 1 + 500 + 500 + 8_500 * 3 + 8_500);
}, 60_000);

describe('the command', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'trailmill-plan-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const plan = (...argv: string[]) =>
    runCommand(['plan', '--from', DAY, '--to', DAY, ...argv], cwd, () => Date.parse('2024-06-15T12:00:00Z'));
  const file = (key: string): void => {
    mkdirSync(dirname(join(cwd, 'bucket', key)), { recursive: true });
    writeFileSync(join(cwd, 'bucket', key), 'x');
  };

  it('needs no server and no warehouse, and leaves nothing behind', async () => {
    file(trailKey('one'));
    const { code, stdout, stderr } = await plan('--location', 'bucket', '--warehouse', 'not/there', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [line, ...more] = stdout.trim().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ read: { files: 1 }, ledger: 'none', price: null });
    expect(readdirSync(cwd)).toEqual(['bucket']);
  });

  it('takes the filters of a backfill', async () => {
    file(trailKey('one'));
    file(trailKey('two', { region: 'eu-west-1' }));
    const { stdout } = await plan('--location', 'bucket', '--region', 'eu-west-1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ read: { files: 1 }, places: 1, filter: { regions: ['eu-west-1'] } });
  });

  it('says where the bucket is instead, as a backfill does', async () => {
    file(`logs/${trailKey('one')}`);
    const { code, stderr } = await plan('--location', 'bucket');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--key-prefix logs/);
  });
});
