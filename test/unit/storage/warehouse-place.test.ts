/** Valid locations of a warehouse: those that every reader can open, and that are separate from the CloudTrail files. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDirectories } from '../../../storage/make-directory';
import { normalizeWarehouse, overlapError } from '../../../storage/warehouse-place';
import { runCommand } from '../../support/run-command';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trailmill-place-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A project in `directory` that is valid except for `yaml` and the flags. */
function projectIn(directory: string, yaml = 'ingest: {location: ./bucket}\n'): string {
  const project = join(root, directory);
  mkdirSync(join(project, 'bucket/AWSLogs/123456789012/CloudTrail'), { recursive: true });
  writeFileSync(join(project, 'bucket/AWSLogs/123456789012/CloudTrail/x.json.gz'), '');
  mkdirSync(join(project, 'log_sources/x'), { recursive: true });
  writeFileSync(join(project, 'log_sources/x/log_source.yml'), yaml);
  return project;
}

async function refused(project: string, ...flags: string[]): Promise<string> {
  const before = readdirSync(root, { recursive: true }).length;
  const { code, stdout, stderr } = await runCommand(['check', ...flags], project);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(readdirSync(root, { recursive: true }).length).toBe(before);
  return stderr;
}

const REFUSED: [what: string, name: string, said: string][] = [
  ['a number sign', 'a#b', 'has # in its path'],
  ['a question mark', 'a?b', 'has ? in its path'],
  ['a percent sign', 'a%41b', 'has % in its path'],
  ['a backslash', 'a\\b', 'has \\ in its path'],
  ['a double quote', 'a"b', 'has " in its path'],
  ['a star', 'a*b', 'has * in its path'],
  ['a line break', 'a\nb', 'character \\n in its path'],
  ['a tab', 'a\tb', 'character \\t in its path'],
  ['an escape', 'a\u001b[2Jb', 'character \\u001b in its path'],
  ['DEL', 'a\u007fb', 'character \\u007f in its path'],
  ['an override of the direction', 'a\u202eb', 'character \\u202e in its path'],
  ['a zero-width space', 'a\u200bb', 'character \\u200b in its path'],
  ['a line separator', 'a\u2028b', 'character \\u2028 in its path'],
  ['a no-break space', 'a\u00a0b', 'which was not tested with all readers'],
  ['an emoji', 'a😀b', 'which was not tested with all readers'],
  ['a space at the beginning', 'x/ a', 'has a leading or trailing space in " a"'],
  ['a space at the end', 'a /x', 'has a leading or trailing space in "a "'],
  ['a name that is too long', 'x'.repeat(256), 'has a name of more than 255 bytes'],
  ['a path that is too long', 'x/'.repeat(1_100), 'has a path of more than 2048 bytes'],
  ['a path that is far too long', 'x/'.repeat(100_000), 'is longer than 4096 bytes'],
];

describe('a warehouse on disk', () => {
  it.each(REFUSED)('with %s is refused, at its line or by its flag', async (_, name, said) => {
    const byFlag = await refused(projectIn('p'), '--warehouse', `./${name}`);
    expect(byFlag).toContain('trailmill: --warehouse: The ');
    expect(byFlag).toContain(said);
    const inFile = projectIn('p', `ingest: {location: ./bucket}\n\nwarehouse: ${JSON.stringify(`./${name}`)}\n`);
    const told = await refused(inFile);
    expect(told).toContain('log_sources/x/log_source.yml:3:12  warehouse: The ');
    expect(told).toContain(said);
    if (/in its path|space/.test(said)) expect(told).toContain('letters, digits, spaces within names, and ! $ &');
  });

  it('is also refused in worker.allow.warehouses', async () => {
    const project = projectIn('p');
    writeFileSync(join(project, 'temporal.yaml'), 'worker:\n  allow:\n    warehouses: ["./a#b"]\n');
    expect(await refused(project)).toMatch(
      /temporal\.yaml:3:\d+ {2}worker\.allow\.warehouses: The warehouse .*a#b has # /,
    );
  });

  it('is refused because of the name of the project folder', async () => {
    const project = projectIn('my #1 project');
    const said = await refused(project);
    expect(said).toMatch(
      /log_source\.yml:1:1 {2}warehouse: The warehouse .*my #1 project\/warehouse has # in its path/,
    );
    // In another folder it is accepted.
    const { code } = await runCommand(['check', '--warehouse', join(root, 'elsewhere')], project);
    expect(code).toBe(0);
  });

  it('is also refused without any file', async () => {
    const project = join(root, 'a#b');
    mkdirSync(project);
    const { code, stderr } = await runCommand(['query', 'SELECT 1'], project);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('a#b/warehouse has # in its path') });
  });

  it.each(["it's [a] warehouse", 'ünïcode 日本', "all !$&'()+,-.:;=@_<>[]^`{|}~"])('may be called %s', async (name) => {
    const { code, stdout } = await runCommand(['check', '--warehouse', name], projectIn('my project'));
    expect(stdout).toContain('is writable');
    expect(code).toBe(0);
  });

  it('as a URI is exactly that directory, or is refused', () => {
    expect(normalizeWarehouse(`file://${root}/a%20b`, '/')).toBe(`file://${root}/a%20b`);
    for (const uri of ['file:///a#b', 'file:///a?b', 'file:///a\\b', 'file:///a\nb'])
      expect(() => normalizeWarehouse(uri, '/')).toThrow('which must be escaped in URIs');
    for (const uri of ['file:///a%23b', 'file:///a%3Fb', 'file:///a%25b', 'file:///a%0Ab'])
      expect(() => normalizeWarehouse(uri, '/')).toThrow('in its path');
    expect(() => normalizeWarehouse('a\0b', '/')).toThrow('NUL');
    expect(() => normalizeWarehouse('a\ud800b', '/')).toThrow('an unpaired surrogate');
  });
});

