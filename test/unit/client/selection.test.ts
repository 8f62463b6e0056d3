/** What a command asks for exists in the bucket, or it is told what there is: exit code 2, and nothing is started. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ScheduleDescription } from '@temporalio/client';
import { ledgerPlaces } from '../../../audit/ledger-places';
import { checkBucket } from '../../../client/schedule/check-bucket';
import { checkSelection, type KnownOfBucket, type Selection } from '../../../client/selection/check';
import { deliveryDays } from '../../../client/selection/deliveries';
import { Output } from '../../../client/terminal/output';
import { createStorageCatalog } from '../../../iceberg/storage-catalog';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { findSources } from '../../../plan/find-sources';
import { writeRunConfig } from '../../../run/config';
import type { RunContext } from '../../../run/context';
import type { ObjectStore } from '../../../storage/object-store';
import { openStore } from '../../../storage/open';
import { runCommand } from '../../support/run-command';
import { DAY, ingestWholeDay, memoryRun, NEVER, records, trailFile, trailKey } from '../../support/runs';
import { syntheticBucket } from '../../support/synthetic-bucket';

const [A, B, C] = ['111122223333', '222233334444', '333344445555'];
const RANGE = { from: DAY, to: DAY };

/** A has both regions, B one of them and an Insight, C a kind of its own; from 2024-03-02 to 2024-03-08 with a gap. */
async function bucket() {
  const run = memoryRun();
  const put = (at: Parameters<typeof trailKey>[1]) => run.bucket.put(trailKey('x', at), trailFile(records(1)));
  for (const day of ['2024-03-02', DAY, '2024-03-08']) {
    await put({ account: A, region: 'us-east-1', day });
    await put({ account: A, region: 'eu-west-1', day });
    await put({ account: B, region: 'eu-west-1', day });
  }
  await put({ account: B, region: 'eu-west-1', kind: 'CloudTrail-Insight' });
  await put({ account: C, region: 'ap-south-1', kind: 'CloudTrail-Digest' });
  return run;
}

const check = async (run: RunContext, selection: Partial<Selection> = {}, known: KnownOfBucket = {}) =>
  checkSelection(run, { filter: {}, range: RANGE, ...selection }, NEVER, known);

const mistake = (message: RegExp | string, cure: RegExp | string) => ({
  name: 'UserMistake',
  message: typeof message === 'string' ? message : expect.stringMatching(message),
  cure: typeof cure === 'string' ? cure : expect.stringMatching(cure),
});

describe('a name that the bucket does not have', () => {
  it('of an account is told with all that there are, the closest first', async () => {
    await expect(check(await bucket(), { filter: { accounts: ['222233334445'] } })).rejects.toMatchObject(
      mistake(
        'No CloudTrail files of account 222233334445 under memory://bucket/AWSLogs/.',
        `There are 3 accounts: ${B} (closest), ${A}, ${C}.`,
      ),
    );
  });

  it('of a region and of a kind, too', async () => {
    const run = await bucket();
    await expect(check(run, { filter: { regions: ['eu-west-2'] } })).rejects.toMatchObject(
      mistake(
        /^No CloudTrail files of region eu-west-2 under/,
        /3 regions: eu-west-1 \(closest\), ap-south-1, us-east-1/,
      ),
    );
    await expect(check(run, { filter: { kinds: ['CloudTrail-NetworkActivity'] } })).rejects.toMatchObject(
      mistake(/^No CloudTrail files of kind CloudTrail-NetworkActivity under/, /There are 3 kinds: CloudTrail/),
    );
  });

  it('is a mistake also beside others that are there, and each of several is named', async () => {
    const filter = { accounts: [A, '999999999999'], regions: ['mx-central-1', 'eu-west-1', 'us-east-9'] };
    await expect(check(await bucket(), { filter })).rejects.toMatchObject(
      mistake(
        /^No CloudTrail files of account 999999999999, and none of regions mx-central-1, us-east-9 under/,
        /There are 3 accounts: .* There are 3 regions: us-east-1 \(closest\)/,
      ),
    );
  });

  it('is told with at most twenty others', async () => {
    const options = { accounts: 50, regions: ['us-east-1'], kinds: ['CloudTrail'], days: [DAY], files: () => 1 };
    const run = { ...memoryRun(), bucket: syntheticBucket(options) };
    await expect(check(run, { filter: { accounts: ['100000000099'] } })).rejects.toMatchObject(
      mistake(/account 100000000099/, /^There are 50 accounts: 100000000009 \(closest\), .*, … and 30 more\.$/),
    );
  });
});

