/** CloudTrail files that are not where CloudTrail delivers them: no run reads them, and all commands report them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AuditReport, joinDays } from '../../../audit/report';
import { renderAudit } from '../../../client/audit/render';
import { daysOfFolders, parseStrayKey } from '../../../cloudtrail/stray-files';
import { StorageAccessDenied } from '../../../errors/index';
import { discover } from '../../../plan/discover';
import { findSourcesAndUnread } from '../../../plan/find-unread';
import type { SourceFilter } from '../../../protocol/messages';
import type { RunContext } from '../../../run/context';
import { readWork } from '../../../run/versioned';
import { SOURCE_LIST } from '../../../run/work-area';
import type { ObjectStore } from '../../../storage/object-store';
import { audit } from '../../support/audit';
import { runCommand } from '../../support/run-command';
import {
  ACCOUNT,
  DAY,
  ingestWholeDay,
  memoryRun,
  NEVER,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';
import { accountAt, syntheticBucket } from '../../support/synthetic-bucket';

const REGION = `AWSLogs/${ACCOUNT}/CloudTrail/us-east-1`;
const name = (id: string, day = DAY, kind = 'CloudTrail'): string =>
  `${ACCOUNT}_${kind}_us-east-1_${day.replaceAll('-', '')}T1205Z_${id}.json.gz`;
const RANGE = { from: DAY, to: DAY };

/** A bucket with one file in the right folder, and others. */
async function withFiles(...keys: string[]) {
  const run = memoryRun();
  await run.bucket.put(trailKey('one'), trailFile(records(1)));
  for (const key of keys) await run.bucket.put(key, trailFile(records(1, undefined, {}, key)));
  return run;
}

async function unreadOf(run: RunContext, filter: SourceFilter = {}, range = RANGE) {
  return (await findSourcesAndUnread(run, filter, range, NEVER)).unread;
}

async function auditReport(
  run: RunContext & { warehouse: ObjectStore },
  filter: SourceFilter = {},
): Promise<AuditReport> {
  const { address } = await discover(run, { config: '', filter, range: RANGE }, NEVER);
  const { unread } = await readWork(run.warehouse, address, SOURCE_LIST);
  const about = { source: 's', location: 'l', warehouse: 'w', ...RANGE, filter };
  return joinDays(about, [await audit(run, { filter })], unread);
}

