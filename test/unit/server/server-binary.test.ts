/** In which order a server is looked for; with shell scripts that act as the program, and installers that write one. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describeError, UserMistake } from '../../../errors/index.js';
import type { FindProgramOptions } from '../../../install/find-program.js';
import { defaultCacheDir } from '../../../install/install-once.js';
import type { Program } from '../../../install/program-install.js';
import { downloadProgram, type Installer } from '../../../install/program-install.js';
import { findServerBinary, SERVER_VERSION, TEMPORAL_CLI } from '../../../server/server-binary.js';

let directory: string;
let cacheDir: string;
let cached: string;
let lines: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-binary-'));
  cacheDir = join(directory, 'cache');
  cached = join(cacheDir, 'temporal', SERVER_VERSION, 'temporal');
  lines = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const WORKS =
  'case "$1" in --version) echo "temporal version 1.5.1 (Server 1.29.1)";; *) echo "--db-filename --http-port";; esac';
const NO_DEV = 'case "$1" in --version) echo "temporal version 0.1";; *) echo "unknown command" >&2; exit 1;; esac';

function program(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const fails = (reason: string): Installer & jest.Mock => jest.fn(async () => Promise.reject(new Error(reason)));
const installs = (): Installer & jest.Mock =>
  jest.fn(async (_program: Program, target: string) => void program(target, WORKS));

function find(over: Partial<FindProgramOptions> = {}): Promise<string> {
  return findServerBinary({
    env: { PATH: join(directory, 'bin') },
    cacheDir,
    log: (line) => lines.push(line),
    download: fails('no network'),
    build: fails('no Go'),
    ...over,
  });
}

test('first the one that is named', async () => {
  const named = program(join(directory, 'mine'), WORKS);
  program(join(directory, 'bin/temporal'), WORKS);
  const env = { PATH: join(directory, 'bin'), TRAILMILL_TEMPORAL_BINARY: named };
  expect(await find({ env })).toBe(named);
});

test.each([
  ['is not there', undefined, 'cannot be run (ENOENT)'],
  ['is another program', 'echo hello', 'is not the Temporal CLI'],
  ['fails', 'exit 3', 'is not the Temporal CLI'],
  ['has no server', NO_DEV, 'has no command `server start-dev`'],
  ['is too old', WORKS.replace(' --http-port', ''), 'is too old'],
])('a named one that %s is a mistake, and is not skipped', async (_name, script, reason) => {
  const named = join(directory, 'mine');
  if (script) program(named, script);
  program(join(directory, 'bin/temporal'), WORKS);
  program(cached, WORKS);
  const env = { PATH: join(directory, 'bin'), TRAILMILL_TEMPORAL_BINARY: named };
  const failure = await find({ env }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserMistake);
  expect(String(failure)).toContain(reason);
});

test('then the one on the PATH, unless it cannot run a server', async () => {
  program(cached, WORKS);
  const installed = program(join(directory, 'bin/temporal'), WORKS);
  expect(await find()).toBe(installed);
  program(installed, NO_DEV);
  expect(await find()).toBe(cached);
  expect(lines).toEqual([expect.stringContaining('start-dev')]);
});

test('then the cache, without asking the network', async () => {
  program(cached, WORKS);
  const [download, build] = [installs(), installs()];
  expect(await find({ download, build })).toBe(cached);
  expect(download).not.toHaveBeenCalled();
  expect(build).not.toHaveBeenCalled();
});

test('a broken file in the cache is replaced', async () => {
  program(cached, 'exit 1');
  expect(await find({ download: installs() })).toBe(cached);
});

test('then a download, then Go', async () => {
  const build = installs();
  expect(await find({ download: installs(), build })).toBe(cached);
  expect(build).not.toHaveBeenCalled();
  rmSync(cached);
  expect(await find({ build })).toBe(cached);
  expect(lines).toContain('Could not get a Temporal server by download: no network');
  expect(readdirSync(dirname(cached))).toEqual(['temporal']);
});

test('otherwise a mistake that lists what was tried and what to do', async () => {
  const failure = await find().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserMistake);
  expect(describeError(failure)).toMatchInlineSnapshot(`
"No Temporal server was found. Tried:
  - PATH: there is no \`temporal\`
  - download: no network
  - build: no Go Install the Temporal CLI (https://docs.temporal.io/cli), or Go and run \`go install github.com/temporalio/cli/cmd/temporal@v1.5.1\`, and set TRAILMILL_TEMPORAL_BINARY to it; or use an existing cluster: set TEMPORAL_ADDRESS."
`);
});

test('two concurrent ones install once', async () => {
  let calls = 0;
  const download: Installer = async (_program, target) => {
    calls++;
    await wait(600);
    program(target, WORKS);
  };
  expect(await Promise.all([find({ download }), find({ download })])).toEqual([cached, cached]);
  expect(calls).toBe(1);
  expect(lines).toContain('Another process is installing the Temporal server: waiting');
});

test.each([
  ['whose owner died', `999999999 ${hostname()}`, 0],
  ['of another machine that nobody touched for minutes', '1 elsewhere', 300],
])('a lock %s does not block, and neither do its leftovers', async (_name, content, secondsAgo) => {
  mkdirSync(join(dirname(cached), 'install-old'), { recursive: true });
  const lock = join(dirname(cached), 'lock');
  writeFileSync(lock, content);
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(lock, then, then);
  expect(await find({ download: installs() })).toBe(cached);
  expect(existsSync(lock)).toBe(false);
  expect(readdirSync(dirname(cached))).toEqual(['temporal']);
});

test('the cache is where the environment says', () => {
  expect(defaultCacheDir({ TRAILMILL_CACHE: '/c', HOME: '/h' })).toBe('/c');
  expect(defaultCacheDir({ HOME: '/h' })).toBe('/h/.cache/trailmill');
});

describe('download', () => {
  const realFetch = globalThis.fetch;
  afterEach(() => {
    globalThis.fetch = realFetch;
  });
  const download = () => downloadProgram(TEMPORAL_CLI, cached, { env: process.env, log: (line) => lines.push(line) });

  test('fails if nothing answers, and leaves nothing behind', async () => {
    globalThis.fetch = () => Promise.reject(Object.assign(new Error('fetch failed'), { cause: { code: 'ENOTFOUND' } }));
    await expect(download()).rejects.toThrow('https://temporal.download cannot be reached (ENOTFOUND)');
    expect(readdirSync(dirname(cached))).toEqual([]);
  });

  test('refuses a file that is not an archive', async () => {
    globalThis.fetch = async () => new Response('<html>', { status: 200 });
    await expect(download()).rejects.toThrow('cannot be unpacked');
    globalThis.fetch = async () => new Response('', { status: 503 });
    await expect(download()).rejects.toThrow('returned 503');
    expect(existsSync(cached)).toBe(false);
  });
});