describe('names that the bucket has, but not together', () => {
  it('are told with those that go together', async () => {
    await expect(check(await bucket(), { filter: { accounts: [B], regions: ['us-east-1'] } })).rejects.toMatchObject(
      mistake(
        `No CloudTrail files of account ${B} and region us-east-1 together under memory://bucket/AWSLogs/.`,
        `With region us-east-1, the existing accounts are ${A}. With account ${B}, the existing regions are eu-west-1.`,
      ),
    );
  });

  it('are a remark where the others select something', async () => {
    const filter = { accounts: [A, B], regions: ['us-east-1'] };
    expect(await check(await bucket(), { filter })).toEqual([
      `No CloudTrail files of account ${B} match the other filters.`,
    ]);
  });
});

describe('days', () => {
  it.each([
    ['before the first delivery', '2024-02-01', '2024-03-01'],
    ['after the last', '2024-03-09', '2024-04-01'],
  ])('%s are a mistake, told with both', async (_, from, to) => {
    await expect(check(await bucket(), { range: { from, to } })).rejects.toMatchObject(
      mistake(
        `No CloudTrail files were delivered from ${from} to ${to} under memory://bucket/AWSLogs/.`,
        'The first delivery is 2024-03-02, the last 2024-03-08.',
      ),
    );
  });

  it('are those of what the filter selects', async () => {
    const filter = { kinds: ['CloudTrail-Insight'] };
    await expect(
      check(await bucket(), { filter, range: { from: '2024-03-08', to: '2024-03-08' } }),
    ).rejects.toMatchObject(
      mistake(
        /^No CloudTrail files of kind CloudTrail-Insight were delivered on 2024-03-08/,
        /first delivery is 2024-03-05/,
      ),
    );
  });

  it('that only begin or end beside the deliveries, or lie in a gap between them, are no mistake', async () => {
    const run = await bucket();
    for (const [from, to] of [
      ['2024-01-01', '2024-03-02'],
      ['2024-03-08', '2024-12-31'],
      ['2024-01-01', '2024-12-31'],
      ['2024-03-03', '2024-03-04'],
    ])
      expect(await check(run, { range: { from, to } })).toEqual([]);
  });

  it('without files in their place are told with the files that are elsewhere', async () => {
    const run = memoryRun();
    const key = `AWSLogs/${A}/CloudTrail/us-east-1/year=2024/month=03/day=05/x.json.gz`;
    await run.bucket.put(key, trailFile(records(1)));
    await expect(check(run)).rejects.toMatchObject(
      mistake(new RegExp(`1 CloudTrail file is not read, .*: ${key}`), /^Move each .* There are no day folders/),
    );
    // Where the command tells them itself, it goes on.
    const inRange = { files: 1, atLeast: false, first: [] };
    const unread = { inRange, elsewhere: { ...inRange, files: 0 } };
    expect(await check(run, {}, { unread })).toEqual([]);
  });

  it('are found with five listings a place at most', async () => {
    const days = ['2019-05-06', '2020-01-01', '2023-07-10', '2024-02-28', '2024-03-05'];
    const options = { accounts: 20, regions: ['us-east-1', 'eu-west-1'], kinds: ['CloudTrail'], days, files: () => 1 };
    const run = { ...memoryRun(), bucket: syntheticBucket(options) };
    const { sources } = await findSources(run, {}, NEVER);
    const before = run.bucket.measured.listings;
    expect(await deliveryDays(run, sources, NEVER)).toEqual({ from: '2019-05-06', to: '2024-03-05' });
    expect(run.bucket.measured.listings - before).toBe(40 * 5);
  });
});