describe('a file that is not where CloudTrail delivers it', () => {
  it.each([
    ['an unpadded day', `${REGION}/2024/3/5/${name('a')}`],
    ['a padded month and an unpadded day', `${REGION}/2024/03/5/${name('a')}`],
    ['Hive-style folders', `${REGION}/year=2024/month=03/day=05/${name('a')}`],
    ['a day in one folder', `${REGION}/2024-03-05/${name('a')}`],
    ['an hour below a Hive-style day', `${REGION}/dt=2024-03-05/hour=12/${name('a')}`],
    ['a folder of another name', `${REGION}/archive/old/${name('a')}`],
    ['a folder below the day', `${REGION}/2024/03/05-old/${name('a')}`],
    ['an invalid day', `${REGION}/2024/03/32/${name('a')}`],
    ['directly under the region', `${REGION}/${name('a')}`],
    ['directly under the year', `${REGION}/2024/${name('a')}`],
    ['directly under the month', `${REGION}/2024/03/${name('a')}`],
    ['directly under the kind', `AWSLogs/${ACCOUNT}/CloudTrail/${name('a')}`],
    ['directly under the account', `AWSLogs/${ACCOUNT}/${name('a')}`],
    ['directly under AWSLogs', `AWSLogs/${name('a')}`],
    ['beside AWSLogs', name('a')],
    ['days without a region', `AWSLogs/${ACCOUNT}/CloudTrail/2024/03/05/${name('a')}`],
    ['a misspelled kind', `AWSLogs/${ACCOUNT}/cloudtrail/us-east-1/2024/03/05/${name('a')}`],
    ['an unknown kind', `AWSLogs/${ACCOUNT}/backup/us-east-1/2024/03/05/${name('a')}`],
    ['an unknown account', `AWSLogs/backup/${ACCOUNT}/CloudTrail/us-east-1/2024/03/05/${name('a')}`],
    ['an organization', `AWSLogs/o-exampleorg1/${name('a')}`],
  ])('is counted and named: %s', async (_, key) => {
    const run = await withFiles(key, ...(key.startsWith('AWSLogs/o-') ? [`AWSLogs/o-exampleorg1/${ACCOUNT}/x`] : []));
    await ingestWholeDay(run);
    const report = await auditReport(run);
    expect(report).toMatchObject({ clean: false, differences: { count: 0 }, unread: { files: 1, atLeast: false } });
    const [first] = report.unread.first;
    expect(first.key).toBe(key);
    expect(first.moveTo).toMatch(/\/111122223333\/CloudTrail\/us-east-1\/2024\/03\/05\/$/);
    const found = await discover(run, { config: '', filter: {}, range: RANGE }, NEVER);
    expect(found.unread).toMatchObject({ files: 1, first: [first] });
    expect(renderAudit(report)).toMatch(/audit: 1 CloudTrail file not read$/);
  });

  it('does not count if the filter or the key pattern excludes it, or if its day is another one', async () => {
    const run = await withFiles(`${REGION}/${name('a')}`, `${REGION}/2024/3/6/${name('b', '2024-03-06')}`);
    expect((await unreadOf(run)).inRange.files).toBe(1);
    expect((await unreadOf(run)).elsewhere).toMatchObject({ files: 0 });
    expect((await unreadOf(run, { kinds: ['CloudTrail-Digest'] })).inRange.files).toBe(0);
    expect((await unreadOf(run, {}, { from: '2024-03-07', to: '2024-03-08' })).inRange.files).toBe(0);
    expect((await unreadOf(run, {}, { from: '2024-03-07', to: '2024-03-08' })).elsewhere.files).toBe(1);
    const narrow = { ...run, config: { ...run.config, keyPattern: '/eu-west-1/' } };
    expect((await unreadOf(narrow)).inRange.files).toBe(0);
    const days = { ...run, config: { ...run.config, keyPattern: '/2024/03/05/' } };
    expect((await unreadOf(days)).inRange.files).toBe(1);
  });

  it('counts for every day if its key has none', async () => {
    const run = await withFiles(`${REGION}/archive/export.json.gz`);
    expect(await unreadOf(run, {}, { from: '2024-01-01', to: '2024-12-31' })).toMatchObject({
      inRange: { files: 1, first: [{ key: `${REGION}/archive/export.json.gz`, moveTo: null }] },
    });
  });

  it('is also recognized below a prefix', async () => {
    const empty = memoryRun();
    const run = { ...empty, config: { ...empty.config, keyPrefix: 'my/trail' } };
    await run.bucket.put(`my/trail/${trailKey('one')}`, trailFile(records(1)));
    await run.bucket.put(`my/trail/${name('a')}`, trailFile(records(1)));
    expect((await unreadOf(run)).inRange.first).toEqual([
      { key: `my/trail/${name('a')}`, moveTo: `my/trail/${REGION}/2024/03/05/` },
    ]);
  });
});

