/** YAML that is made to keep the parser busy, or to fill memory, ends at once with a message that names the file, the line and the limit. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { limitMistake, MAX_LEVELS, repeatedKeys } from '../../../config/yaml-limits';
import { runCommand } from '../../support/run-command';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-yaml-'));
  mkdirSync(join(project, 'log_sources/x/tables'), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const FILES = ['temporal.yaml', 'log_sources/x/log_source.yml', 'log_sources/x/tables/default.yml'] as const;
/** Milliseconds. Far above what it takes (some 100), and far below what a parser without limits takes. */
const LIMIT = 10_000;

async function check(file: string, text: string): Promise<string> {
  writeFileSync(join(project, file), text);
  const before = performance.now();
  const { code, stdout, stderr } = await runCommand(['check'], project);
  expect(performance.now() - before).toBeLessThan(LIMIT);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).not.toMatch(/ at .*\.(ts|js):\d|Maximum call stack|Unexpected/);
  expect(stderr.length).toBeLessThan(100_000);
  return stderr;
}

const times = (count: number, text: (at: number) => string) => Array.from({ length: count }, (_, at) => text(at));

const DEEP: Record<string, string> = {
  'flow maps': `\nx: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`,
  'flow maps without an end': `\nx: ${'{a: '.repeat(20_000)}`,
  'flow lists': `\nx: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`,
  'flow maps in lists': `\nx: ${'[{a: '.repeat(10_000)}`,
  'just above the limit': `\nx: ${'['.repeat(MAX_LEVELS + 1)}${']'.repeat(MAX_LEVELS + 1)}\n`,
  sections: `\n${times(500, (at) => `${' '.repeat(at)}a:\n`).join('')}`,
  'lists on one line': `\n${'- '.repeat(50_000)}x\n`,
  'explicit keys': `\n${'? '.repeat(50_000)}x\n`,
  'lists in keys': `\n${'? - '.repeat(20_000)}x\n`,
};

describe.each(FILES)('%s', (file) => {
  it.each(Object.keys(DEEP))('is not read if it nests too deeply: %s', async (name) => {
    const said = await check(file, DEEP[name]);
    expect(said).toMatch(new RegExp(`${file}:\\d+:\\d+ {2}.* nested more than ${MAX_LEVELS} levels deep`));
    if (name !== 'sections') expect(said).toContain(`${file}:2:`);
  });

  it('is not read if it is larger than the limit', async () => {
    expect(await check(file, '# a comment\n'.repeat(100_000))).toContain(`${file}  The file is larger than 256 KiB`);
  });

  it('says which aliases expand to too much', async () => {
    const laughs = times(
      12,
      (at) => `a${at}: &a${at} [${times(9, () => (at === 0 ? 'lol' : `*a${at - 1}`)).join(', ')}]\n`,
    );
    expect(await check(file, laughs.join(''))).toMatch(new RegExp(`${file}:2:\\d+ {2}Nested aliases \\(\\*name\\)`));
  });

  it('says if aliases nest too deeply', async () => {
    // Each one is in the one before it: nothing of this is nested as it is written.
    const chain = times(6_000, (at) => `a${at}: &a${at} [${at === 0 ? 'x' : `*a${at - 1}`}]\n`).join('');
    expect(await check(file, chain)).toMatch(new RegExp(`${file}.*(nested more than|Nested aliases)`));
  });

  it('does not repeat a very long key or value', async () => {
    for (const text of [`${'k'.repeat(200_000)}: 1\n`, `name: "${'v'.repeat(200_000)}"\n`]) {
      const said = await check(file, text);
      expect(said).toContain(`${file}:1:`);
      expect(said.length).toBeLessThan(5_000);
    }
  });

  it('names the first of very many mistakes, and how many more there are', async () => {
    const said = await check(file, times(25_000, (at) => `k${at}: 1\n`).join(''));
    expect(said).toContain(`${file}:1:1  k0 is an unknown key.`);
    expect(said).toContain('There are 24950 more errors in this file.');
  });

  it('reports duplicate keys, however many there are', async () => {
    expect(await check(file, times(25_000, () => 'name: 1\n').join(''))).toContain(
      `${file}:2:1  This key occurs twice in its section.`,
    );
  });
});

describe('the limits', () => {
  it('accept everything that a configuration can have', () => {
    const type = (depth: number): string =>
      depth === 0 ? 'string' : `{type: struct, fields: [{name: f, type: ${type(depth - 1)}}]}`;
    expect(limitMistake(`schema: {fields: [{name: team, type: ${type(25)}}]}`)).toBeUndefined();
    const columns = times(
      2_000,
      (at) => `    - {name: team.column_${at}, type: string, from: requestParameters.value${at}}\n`,
    );
    expect(limitMistake(`schema:\n  fields:\n${columns.join('')}`)).toBeUndefined();
    expect(limitMistake(`x: ${'['.repeat(MAX_LEVELS - 1)}${']'.repeat(MAX_LEVELS - 1)}`)).toBeUndefined();
    // One after the other is not one in the other.
    expect(limitMistake('- {a: [1]}\n'.repeat(10_000))).toBeUndefined();
  });

  it('find the keys that the parser would find', () => {
    const text = 'a: 1\nb: {c: 1, c: 2}\na: 2\n"a": 3\nd: [{e: 1}, {e: 1}]\n';
    const own = parseDocument(text, { prettyErrors: false });
    const found = repeatedKeys(parseDocument(text, { uniqueKeys: false }));
    expect(found.map(({ offset }) => offset).sort()).toEqual(own.errors.map(({ pos }) => pos[0]).sort());
    expect(found).toHaveLength(3);
  });
});
