/** `trailmill --version` says what a report of an error needs, and neither installs nor starts anything. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SERVER_VERSION } from '../../../server/server-binary';
import { runCommand } from '../../support/run-command';

const manifest = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-version-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Writes a program that prints this; returns its directory. */
function writeServer(path: string, says: string): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo '${says}'\n`, { mode: 0o755 });
  return dirname(file);
}

/** `env`: without a PATH and with an empty cache, unless it says so. */
const version = (env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
  runCommand(['--version', ...more], directory, undefined, {
    env: { TEMPORAL_CONFIG_FILE: '', TRAILMILL_CACHE: join(directory, 'cache'), ...env },
  });

test('names Trailmill, the build, Node, Temporal and DuckDB', async () => {
  const PATH = writeServer('bin/temporal', 'temporal version 1.6.0 (Server 1.30.2, UI 2.45.0)');
  const { code, stdout, stderr } = await version({ PATH });
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe(`trailmill ${manifest.version}`);
  expect(lines[1]).toMatch(/^ {2}build {12}([0-9a-f]{12} of \d{4}-\d\d-\d\d(, with changes)?|not from a clone)$/);
  expect(lines.slice(2)).toEqual([
    `  Node             ${process.versions.node}, ${process.platform} ${process.arch}`,
    '  Temporal server  1.30.2 (CLI 1.6.0, from PATH)',
    `  Temporal SDK     ${manifest.dependencies['@temporalio/worker']}`,
    `  DuckDB           ${manifest.dependencies['@duckdb/node-api'].replace(/-r\.\d+$/, '')}`,
  ]);
});

test('for programs, it is one JSON value', async () => {
  const PATH = writeServer('bin/temporal', 'temporal version 1.6.0 (Server 1.30.2, UI 2.45.0)');
  const { stdout } = await version({ PATH }, '--json');
  expect(JSON.parse(stdout)).toEqual({
    version: manifest.version,
    build: expect.anything(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    temporal: {
      sdk: manifest.dependencies['@temporalio/worker'],
      server: { path: join(PATH, 'temporal'), from: 'PATH', cli: '1.6.0', server: '1.30.2' },
    },
    duckdb: '1.5.5',
  });
});

test.each([
  ['is not installed yet', undefined, {}, `not installed yet: CLI ${SERVER_VERSION} will be`],
  // `go install` gives the program no version of its own.
  [
    'was built into the cache',
    `cache/temporal/${SERVER_VERSION}/temporal`,
    {},
    `1.29.1 (CLI ${SERVER_VERSION}, from the cache)`,
  ],
  [
    'is named by the environment',
    'mine/temporal',
    { TRAILMILL_TEMPORAL_BINARY: 'mine/temporal' },
    '1.29.1 (CLI 0.0.0-DEV, from TRAILMILL_TEMPORAL_BINARY)',
  ],
])('the server %s', async (_, path, env: NodeJS.ProcessEnv, said) => {
  if (path !== undefined) writeServer(path, 'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)');
  const named = env.TRAILMILL_TEMPORAL_BINARY;
  const { code, stdout } = await version(named ? { TRAILMILL_TEMPORAL_BINARY: join(directory, named) } : env);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`  Temporal server  ${said}\n`)]);
});

test('a server that does not say its version is named, and is no error', async () => {
  const PATH = writeServer('bin/temporal', 'hello');
  const { code, stdout } = await version({ PATH });
  expect(code).toBe(0);
  expect(stdout).toContain(`unknown: \`${join(PATH, 'temporal')} --version\` does not say (from PATH)`);
});