describe('these are not reported', () => {
  it('files of other services, and of operating systems', async () => {
    const run = await withFiles(
      `AWSLogs/${ACCOUNT}/Config/us-east-1/2024/3/5/ConfigHistory/x.json.gz`,
      `AWSLogs/${ACCOUNT}/vpcflowlogs/us-east-1/2024/03/05/x.log.gz`,
      `AWSLogs/${ACCOUNT}/CloudTrail-Lake/Query/2024/03/05/id/result_1.csv.gz`,
      `${REGION}/.DS_Store`,
      'notes.txt',
      'other/data/2024-03-05.csv',
    );
    await ingestWholeDay(run);
    expect(await auditReport(run)).toMatchObject({ clean: true, unread: { files: 0 } });
  });

  it('a bucket that denies listing next to AWSLogs/', async () => {
    const run = await withFiles(name('a'));
    const list: ObjectStore['list'] = (prefix, options) => {
      if (prefix === '') throw new StorageAccessDenied('no');
      return run.bucket.list(prefix, options);
    };
    const bucket: ObjectStore = Object.assign(Object.create(run.bucket) as ObjectStore, { list });
    expect((await unreadOf({ ...run, bucket })).inRange.files).toBe(0);
  });
});

it('a folder CloudTrail-Insights is read like CloudTrail-Insight, under its name', async () => {
  const run = memoryRun();
  const key = trailKey('one', { kind: 'CloudTrail-Insights' });
  await run.bucket.put(key, trailFile(records(2)));
  const filter = { kinds: ['CloudTrail-Insight'] };
  const { sources, unknown } = await findSourcesAndUnread(run, filter, RANGE, NEVER);
  expect([sources, unknown]).toMatchObject([[{ kind: 'CloudTrail-Insight' }], []]);
  await ingestWholeDay(run);
  expect((await rowsOf(run, 'ledger')).map((row) => row.key)).toEqual([key]);
  expect(await auditReport(run, filter)).toMatchObject({
    clean: true,
    groups: [{ kind: 'CloudTrail-Insight', listed: 1 }],
  });
});

it('files deeper than the folder of their day are read', async () => {
  const run = await withFiles(`${REGION}/2024/03/05/sub/x.json.gz`);
  expect(await ingestWholeDay(run)).toMatchObject({ files: 2 });
  expect(await auditReport(run)).toMatchObject({ clean: true });
});

describe('the search', () => {
  it('counts exactly the files of the selected days, in a tree of Hive-style folders', async () => {
    const keys = Array.from({ length: 31 }, (_, at) => String(at + 1).padStart(2, '0')).flatMap((day) =>
      [0, 1, 2].map((id) => `${REGION}/year=2024/month=03/day=${day}/export-${id}.json.gz`),
    );
    const run = await withFiles(...keys);
    expect((await unreadOf(run)).inRange).toMatchObject({ files: 3, atLeast: false });
    expect((await unreadOf(run, {}, { from: '2024-03-01', to: '2024-03-31' })).inRange.files).toBe(93);
  });

  it('says "or more" if a folder has too many, and names the first ones by key', async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `${REGION}/archive/${String(at).padStart(2, '0')}/x.json.gz`);
    const run = await withFiles(...keys);
    const { inRange } = await unreadOf(run);
    expect(inRange).toMatchObject({ atLeast: true });
    expect(inRange.files).toBeGreaterThan(10);
    expect(inRange.first).toHaveLength(5);
    const report = joinDays({ source: 's', location: 'l', warehouse: 'w', ...RANGE, filter: {} }, [], {
      inRange,
      elsewhere: { files: 0, atLeast: false, first: [] },
    });
    expect(renderAudit(report)).toMatch(/audit: \d+ or more CloudTrail files not read$/);
  });

  it('needs a bounded number of requests and names, even if every place of an organization has such folders', async () => {
    const bucket = syntheticBucket({
      accounts: 100,
      regions: ['us-east-1', 'eu-west-1'],
      kinds: ['CloudTrail'],
      days: ['2024-3-4', '2024-3-5', '2024-03-05'],
      files: () => 2_500,
    });
    const run = { ...memoryRun({ concurrentReads: 16 }), bucket };
    const { unread, listings } = await findSourcesAndUnread(run, {}, RANGE, NEVER);
    // The folders; of each place years, months, days; and 200 folders with a month, a day and three pages of files each.
    expect(listings).toBe(1 + 1 + 100 + 100 + 200 * 3 + 200 * 4);
    expect(bucket.measured.listings).toBe(listings);
    expect(unread.inRange).toMatchObject({ files: 200 * 2_500, atLeast: false });
    expect(unread.inRange.first).toHaveLength(5);
    expect(unread.inRange.first[0].key).toMatch(`AWSLogs/${accountAt(0)}/CloudTrail/eu-west-1/2024/3/5/`);
  }, 60_000);

  it('of a place lists the years, and only the months and days of the range', async () => {
    const days = ['2022-01-01', '2023-12-31', '2024-01-01', '2024-02-02', '2024-06-06', '2025-01-01'];
    const bucket = syntheticBucket({
      accounts: 1,
      regions: ['us-east-1'],
      kinds: ['CloudTrail'],
      days,
      files: () => 1,
    });
    const range = { from: '2023-12-30', to: '2024-02-10' };
    const { listings } = await findSourcesAndUnread({ ...memoryRun(), bucket }, {}, range, NEVER);
    expect(listings).toBe(1 + 1 + 1 + 1 + (1 + 2 + 3));
  });
});

