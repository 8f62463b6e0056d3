/** Each example of a configuration on any page loads, and docs/configuration.md leaves out no key. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CONVERSIONS } from '../../../config/column-settings';
import { PRIMITIVES } from '../../../config/field-types';
import { loadSettings } from '../../../config/load';
import { LOG_SOURCE_SHAPE, TABLE_FILE_SHAPE, TEMPORAL_SHAPE } from '../../../config/schema';
import { codeBlocks, PAGES } from '../../support/docs';

const PAGE = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');
const ALL = PAGES.flatMap(codeBlocks);
const BLOCKS = ALL.filter(({ language }) => /^ya?ml$/.test(language));
/** The first line of each example says which file it is; below log_sources/aws_cloudtrail/, the name is enough. */
const FILE = /^# (\S+\.ya?ml)(?::.*)?\n/;

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

test('the pages have examples', () => {
  expect(BLOCKS.filter(({ page }) => page === 'docs/configuration.md').length).toBeGreaterThan(8);
  expect(new Set(BLOCKS.map(({ page }) => page)).size).toBeGreaterThan(5);
});

test.each(BLOCKS.map(({ page, section, code }, index) => [page, section, index + 1, code] as const))(
  'the example of %s, %s (%i) loads',
  (_page, _section, _number, text) => {
    const named = FILE.exec(text)?.[1] ?? 'no file named in its first line';
    const file =
      named === 'log_source.yml' || named.startsWith('tables/') ? `log_sources/aws_cloudtrail/${named}` : named;
    const location = 'ingest: {location: ./bucket}\n';
    if (file.includes('/tables/')) write('log_sources/aws_cloudtrail/log_source.yml', location);
    // What is verified needs the table of digests.
    if (text.includes('\nintegrity:')) write('log_sources/aws_cloudtrail/tables/digest.yml', '');
    // A few lines of a file are on top of where the logs are.
    write(file, file.endsWith('/log_source.yml') && !text.includes('ingest:') ? text + location : text);
    const settings = loadSettings({ cwd: project, env: {}, flags: {} });
    if (file === 'temporal.yaml') expect(settings.cluster.embedded).toBe(!text.includes('address:'));
    else expect(settings.source?.files).toEqual(expect.arrayContaining([file]));
  },
);

const PROFILES = ALL.filter(({ language }) => language === 'toml').map(({ page, code }) => [page, code] as const);

test('the pages have profiles of Temporal', () => expect(PROFILES.length).toBeGreaterThan(1));

test.each(PROFILES)('the profile of %s is what the command line connects with: %s', (_, text) => {
  write('temporal.toml', text);
  const TEMPORAL_PROFILE = /^\[profile\.(\w+)\]/m.exec(text)?.[1];
  const env = { TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE: join(project, 'temporal.toml') };
  const { cluster } = loadSettings({ cwd: project, env, flags: {} });
  expect(cluster).toMatchObject({ embedded: false, address: /^address = "(.*)"$/m.exec(text)?.[1] });
  expect(cluster.apiKey ?? cluster.tls).toBeDefined();
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
