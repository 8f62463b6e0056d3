/** docs/configuration.md, docs/performance.md and docs/scale.md: each example loads, and no key is left out of the former. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CONVERSIONS } from '../../../config/column-settings';
import { PRIMITIVES } from '../../../config/field-types';
import { loadSettings } from '../../../config/load';
import { LOG_SOURCE_SHAPE, TABLE_FILE_SHAPE, TEMPORAL_SHAPE } from '../../../config/schema';
import { yamlBlocks } from '../../support/docs';

const PAGE = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');
const BLOCKS = ['configuration.md', 'performance.md', 'scale.md'].flatMap(yamlBlocks);
/** The first line of each example says which file it is. */
const FILE = /^# (\S+\.ya?ml)\n/;

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-docs-'));
  write('transform.ts', '');
  for (const name of ['City', 'ASN']) {
    writeFileSync(join(project, `GeoLite2-${name}.mmdb`), Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
  }
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

test('the page has examples', () => {
  expect(BLOCKS.length).toBeGreaterThan(8);
});

test.each(BLOCKS.map((text, index) => [index + 1, text] as const))('example %i loads', (_, text) => {
  const file = FILE.exec(text)?.[1] ?? 'no file named in its first line';
  if (file.includes('/tables/')) write('log_sources/aws_cloudtrail/log_source.yml', 'ingest: {location: ./bucket}\n');
  // What is verified needs the table of digests.
  if (text.includes('\nintegrity:')) write('log_sources/aws_cloudtrail/tables/digest.yml', '');
  write(file, text);
  const settings = loadSettings({ cwd: project, env: {}, flags: {} });
  expect(file === 'temporal.yaml' ? settings.cluster.embedded : settings.source?.files).toEqual(
    file === 'temporal.yaml' ? false : expect.arrayContaining([file]),
  );
});

/** Keys with a value of their own: what has further keys below it is named by those. */
function leaves(keys: Record<string, readonly string[]>): string[] {
  const all = Object.entries(keys).flatMap(([section, names]) =>
    names.map((name) => (section === '' ? name : `${section}.${name}`)),
  );
  return all.filter((key) => keys[key] === undefined && key !== 'schema');
}

test.each([
  ['log_source.yml', [...leaves(LOG_SOURCE_SHAPE.keys), 'schema.ecs_field_names', 'schema.fields']],
  ['tables', [...leaves(TABLE_FILE_SHAPE.keys), 'schema.ecs_field_names', 'schema.fields']],
  ['temporal.yaml', leaves(TEMPORAL_SHAPE.keys)],
  ['columns', ['name', 'type', 'from', 'convert', 'default', 'doc']],
])('every key of %s has its row', (_, keys) => {
  const rows = new Set([...PAGE.matchAll(/^\| `([^`]+)` *\|/gm)].map(([, key]) => key));
  expect(keys.filter((key) => !rows.has(key))).toEqual([]);
});

test('every type and every conversion is there', () => {
  const words = [...Object.keys(PRIMITIVES), ...Object.values(CONVERSIONS).flat()];
  expect(words.filter((word) => !PAGE.includes(`\`${word}\``))).toEqual([]);
});

test('Matano settings that Trailmill does not need are named', () => {
  const matanos = Object.keys(LOG_SOURCE_SHAPE.foreign ?? {}).filter((key) =>
    /^(managed|ingest\.(select|expand|comp|sqs))/.test(key),
  );
  expect(matanos.filter((key) => !PAGE.includes(`\`${key}\``))).toEqual([]);
});