describe('the days of a key', () => {
  it.each([
    [['2024', '3', '5'], '2024-03-05', '2024-03-05'],
    [['year=2024', 'month=3', 'day=5'], '2024-03-05', '2024-03-05'],
    [['dt=2024-03-05', 'hour=07'], '2024-03-05', '2024-03-05'],
    [['20240305'], '2024-03-05', '2024-03-05'],
    [['2024-03', '05'], '2024-03-05', '2024-03-05'],
    [['2024', '03', '05-old'], '2024-03-01', '2024-03-31'],
    [['2024', '13'], '2024-01-01', '2024-12-31'],
    [['archive', '2024', '02', '31'], '2024-02-01', '2024-02-31'],
  ])('folders %j are days %s to %s', (folders, from, to) => {
    expect(daysOfFolders(folders)).toEqual({ from, to });
  });

  it('are unknown without a date', () => {
    expect(daysOfFolders(['AWSLogs', ACCOUNT, 'CloudTrail', 'old'])).toBeUndefined();
  });

  it('are in the name of a digest as in that of a log file', () => {
    const digest = `${ACCOUNT}_CloudTrail-Digest_eu-west-1_my-trail_us-east-1_20240305T120500Z.json.gz`;
    expect(parseStrayKey(`AWSLogs/${digest}`)).toEqual({
      isCloudTrailFile: true,
      account: ACCOUNT,
      kind: 'CloudTrail-Digest',
      region: 'eu-west-1',
      days: { from: DAY, to: DAY },
      moveTo: `AWSLogs/${ACCOUNT}/CloudTrail-Digest/eu-west-1/2024/03/05/`,
    });
  });
});

describe('on the command line', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'trailmill-unread-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  it('a plan counts them, names them, and says where they belong', async () => {
    const keys = [
      `${REGION}/2024/03/05/${name('A')}`,
      `${REGION}/2024/3/5/${name('B')}`,
      `${REGION}/${name('D')}`,
      `${REGION}/2024/03/05/${name('E')}.part`,
    ];
    for (const key of keys) {
      mkdirSync(dirname(join(cwd, 'bucket', key)), { recursive: true });
      writeFileSync(join(cwd, 'bucket', key), 'x');
    }
    const { code, stdout } = await runCommand(['plan', '--from', DAY, '--to', DAY, '--location', 'bucket'], cwd);
    expect(code).toBe(0);
    expect(stdout).toContain(
      '2 CloudTrail files are not read, because they are not where CloudTrail delivers files:\n',
    );
    expect(stdout).toContain(`  ${REGION}/2024/3/5/${name('B')} (belongs in ${REGION}/2024/03/05/)\n`);
    expect(stdout).toContain('ignored     1 file looks like an unfinished copy');
    expect(stdout).toMatch(/delivered {3}1 file,/);
  });
});