describe('a key pattern', () => {
  const withPattern = (run: RunContext, keyPattern: string) => ({ ...run, config: { ...run.config, keyPattern } });

  it('without a match is a mistake, told with a key that it was to match', async () => {
    await expect(check(withPattern(await bucket(), '^logs/'))).rejects.toMatchObject(
      mistake(
        /^key_pattern "\^logs\/" matches none of the 5 files delivered on 2024-03-05, such as AWSLogs\/111122223333\//,
        /ingest\.s3_source\.key_pattern/,
      ),
    );
  });

  it('with one match anywhere is none', async () => {
    expect(await check(withPattern(await bucket(), '/ap-south-1/'))).toEqual([]);
  });

  it('of a schedule, which has no days, is held against the last day of each place', async () => {
    const run = await bucket();
    expect(await check(withPattern(run, 'CloudTrail-Digest/.*/2024/03/05/'), { range: undefined })).toEqual([]);
    await expect(check(withPattern(run, '/2023/'), { range: undefined })).rejects.toMatchObject(
      mistake(/matches none of the 5 files of the last day of each account, kind and region/, /log_source\.yml/),
    );
  });
});

describe('the cost', () => {
  it('of a check that finds something is the folders and one listing', async () => {
    const regions = Array.from({ length: 17 }, (_, index) => `us-east-${index + 1}`);
    const options = { accounts: 500, regions, kinds: ['CloudTrail'], days: [DAY], files: () => 5 };
    const run = { ...memoryRun({ concurrentReads: 16 }), bucket: syntheticBucket(options) };
    expect(await check(run)).toEqual([]);
    expect(run.bucket.measured.listings).toBe(1 + 500 + 500 + 1);
  });
});

it('an audit takes what the ledger has, also where the bucket has it no more', async () => {
  const run = await bucket();
  await ingestWholeDay(run);
  await run.bucket.delete(trailKey('x', { account: C, region: 'ap-south-1', kind: 'CloudTrail-Digest' }));
  const filter = { accounts: [C] };
  await expect(check(run, { filter })).rejects.toMatchObject({ name: 'UserMistake' });
  const elsewhere = () => ledgerPlaces({ ...run, pool: inlinePool, signal: NEVER }, RANGE);
  expect(await check(run, { filter }, { elsewhere })).toEqual([]);
  for (const at of [
    { account: A, region: 'us-east-1', day: '2024-03-02' },
    { account: A, region: 'us-east-1' },
  ])
    await run.bucket.delete(trailKey('x', at));
  const before = { filter: { accounts: [A], regions: ['us-east-1'] } };
  await expect(check(run, before)).rejects.toMatchObject({ message: expect.stringContaining('were delivered on') });
  expect(await check(run, before, { elsewhere })).toEqual([]);
});