describe('a warehouse in S3', () => {
  it.each([...'#%\\"*[]{}^`<>|~', '\n', '\u202e', '😀'])('with %j in its prefix is refused', (character) => {
    expect(() => normalizeWarehouse(`s3://lake/a${character}b`, '/')).toThrow('in its path');
  });

  it.each([
    's3://lake/a?b',
    's3://lake/a/../b',
    's3://lake/./a',
    's3://lake/..',
    `s3://lake/${'x/'.repeat(300)}`,
    's3://lake/a /b',
  ])('%s is refused', (uri) => {
    expect(() => normalizeWarehouse(uri, '/')).toThrow();
  });

  it.each(['s3://lake', "s3://lake/ware house/a!$&'()+,-.:;=@_b", 's3://lake/日本', 's3://lake/...', 's3://lake/a..b'])(
    '%s is taken',
    (uri) => {
      expect(normalizeWarehouse(uri, '/')).toBe(uri);
    },
  );

  it('is refused for new tables of a REST catalog, whose own name for its warehouse may be anything', async () => {
    const yaml = (more: string) =>
      `ingest: {location: ./bucket}\ncatalog: {type: rest, uri: "http://127.0.0.1:1", warehouse: "a#b?c%41", ${more}}\n`;
    expect(await refused(projectIn('p', yaml('location: "s3://lake/a#b"')))).toContain(
      'log_source.yml:2:83  catalog.location: The location of new tables s3://lake/a#b has # in its path',
    );
    const { code, stdout } = await runCommand(['check', '--json'], projectIn('p', yaml('prefix: x')));
    expect({ code, catalog: JSON.parse(stdout).source.catalog.rest.warehouse }).toEqual({
      code: 1,
      catalog: 'a#b?c%41',
    });
  });
});

