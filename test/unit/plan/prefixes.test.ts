/** A wrong location or key prefix: the message says what to set, and its commands work when they are copied. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseLogsPath } from '../../../cloudtrail/logs-path';
import { loadSettings } from '../../../config/load';
import { writeProject } from '../../../config/project-files';
import type { SourceSettings } from '../../../config/settings';
import { StorageAccessDenied, type UserMistake } from '../../../errors/index';
import { findSources } from '../../../plan/find-sources';
import { noLogs } from '../../../plan/no-logs';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore } from '../../../storage/object-store';
import { shellQuote } from '../../../text/shell-quote';
import { runCommand, type Said } from '../../support/run-command';
import { ACCOUNT, DAY, INGEST, NEVER, records, trailFile, trailKey } from '../../support/runs';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'trailmill-prefix-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function write(path: string, body: string | Uint8Array = ''): void {
  const file = join(cwd, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}

/** A bucket of one file in a directory. */
const bucketAt = (directory: string): void => write(`${directory}/${trailKey('one')}`, trailFile(records(1)));

/** The words of a command line, as split by a POSIX shell. */
function shellWords(text: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

/** The flags in a message; those that only limit the range are left out. */
function suggested(text: string): string[] {
  const given = /use (--.*?)(?: and, to limit.*)?$/m.exec(text)?.[1];
  if (given === undefined) throw new Error(`No flags in: ${text}`);
  return shellWords(given);
}

const plan = (...flags: string[]): Promise<Said> =>
  runCommand(['plan', '--from', DAY, '--to', DAY, '--warehouse', 'lake', ...flags], cwd);

/** `flags` are refused; the flags in the message find the file. */
async function isCured(flags: string[], message: RegExp): Promise<void> {
  const refused = await plan(...flags);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(message);
  const instead = suggested(refused.stderr);
  const kept = instead.includes('--location') ? [] : flags.slice(0, 2);
  const { code, stdout, stderr } = await plan('--json', ...kept, ...instead);
  expect([stderr, code]).toEqual(['', 0]);
  expect(JSON.parse(stdout)).toMatchObject({ read: { files: 1 } });
}

describe('a directory', () => {
  it.each<[what: string, at: string, flags: string[], message: RegExp]>([
    [
      'one level too high',
      'b/org',
      ['--location', 'b'],
      /CloudTrail files are under file:.*\/b\/org\/: use --key-prefix org$/m,
    ],
    ['several levels too high', 'b/a/b/c/d', ['--location', 'b'], /under file:.*\/b\/a\/b\/c\/d\//],
    ['with AWSLogs at its end', 'b', ['--location', 'b/AWSLogs'], /parent directory, which contains AWSLogs\//],
    [
      'with AWSLogs and slashes at its end',
      'b',
      ['--location', 'b//AWSLogs//'],
      /parent directory, which contains AWSLogs\//,
    ],
    ['of an account', 'b', ['--location', `b/AWSLogs/${ACCOUNT}`], new RegExp(`--account ${ACCOUNT}$`, 'm')],
    ['of a kind', 'b', ['--location', `b/AWSLogs/${ACCOUNT}/CloudTrail`], /--kind CloudTrail$/m],
    ['of a region', 'b', ['--location', `b/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/`], /--region us-east-1$/m],
    [
      'of a day',
      'b',
      ['--location', `b/AWSLogs/${ACCOUNT}/CloudTrail/us-east-1/2024/03/05`],
      /--from 2024-03-05 --to 2024-03-05$/m,
    ],
    ['with a prefix of another name', 'b/org/trails', ['--location', 'b', '--key-prefix', 'org/trials'], /org\/trails/],
    ['with a prefix in another case', 'b/Org/Trails', ['--location', 'b', '--key-prefix', 'org/trails'], /Org\/Trails/],
    [
      'with a prefix that ends in AWSLogs',
      'b/org',
      ['--location', 'b', '--key-prefix', '/org/AWSLogs/'],
      /--key-prefix org$/m,
    ],
    ['with AWSLogs as its prefix', 'b', ['--location', 'b', '--key-prefix', 'AWSLogs'], /--key-prefix ''$/m],
    [
      'with a prefix below an account',
      'b/org',
      ['--location', 'b', '--key-prefix', `org/AWSLogs/${ACCOUNT}`],
      /--account/,
    ],
    ['with spaces and quotes', "b/it's here/the logs", ['--location', 'b'], /--key-prefix 'it'\\''s here\/the logs'$/m],
    ['that itself has spaces and quotes', "it's $HOME", ['--location', "it's $HOME/AWSLogs"], /--location 'file:/],
  ])('%s: the flags that the message names work', async (_what, at, flags, message) => {
    bucketAt(at);
    await isCured(flags, message);
  });

  it('a prefix on the path to the files, and a location inside: the key prefix is removed', async () => {
    bucketAt('b');
    write('log_sources/aws_cloudtrail/log_source.yml', 'ingest: {location: b, key_prefix: old}\n');
    await isCured(['--location', 'b/AWSLogs'], /--key-prefix ''$/m);
  });

  it('settings from the files of the project are named as they are spelled there', async () => {
    bucketAt('b/org/trails');
    write('log_sources/aws_cloudtrail/log_source.yml', 'ingest: {location: b}\n');
    const { stderr } = await plan();
    expect(stderr).toContain('set ingest.key_prefix: org/trails in log_source.yml, or use --key-prefix org/trails\n');
    write('log_sources/aws_cloudtrail/log_source.yml', 'ingest: {location: b/org/trails/AWSLogs}\n');
    expect((await plan()).stderr).toMatch(
      /set ingest.location: file:\S*\/b\/org\/trails in log_source.yml, or use --location/,
    );
  });

  it('several places are all named', async () => {
    for (const at of ['b/one', 'b/two/three']) bucketAt(at);
    write(`b/elb/AWSLogs/${ACCOUNT}/elasticloadbalancing/us-east-1/2024/03/05/x.log`);
    const { stderr } = await plan('--location', 'b');
    expect(stderr).toMatch(
      /There are 2 folders that contain AWSLogs\/.*\n.*\/b\/one\/ {2}--key-prefix one\n.*--key-prefix two\/three\n/,
    );
    expect(stderr).not.toContain('elb');
  });

  it('AWSLogs in another case has to be renamed', async () => {
    write(`b/org/awslogs/${ACCOUNT}/CloudTrail/us-east-1/2024/03/05/x.json.gz`);
    expect((await plan('--location', 'b')).stderr).toMatch(
      /There is file:.*\/b\/org\/awslogs\/, but the folder must be named AWSLogs.*rename it to file:.*\/b\/org\/AWSLogs\//,
    );
  });

  it.each([
    [`${ACCOUNT}/CloudTrail/us-east-1`, 'AWSLogs/'],
    ['CloudTrail/us-east-1', 'AWSLogs/ACCOUNT/'],
    ['eusc-de-east-1/2024', 'AWSLogs/ACCOUNT/KIND/'],
    ['2024/03/05', 'AWSLogs/ACCOUNT/KIND/REGION/'],
  ])('a copy that begins with %s lacks what is above it', async (path, missing) => {
    write(`b/${path}/x.json.gz`);
    expect((await plan('--location', 'b')).stderr).toContain(`under ${missing}:`);
  });

  it('a name that differs in case, or by a letter, is named', async () => {
    bucketAt('Bucket');
    expect((await plan('--location', 'bucket')).stderr).toMatch(/Did you mean .*\/Bucket\?/);
    expect((await plan('--location', 'Bukcet')).stderr).toMatch(/Did you mean .*\/Bucket\?/);
  });

  it('a key prefix that contains the bucket is refused', async () => {
    const { code, stderr } = await plan('--location', 's3://logs', '--key-prefix', 's3://logs/org/trails');
    expect(code).toBe(2);
    expect(stderr).toContain('--key-prefix org/trails, or the whole address: --location s3://logs/org/trails');
  });
});

/** A bucket of these keys with an address in S3. */
async function inS3(...keys: string[]): Promise<ObjectStore> {
  const store = createMemoryStore('logs');
  for (const key of keys) await store.put(key, Buffer.from('x'));
  return { ...store, uri: 's3://logs' };
}

function sourceOf(flags: { location?: string; keyPrefix?: string }, file?: string): SourceSettings {
  if (file !== undefined) write('log_sources/aws_cloudtrail/log_source.yml', file);
  const { source } = loadSettings({ cwd, flags, env: { TEMPORAL_CONFIG_FILE: '' } });
  return source as SourceSettings;
}

const cureOf = async (store: ObjectStore, source: SourceSettings): Promise<string> =>
  (await noLogs(store, source)).cure ?? '';

describe('a bucket in S3', () => {
  it.each<[what: string, prefix: string, location: string, keyPrefix: string | undefined, flags: string]>([
    ['the root', 'org/trails/', 's3://logs', undefined, '--location s3://logs/org/trails'],
    [
      'the root with parameters',
      'org/',
      's3://logs?region=eu-west-1&profile=a',
      undefined,
      "--location 's3://logs/org?region=eu-west-1&profile=a'",
    ],
    ['AWSLogs', 'a/b/c/', 's3://logs/a/b/c/AWSLogs/', undefined, '--location s3://logs/a/b/c'],
    ['AWSLogs of the root', '', 's3://logs/AWSLogs', undefined, '--location s3://logs'],
    ['awslogs', '', 's3://logs/awslogs', undefined, '--location s3://logs'],
    ['an organization', '', 's3://logs/AWSLogs/o-abcde12345', undefined, '--location s3://logs'],
    [
      'an account',
      '',
      `s3://logs/AWSLogs/${ACCOUNT}/`,
      undefined,
      `--location s3://logs and, to limit a plan, backfill or audit, --account ${ACCOUNT}`,
    ],
    ['another case', 'Org/Trails/', 's3://logs/org/trails', undefined, '--location s3://logs/Org/Trails'],
    ['a prefix in both', 'org/', 's3://logs/org', 'org', "--location s3://logs/org --key-prefix ''"],
    ['a prefix with a quote', "it's/", 's3://logs', undefined, "--location 's3://logs/it'\\''s'"],
  ])('%s is answered with the correct address', async (_what, prefix, location, keyPrefix, flags) => {
    const store = await inS3(prefix + trailKey('one'));
    const text = await cureOf(store, sourceOf({ location, keyPrefix }));
    expect(text).toContain(`use ${flags}`);
    const [, address, , own] = suggested(text);
    const instead = sourceOf({ location: address, keyPrefix: own });
    expect(instead.keyPrefix).toBe(prefix.slice(0, -1));
    const config = { ...instead, ingest: INGEST };
    expect((await findSources({ config, bucket: store }, {}, NEVER)).sources).toHaveLength(1);
  });

  it('of s3_source has its prefix set there', async () => {
    const store = await inS3(`org/trails/${trailKey('one')}`);
    const file = 'ingest:\n  s3_source: {bucket_name: logs, region: eu-west-1}\n';
    expect(await cureOf(store, sourceOf({}, file))).toContain(
      'set ingest.s3_source.key_prefix: org/trails in log_source.yml, or use --key-prefix org/trails',
    );
  });

  it('the message says which of two prefixes applies', async () => {
    const store = await inS3(`org/${trailKey('one')}`);
    const file = 'ingest:\n  key_prefix: ""\n  s3_source: {bucket_name: logs, key_prefix: org}\n';
    const text = await cureOf(store, sourceOf({}, file));
    expect(text).toContain('set ingest.key_prefix: org in log_source.yml');
    expect(text).toContain('ingest.key_prefix ("") overrides ingest.s3_source.key_prefix ("org"), which is not used.');
  });

  it('may have a prefix that ends with a slash', async () => {
    const plain = await inS3();
    const store: ObjectStore = { ...plain, list: listOf(`logs//${trailKey('one')}`) };
    const text = await cureOf(store, sourceOf({ location: 's3://logs' }));
    expect(text).toContain('use --location s3://logs --key-prefix logs//');
    expect(sourceOf({ location: 's3://logs', keyPrefix: 'logs//' }).keyPrefix).toBe('logs/');
  });

  it('may deny listing above the prefix: the message has what is known', async () => {
    const list: ObjectStore['list'] = () => {
      throw new StorageAccessDenied('no');
    };
    const text = await cureOf({ ...(await inS3()), list }, sourceOf({ location: 's3://logs/AWSLogs' }));
    expect(text).toMatch(/check --location and --key-prefix/);
  });

  it('with many folders is searched within bounds, near ones first', async () => {
    const keys = Array.from({ length: 900 }, (_, index) => `folder-${index}/a/b/c/x`);
    const store = await inS3(...keys, `zz/Trails/${trailKey('one')}`);
    let listings = 0;
    const list: ObjectStore['list'] = (...args) => {
      listings++;
      return store.list(...args);
    };
    expect(await cureOf({ ...store, list }, sourceOf({ location: 's3://logs/ZZ/trails' }))).toContain(
      's3://logs/zz/Trails',
    );
    expect(listings).toBeLessThan(400);
  });

  it('gets the same message from a worker', async () => {
    const store = await inS3(`org/${trailKey('one')}`);
    const config = { location: 's3://logs', keyPrefix: '', ingest: INGEST };
    const mistake: unknown = await findSources({ config, bucket: store }, {}, NEVER).catch((error: unknown) => error);
    expect((mistake as UserMistake).cure).toContain('use --location s3://logs/org');
  });
});

/** Keys that no disk can store. */
function listOf(...keys: string[]): ObjectStore['list'] {
  return async function* (prefix) {
    const below = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const prefixes = new Set(below.map((rest) => `${prefix}${rest.slice(0, rest.indexOf('/') + 1)}`));
    if (prefixes.size > 0) yield { objects: [], prefixes: [...prefixes] };
  };
}

describe('a new project', () => {
  it('leaves the prefix of s3_source in force', () => {
    writeProject(cwd);
    const text = require('node:fs').readFileSync(
      join(cwd, 'log_sources/aws_cloudtrail/log_source.yml'),
      'utf8',
    ) as string;
    const file = text.replace(/^ {2}location: .*$/m, '  s3_source: {bucket_name: my-logs, key_prefix: org/trails}');
    expect(sourceOf({}, file)).toMatchObject({ location: 's3://my-logs', keyPrefix: 'org/trails' });
  });

  it('check says which of two prefixes applies', async () => {
    bucketAt('b');
    const file = 'ingest: {location: b, key_prefix: "", s3_source: {bucket_name: logs, key_prefix: org}}\n';
    write('log_sources/aws_cloudtrail/log_source.yml', file);
    const { code, stdout } = await runCommand(['check'], cwd);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'ingest.key_prefix ("") takes precedence over ingest.s3_source.key_prefix ("org"), which is not used.',
    );
    write('log_sources/aws_cloudtrail/log_source.yml', file.replace('""', 'org').replace('location: b', 'location: c'));
    bucketAt('c/org');
    expect((await runCommand(['check'], cwd)).stdout).not.toContain('takes precedence');
  });
});

test.each([
  ['a/b', undefined],
  ['/srv/AWSLogs', { before: '/srv', folder: 'AWSLogs' }],
  ['AWSLogs/x', { before: '', folder: 'AWSLogs' }],
  [
    `p/awslogs/o-abcde12345/${ACCOUNT}/CloudTrail-Digest`,
    { before: 'p', folder: 'awslogs', account: ACCOUNT, kind: 'CloudTrail-Digest' },
  ],
  [`AWSLogs/${ACCOUNT}/CloudTrail/cn-north-1/2024/02`, { days: { from: '2024-02-01', to: '2024-02-29' } }],
  [
    `AWSLogs/${ACCOUNT}/CloudTrail/xx-new-1/2024`,
    { region: 'xx-new-1', days: { from: '2024-01-01', to: '2024-12-31' } },
  ],
])('%s is taken apart', (path, parts) => {
  if (parts === undefined) expect(parseLogsPath(path)).toBeUndefined();
  else expect(parseLogsPath(path)).toMatchObject(parts);
});

test('words come back from a shell as they were', () => {
  const words = [
    '',
    'a b',
    "it's",
    '$HOME',
    '`id`',
    'a"b',
    's3://b/x?region=a&b=c',
    '*',
    'plain/path-1.0',
    '~',
    '!x',
    'é',
  ];
  expect(shellWords(words.map(shellQuote).join(' '))).toEqual(words);
});
