/** Entries in a copy of a bucket on disk that are not readable files: they are reported, and the day continues. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { survey } from '../../../client/plan/survey';
import { allTables } from '../../../cloudtrail/tables';
import { StorageAccessDenied } from '../../../errors/index';
import { discover } from '../../../plan/discover';
import { findSourcesAndUnread } from '../../../plan/find-unread';
import { createFileStore } from '../../../storage/file';
import type { UnusableEntry } from '../../../storage/object-store';
import { audit, kindsOf, type Run } from '../../support/audit';
import { DAY, ingestWholeDay, memoryRun, NEVER, plan, records, rowsOf, trailFile, trailKey } from '../../support/runs';

let root: string;
let run: Run;
let servers: Server[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trailmill-odd-'));
  chmodSync(root, 0o755);
  servers = [];
  run = { ...memoryRun({}, allTables('aws_cloudtrail')), bucket: createFileStore(root) };
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true, force: true });
});

const place = (key: string): string => {
  const path = join(root, key);
  mkdirSync(dirname(path), { recursive: true });
  return path;
};
const write = (key: string, name: string): void =>
  writeFileSync(place(key), trailFile(records(2, undefined, {}, name)));
const nameOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);
const ODD = trailKey('odd');

/** Root can read everything: a denied read needs another user. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** An entry next to the good file of the day, and what is reported about it. */
const ENTRIES: [string, UnusableEntry['why'], (path: string) => void, string?][] = [
  ['a pipe', 'not_a_file', (path) => execFileSync('mkfifo', [path])],
  [
    'a link to a pipe',
    'not_a_file',
    (path) => {
      execFileSync('mkfifo', [join(root, 'pipe')]);
      symlinkSync(join(root, 'pipe'), path);
    },
  ],
  ['a device', 'not_a_file', (path) => symlinkSync('/dev/zero', path)],
  [
    'a socket',
    'not_a_file',
    (path) => {
      const short = join(root, 's');
      servers.push(createServer().listen(short));
      symlinkSync(short, path);
    },
  ],
  ['an empty folder that is named like a file', 'not_a_file', (path) => mkdirSync(path)],
  ['a link to nothing', 'broken_link', (path) => symlinkSync('nowhere', path)],
  ['a link to itself', 'broken_link', (path) => symlinkSync(path, path)],
  ['a link to a folder above', 'broken_link', (path) => symlinkSync(root, path), `${ODD}/`],
];

describe.each(ENTRIES)('%s in the folder of a day', (...[, why, make, key = ODD]) => {
  it('is left out of the day, which completes, and reported by plan, backfill and audit', async () => {
    write(trailKey('good'), 'good');
    make(place(ODD));
    const ignored = [{ why, files: 1, example: key }];
    expect(await plan(run)).toMatchObject({ files: 1, ignored });
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2, quarantined: 0 });
    expect(await audit(run)).toMatchObject({ differences: { count: 0 }, ignored });
    const range = { from: DAY, to: DAY };
    const found = await findSourcesAndUnread(run, {}, range, NEVER);
    const sums = await survey(run, { range, found, signal: NEVER });
    expect(sums.ignored.get()).toEqual(ignored);
  });
});

describe('a name that is not UTF-8', () => {
  it('is left out of the day and reported, and an audit says that something is not ingested', async () => {
    write(trailKey('good'), 'good');
    writeFileSync(Buffer.concat([Buffer.from(place(nameOf(ODD) + 'x')), Buffer.from([0xff])]), 'x');
    const ignored = [{ why: 'bad_name', files: 1, example: `${nameOf(ODD)}x\ufffd` }];
    expect(await plan(run)).toMatchObject({ files: 1, ignored });
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2 });
    const report = await audit(run);
    expect(report).toMatchObject({ ignored });
    expect(kindsOf(report)).toHaveLength(1);
  });

  it('of a folder above the days is an unread folder', async () => {
    write(trailKey('good'), 'good');
    const bad = Buffer.concat([Buffer.from(join(root, 'AWSLogs/111122223333/CloudTrail/us')), Buffer.from([0xff])]);
    mkdirSync(bad);
    const { unread } = await findSourcesAndUnread(run, {}, { from: DAY, to: DAY }, NEVER);
    expect(unread.inRange).toMatchObject({ files: 0, atLeast: true });
  });
});

test('an infinite file is quarantined, and the files next to it are read', async () => {
  write(trailKey('good'), 'good');
  writeFileSync(place(ODD), '');
  truncateSync(place(ODD), 2 ** 40);
  expect(await ingestWholeDay(run)).toMatchObject({
    ...{ files: 2, events: 2, quarantined: 1 },
    quarantinedFor: [{ code: 'too_large', example: ODD }],
  });
  expect(await audit(run)).toMatchObject({ differences: { count: 0 }, quarantined: { count: 1 } });
  expect((await plan(run)).files).toBe(0);
});

