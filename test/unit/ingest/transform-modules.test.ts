/** The modules of a transform: all of them are frozen with a run, and none comes from elsewhere. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freezableRun } from '../../../client/run/freeze-run';
import type { Row } from '../../../cloudtrail/transform';
import { loadSettings } from '../../../config/load';
import { describeError } from '../../../errors/index';
import { loadTransform } from '../../../ingest/transforms/load';
import { freezeTransform } from '../../../ingest/transforms/modules';

let root: string;
let project: string;
const LOG_SOURCE = 'log_sources/aws_cloudtrail/log_source.yml';

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'trailmill-modules-')));
  project = join(root, 'project');
  write(LOG_SOURCE, 'ingest: {location: ./bucket}\ntransform: ./t.ts\n');
  write('t.ts', 'import { drop } from "./lib"; import teams from "./teams.json"; export default () => drop(teams);');
  write(
    'lib.ts',
    'import { known } from "known"; export const drop = (teams: string[]) => (known(teams) ? null : undefined);',
  );
  write('teams.json', '["red"]');
  write('node_modules/known/package.json', '{"name": "known", "main": "main.js"}');
  write('node_modules/known/main.js', 'exports.known = (teams) => require("./inner").has(teams);');
  write('node_modules/known/inner.js', 'exports.has = (teams) => teams.includes("red");');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): void {
  const path = join(project, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

const settings = () => loadSettings({ cwd: project, env: {}, flags: {} });
function frozen() {
  const all = settings();
  if (all.source === undefined) throw new Error('no source');
  const { input, memo } = freezableRun(all, all.source);
  return { input, memo };
}
const mistake = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return describeError(error).replaceAll(root, '<root>');
  }
  throw new Error('no mistake');
};

test('a run is frozen with the hash of every module: relative ones, JSON, and packages', () => {
  const { modules } = freezeTransform(join(project, 't.ts'), [project]);
  expect(Object.keys(modules ?? {})).toEqual([
    'lib.ts',
    'node_modules/known/inner.js',
    'node_modules/known/main.js',
    'teams.json',
  ]);
});

test.each([
  ['lib.ts', 'import { known } from "known"; export const drop = () => undefined;'],
  ['teams.json', '["blue"]'],
  ['node_modules/known/inner.js', 'exports.has = () => false;'],
  ['node_modules/known/main.js', 'exports.known = () => false;'],
])('another %s stops a run in progress, and gives another configuration', (name, text) => {
  const ref = freezeTransform(join(project, 't.ts'), [project]);
  const before = frozen();
  expect(loadTransform(ref)({} as Row)).toBeNull();
  write(name, text);
  // Another thread that has not loaded it yet.
  jest.isolateModules(() => {
    const fresh = require('../../../ingest/transforms/load') as typeof import('../../../ingest/transforms/load');
    expect(mistake(() => fresh.loadTransform(ref))).toMatch(
      /The transform <root>\/project\/t\.ts has changed since the run was started: \S+, which it imports, is different\./,
    );
  });
  // A thread that has loaded it continues with the version that the run was started with.
  expect(loadTransform(ref)({} as Row)).toBeNull();
  expect(frozen().input.config).not.toBe(before.input.config);
  expect(frozen().memo.configuration).not.toBe(before.memo.configuration);
  expect(loadTransform(freezeTransform(join(project, 't.ts')))({} as Row)).toBeUndefined();
});

test('a module that is gone, or is new, is reported', () => {
  const ref = freezeTransform(join(project, 't.ts'));
  write('node_modules/known/package.json', '{"name": "known", "main": "other.js"}');
  write('node_modules/known/other.js', 'exports.known = () => true;');
  expect(mistake(() => loadTransform(ref))).toMatch(/known\/inner\.js, which it imports, is different/);
});

test('the same files give the same reference', () => {
  expect(freezeTransform(join(project, 't.ts'))).toEqual(freezeTransform(join(project, 't.ts')));
  expect(frozen()).toEqual(frozen());
});

test('a transform without imports has the reference of earlier versions', () => {
  write('t.ts', 'export default () => null;');
  expect(Object.keys(freezeTransform(join(project, 't.ts')))).toEqual(['path', 'sha256']);
});

test('an import from outside of the project is refused when a run is started, and by the worker', () => {
  writeFileSync(join(root, 'outside.ts'), 'export default () => null;');
  symlinkSync(join(root, 'outside.ts'), join(project, 'inside.ts'));
  for (const from of ['../outside', './inside', join(root, 'outside')]) {
    write('t.ts', `export { default } from ${JSON.stringify(from)};`);
    const expected = /t\.ts imports <root>\/outside\.ts, which is outside the project <root>\/project\./;
    expect(mistake(frozen)).toMatch(expected);
    const ref = freezeTransform(join(project, 't.ts'));
    expect(mistake(() => loadTransform(ref, '', [project]))).toMatch(expected);
  }
  write('temporal.yaml', 'worker: {allow: {files: [../outside.ts]}}\n');
  expect(frozen().input.config).toMatch(/_trailmill\/config/);
});

test('a transform and a database outside of the project are mistakes of their file, with line and cure', () => {
  writeFileSync(join(root, 'outside.ts'), '');
  writeFileSync(join(root, 'city.mmdb'), Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
  write(LOG_SOURCE, 'ingest: {location: ./b}\ntransform: ../outside.ts\nenrich: {geoip: {city: ../city.mmdb}}\n');
  const said = mistake(settings);
  expect(said).toMatch(
    /log_source\.yml:2:12 {2}<root>\/outside\.ts is outside the project, so no worker would use it\. Move it into the project, or add it to worker\.allow\.files in temporal\.yaml\./,
  );
  expect(said).toMatch(/log_source\.yml:3:24 {2}enrich\.geoip\.city: <root>\/city\.mmdb is outside the project/);
  write('temporal.yaml', 'worker: {allow: {files: [.., ], warehouses: ./other}}\n');
  expect(settings().worker.allow).toEqual({ files: [root], warehouses: [`file://${project}/other`] });
});

test('the values that worker.allow may have', () => {
  write('temporal.yaml', 'worker:\n  allow:\n    files: [1]\n    warehouses: "ftp://x"\n    file: x\n');
  expect(mistake(settings)).toMatch(
    /temporal\.yaml:3:12 {2}worker\.allow\.files .*Allowed: a list of files and directories/,
  );
  write('temporal.yaml', 'worker:\n  allow:\n    warehouses: ["ftp://x"]\n');
  expect(mistake(settings)).toMatch(
    /temporal\.yaml:3:17 {2}worker\.allow\.warehouses: The location ftp:\/\/x has an unknown/,
  );
});

test('a package that cannot be bundled is named', () => {
  write('t.ts', 'export default (row) => require(row.name);');
  const transform = loadTransform(freezeTransform(join(project, 't.ts')));
  expect(() => transform({} as Row)).toThrow();
  write('t.ts', 'const name = "no" + "thing"; require(name); export default () => null;');
  expect(mistake(() => loadTransform(freezeTransform(join(project, 't.ts'))))).toMatch(
    /cannot be loaded: Cannot find module 'nothing'\. A transform must import modules by constant names/,
  );
});