describe('a location where no directory is possible', () => {
  (process.platform === 'linux' ? it : it.skip).each([
    '/proc/self',
    '/proc/self/fd',
    '/sys',
    '/sys/kernel',
    '/dev/null',
    '/dev/fd',
    '/dev',
  ])('%s is refused at once', async (place) => {
    expect(await refused(projectIn('p'), '--warehouse', place)).toContain('in a virtual file system');
  });

  it('a file, a path below one, a dangling link, and a link into /proc are refused', async () => {
    const project = projectIn('p');
    writeFileSync(join(project, 'file'), '');
    symlinkSync('nothing', join(project, 'link'));
    expect(await refused(project, '--warehouse', 'file')).toContain('p/file is not a directory');
    expect(await refused(project, '--warehouse', 'file/x/y')).toMatch(
      /x\/y is below .*p\/file, which is not a directory/,
    );
    expect(await refused(project, '--warehouse', 'link')).toContain('is a dangling symbolic link');
    expect(await refused(project, '--warehouse', 'link/x')).toContain('is below a dangling symbolic link');
    if (process.platform !== 'linux') return;
    symlinkSync('/proc/self', join(project, 'self'));
    const { code, stderr } = await runCommand(['check', '--warehouse', 'self/x'], project);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('virtual file system') });
  });

  (existsSync('/proc/self') ? it : it.skip)('creating one in /proc ends with an error', async () => {
    await expect(makeDirectories('/proc/self/a/b/c')).rejects.toThrow('does not support it');
  });

  it('directories are created with their parents, by several processes at once', async () => {
    const path = join(root, 'a/b/c');
    const first = await Promise.all([1, 2, 3, 4].map(() => makeDirectories(path)));
    expect(existsSync(path)).toBe(true);
    expect(first).toContain(join(root, 'a'));
    expect(await makeDirectories(path)).toBeUndefined();
    writeFileSync(join(root, 'file'), '');
    await expect(makeDirectories(join(root, 'file/x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('below a link to an unmounted disk they are not created, and the call is retried', async () => {
    symlinkSync(join(root, 'not-mounted'), join(root, 'data'));
    for (const path of ['data', 'data/day'])
      await expect(makeDirectories(join(root, path))).rejects.toMatchObject({
        name: 'StorageUnavailable',
        message: `${join(root, 'data')} is a symbolic link to a place that does not exist.`,
        cure: expect.stringContaining('Mount'),
      });
  });
});

describe('a warehouse and the CloudTrail files', () => {
  it.each([
    ['s3://logs', 's3://logs', '', 'is the same location as'],
    ['s3://logs/lake', 's3://logs', '', 'is inside'],
    ['s3://logs', 's3://logs', 'a/b', 'contains'],
    ['s3://logs/a', 's3://logs', 'a/b', 'contains'],
    ['s3://logs/a/b/c', 's3://logs', 'a/b', 'is inside'],
    ['s3://logs/a/b/AWSLogs', 's3://logs', 'a/b/', 'is inside'],
    ['s3://logs/log', 's3://logs', 'logs', undefined],
    ['s3://logs/logs', 's3://logs', 'log', undefined],
    ['s3://logs/a/c', 's3://logs', 'a/b', undefined],
    ['s3://lake/a', 's3://logs', 'a', undefined],
    ['s3://logs?region=eu-west-1', 's3://logs?profile=audit', '', 'is the same location as'],
    [
      's3://logs?endpoint=http://localhost:7070',
      's3://logs?endpoint=http://127.0.0.1:7070',
      '',
      'is the same location as',
    ],
    ['s3://logs?endpoint=http://127.0.0.1:7070', 's3://logs', '', 'is the same location as'],
    [
      's3://logs?endpoint=http://127.0.0.1:7070',
      's3://logs?endpoint=https://s3.eu-west-1.amazonaws.com',
      '',
      undefined,
    ],
    ['file:///srv/logs/lake', 's3://logs', '', undefined],
  ])('%s, and the files at %s below "%s": %s', (warehouse, location, keyPrefix, where) => {
    const mistake = overlapError(warehouse, location, keyPrefix);
    if (where === undefined) expect(mistake).toBeUndefined();
    else expect(mistake?.message).toContain(` ${where} s3://logs`);
  });

  it.each([
    ['bucket', 'is the same location as'],
    ['bucket/', 'is the same location as'],
    ['bucket/lake', 'is inside'],
    ['bucket/AWSLogs', 'is inside'],
    ['x/../bucket/lake', 'is inside'],
    ['.', 'contains'],
    ['..', 'contains'],
    ['/', 'contains'],
    ['link', 'is the same location as'],
    ['link/new/lake', 'is inside'],
    ['into', 'is inside'],
  ])('on disk, %s is refused: it %s the bucket', async (warehouse, where) => {
    const project = projectIn('p');
    symlinkSync('bucket', join(project, 'link'));
    symlinkSync('bucket/AWSLogs', join(project, 'into'));
    expect(await refused(project, '--warehouse', warehouse)).toMatch(
      new RegExp(`--warehouse: The warehouse \\S+ ${where} .*p/bucket, where the CloudTrail files are`),
    );
  });

  it('are also detected if the bucket is the link, and if no warehouse is configured', async () => {
    const project = projectIn('p', 'ingest: {location: ./link}\nwarehouse: bucket/lake\n');
    symlinkSync('bucket', join(project, 'link'));
    expect(await refused(project)).toContain('log_source.yml:2:12  warehouse: The warehouse');
    expect(await refused(projectIn('q', 'ingest: {location: .}\n'))).toMatch(/q\/warehouse is inside .*q, where/);
    expect(await refused(projectIn('q'), '--location', '.')).toContain('--location: The warehouse');
  });

  it('may be side by side, with a common name prefix', async () => {
    const project = projectIn('p');
    for (const warehouse of ['bucket2', 'buck', 'x/bucket']) {
      mkdirSync(dirname(join(project, warehouse)), { recursive: true });
      const { code } = await runCommand(['check', '--warehouse', warehouse], project);
      expect(code).toBe(0);
    }
  });
});

describe('the location of the CloudTrail files', () => {
  it.each(['a#b', 'a?b', 'a%41', 'a\\b', 'a\nb', ' a', 'a*[b]', 'a"b', '日本😀'])(
    'may be called %j: only Trailmill reads it',
    async (name) => {
      const project = projectIn('p');
      mkdirSync(join(project, name, 'AWSLogs/123456789012/CloudTrail'), { recursive: true });
      writeFileSync(join(project, name, 'AWSLogs/123456789012/CloudTrail/x.json.gz'), '');
      const { code } = await runCommand(['check', '--location', `./${name}`], project);
      expect(code).toBe(0);
    },
  );
});