describe('an entry without read permission', () => {
  it('is quarantined if it is a file of the day, and read by the next run that has permission', async () => {
    write(trailKey('good'), 'good');
    write(ODD, 'odd');
    chmodSync(join(root, ODD), 0);
    await asNobody(async () => {
      expect(await ingestWholeDay(run)).toMatchObject({ files: 2, events: 2, quarantined: 1 });
      const [row] = (await rowsOf(run, 'ledger')).filter(({ key }) => key === ODD);
      expect(row).toMatchObject({
        status: 'quarantined',
        error: expect.stringMatching(/^access_denied: Permission denied/),
      });
      const report = await audit(run);
      expect(report).toMatchObject({ differences: { count: 0 }, quarantined: { count: 1 } });
      expect((await plan(run)).files).toBe(0);
    });
    chmodSync(join(root, ODD), 0o644);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2, quarantined: 0 });
    expect(kindsOf(await audit(run))).toEqual([]);
  });

  it('is left out and reported if it is a folder in a day, and an audit says that something is not ingested', async () => {
    write(trailKey('good'), 'good');
    write(`${nameOf(ODD)}closed/x.json.gz`, 'odd');
    chmodSync(join(root, `${nameOf(ODD)}closed`), 0);
    const ignored = [{ why: 'unreadable', files: 1, example: `${nameOf(ODD)}closed/` }];
    await asNobody(async () => {
      expect(await plan(run)).toMatchObject({ files: 1, ignored });
      expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2, quarantined: 0 });
      const report = await audit(run);
      expect(report).toMatchObject({ differences: { count: 1 }, ignored });
    });
  });

  it.each([
    'AWSLogs/222233334444/',
    'AWSLogs/111122223333/CloudTrail/eu-west-1/2024/',
    'AWSLogs/111122223333/CloudTrail/eu-west-1/2024/03/',
  ])('is reported if it is the folder %s', async (folder) => {
    write(trailKey('good'), 'good');
    write(`${folder}x`, 'odd');
    chmodSync(join(root, folder), 0);
    await asNobody(async () => {
      const { unread } = await findSourcesAndUnread(run, {}, { from: DAY, to: DAY }, NEVER);
      expect(unread.inRange).toEqual({ files: 0, atLeast: true, first: [{ key: folder, moveTo: null }] });
      expect(await ingestWholeDay(run)).toMatchObject({ events: 2 });
    });
  });

  it('is an error if there is nothing else', async () => {
    write(trailKey('good'), 'good');
    chmodSync(join(root, 'AWSLogs'), 0);
    await asNobody(async () => {
      await expect(discover(run, { config: '', filter: {} }, NEVER)).rejects.toThrow(StorageAccessDenied);
    });
    chmodSync(join(root, 'AWSLogs'), 0o755);
  });
});

describe('metadata next to a copy', () => {
  const digest = trailKey('digest', { kind: 'CloudTrail-Digest' });
  it.each([
    ['no JSON', (path: string) => writeFileSync(path, '{"signature": ')],
    ['a list', (path: string) => writeFileSync(path, '[]')],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 0],
    ['a link to itself', (path: string) => symlinkSync(path, path)],
    ['larger than any', (path: string) => writeFileSync(path, ' '.repeat(2 << 20))],
  ])('that is %s quarantines its digest, and no other file', async (_, make, quarantined = 1) => {
    write(trailKey('good'), 'good');
    writeFileSync(place(digest), trailFile([]));
    make(place(`.metadata/${digest}.json`));
    make(place(`.metadata/${trailKey('good')}.json`));
    const totals = await ingestWholeDay(run);
    // Without its metadata it is judged by its content, which is not a digest.
    expect(totals).toMatchObject({ files: 2, events: 2, quarantined: 1 });
    const [row] = (await rowsOf(run, 'ledger')).filter(({ key }) => key === digest);
    expect(row.error).toMatch(quarantined === 1 ? /^bad_metadata: / : /^not_a_digest: /);
  });
});

describe('a key with line breaks', () => {
  it.each(['a\nb', 'a\u2028b\u2029', '\n', 'a\r\n\x1b[2Jb'])('is ingested and audited: %j', async (name) => {
    const keys = [trailKey('good'), trailKey(name), `${nameOf(ODD)}${name}x.json`];
    keys.forEach((key, n) => {
      write(key, `file ${n}`);
    });
    run.config.keyPattern = 'CloudTrail/.*\\.json';
    const before = await audit(run);
    expect(before.differences.count).toBe(3);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 3, events: 6 });
    const after = await audit(run);
    expect(after).toMatchObject({
      differences: { count: 0 },
      groups: [{ listed: 3, ingested: 3, records: 6, rows: 6 }],
    });
    unlinkSync(join(root, keys[1]));
    expect(kindsOf(await audit(run))).toHaveLength(1);
  });
});

test('a file that is deleted while it is listed does not exist', async () => {
  for (let n = 0; n < 40; n++) write(trailKey(`file${n}`), `file ${n}`);
  const listed: string[] = [];
  const odd: UnusableEntry[] = [];
  let first = true;
  for await (const page of run.bucket.list('AWSLogs/', { onUnusable: (entry) => odd.push(entry) })) {
    if (first) for (let n = 20; n < 40; n++) rmSync(join(root, trailKey(`file${n}`)));
    first = false;
    listed.push(...page.objects.map(({ key }) => key));
  }
  expect(odd).toEqual([]);
  rmSync(join(root, trailKey('file0')));
  await expect(run.bucket.get(trailKey('file0'))).rejects.toThrow('does not exist');
});

test('no pipe is ever opened, whatever refers to it', async () => {
  execFileSync('mkfifo', [place(ODD)]);
  await expect(run.bucket.get(ODD)).rejects.toThrow('does not exist');
  await expect(run.bucket.head(ODD)).rejects.toThrow('does not exist');
});