describe('on the command line', () => {
  let cwd: string;
  const now = () => Date.parse('2024-06-15T12:00:00Z');
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'trailmill-selection-'));
    for (const account of [A, B]) {
      const path = join(cwd, 'bucket', trailKey('x', { account }));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, trailFile(records(1)));
    }
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));
  const say = (...argv: string[]) => runCommand([...argv, '--location', 'bucket'], cwd, now);
  const configure = async (pattern: string): Promise<void> => {
    await runCommand(['init'], cwd, now);
    const path = join(cwd, 'log_sources', 'aws_cloudtrail', 'log_source.yml');
    writeFileSync(
      path,
      `name: aws_cloudtrail\nmanaged:\n  type: AWS_CLOUDTRAIL\ningest:\n  s3_source:\n    key_pattern: '${pattern}'\n`,
    );
  };

  it.each([['plan'], ['backfill start'], ['audit']])('%s ends with 2 before anything is written', async (command) => {
    const words = [...command.split(' '), '--from', DAY, '--to', DAY];
    if (command === 'audit') {
      // An audit wants a ledger first: one that somebody else has made.
      const run = { ...memoryRun(), warehouse: openStore(join(cwd, 'warehouse')) };
      await ingestWholeDay({
        ...run,
        bucket: openStore(join(cwd, 'bucket')),
        catalog: createStorageCatalog(run.warehouse),
      });
    }
    const { code, stdout, stderr } = await say(...words, '--account', '111122223334');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^trailmill: No CloudTrail files of account 111122223334 under .*\n {2}There are 2 accounts: 111122223333 \(closest\), 222233334444\.\n$/,
    );
    if (command !== 'audit') expect(existsSync(join(cwd, 'warehouse'))).toBe(false);
  });

  it.each([
    ['plan', '--from', DAY, '--to', DAY],
    ['backfill', 'start', '--from', DAY, '--to', DAY],
    ['schedule', 'apply'],
    ['schedule', 'apply', '--dry-run'],
    ['schedule', 'create'],
  ])('%s %s ends with 2 for a pattern without a match', async (...words) => {
    await configure('/2023/');
    const { code, stderr } = await say(...words);
    expect(stderr).toMatch(/key_pattern "\/2023\/" matches none of the 2 files/);
    expect(code).toBe(2);
    expect(existsSync(join(cwd, 'warehouse'))).toBe(false);
  });
});

describe('a schedule that is there', () => {
  const noted = () => {
    const said: string[] = [];
    const io = { env: {}, stdout: { write: () => true }, stderr: { write: (text: string) => said.push(text) > 0 } };
    return { said, output: new Output(io as never, false) };
  };
  const described = (config: string, lookBackDays = 3) =>
    ({ scheduleId: 'id', action: { args: [{ config, filter: {}, lookBackDays }] } }) as unknown as ScheduleDescription;

  it('is asked about the bucket by its own configuration; what it looks back is among its days', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'trailmill-scheduled-'));
    const [logs, warehouse] = [openStore(join(cwd, 'bucket')), openStore(join(cwd, 'warehouse'))];
    await logs.put(trailKey('x'), trailFile(records(1)));
    const { config } = memoryRun();
    const ref = (more: object) => writeRunConfig(warehouse, { ...config, location: logs.uri, ...more });
    const { said, output } = noted();
    await checkBucket(described(await ref({})), output);
    await checkBucket(described(await ref({})), output, { from: '2024-03-08', to: '2024-03-09' });
    const late = { from: '2024-03-09', to: '2024-03-09' };
    await expect(checkBucket(described(await ref({})), output, late)).rejects.toMatchObject(
      mistake(/delivered from 2024-03-06 to 2024-03-09/, /The first delivery is 2024-03-05, the last 2024-03-05/),
    );
    await expect(checkBucket(described(await ref({ keyPattern: 'no' })), output)).rejects.toMatchObject(
      mistake(/key_pattern "no" matches none/, /log_source/),
    );
    expect(said).toEqual([]);
    rmSync(cwd, { recursive: true });
  });

  it('goes on with a remark where the bucket or the warehouse cannot be seen from here', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'trailmill-scheduled-'));
    const warehouse: ObjectStore = openStore(join(cwd, 'warehouse'));
    const config = await writeRunConfig(warehouse, { ...memoryRun().config, location: `file://${cwd}/not-here` });
    const { said, output } = noted();
    await checkBucket(described(config), output, RANGE);
    await checkBucket(described(config.replace('/config/', '/config/gone-')), output, RANGE);
    expect(said).toEqual([
      expect.stringMatching(/Cannot check from this machine/),
      expect.stringMatching(/Cannot check/),
    ]);
    rmSync(cwd, { recursive: true });
  });
});
