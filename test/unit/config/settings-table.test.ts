/** Every setting is in the tables of config/, and what is made of them has every setting and is up to date. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { ProgramEnvironment } from '../../../client/options/define';
import { createProgram } from '../../../client/program';
import { LOG_SOURCE_EXAMPLE, TEMPORAL_EXAMPLE } from '../../../config/examples';
import { jsonSchemaOf } from '../../../config/json-schema';
import { LOG_SOURCE_TABLE, TABLE_FILE_TABLE } from '../../../config/log-source-table';
import { LOG_SOURCE_SHAPE, TABLE_FILE_SHAPE, TEMPORAL_SHAPE } from '../../../config/schema';
import { isSection, placedMembers, type Section, withDefaults, withoutLinks } from '../../../config/setting';
import { TEMPORAL_TABLE } from '../../../config/temporal-table';
import { CONFIGURATION_PAGE, configurationPage, settingsFiles } from '../../../dev/scripts/docs/settings';

const ROOT = join(__dirname, '../../..');
const PAGE = readFileSync(join(ROOT, CONFIGURATION_PAGE), 'utf8');

/** Each file: its table, its check, and its JSON Schema as the JSON that editors read. */
const FILES = {
  'temporal.yaml': { table: TEMPORAL_TABLE as Section, shape: TEMPORAL_SHAPE },
  'log_source.yml': { table: LOG_SOURCE_TABLE as Section, shape: LOG_SOURCE_SHAPE },
  tables: { table: TABLE_FILE_TABLE as Section, shape: TABLE_FILE_SHAPE },
};
type FileName = keyof typeof FILES;

const jsonOf = (name: FileName) => JSON.parse(JSON.stringify(jsonSchemaOf(FILES[name].table, name)));
const editor = (name: FileName): z.ZodType => z.fromJSONSchema(jsonOf(name));

/** What an editor and what the check say of a value. */
function verdicts(name: FileName, value: unknown): { editor: boolean; check: boolean } {
  return { editor: editor(name).safeParse(value).success, check: FILES[name].shape.schema.safeParse(value).success };
}

/** `{worker: {threads: 3}}` of `worker.threads` and 3. */
function nested(path: string, value: unknown): Record<string, unknown> {
  const [first, ...rest] = path.split('.');
  return { [first]: rest.length === 0 ? value : nested(rest.join('.'), value) };
}

describe('what is made of the tables is up to date; `npm run docs` writes it again', () => {
  test.each(Object.entries(settingsFiles()))('%s', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  });

  test(CONFIGURATION_PAGE, () => {
    expect(configurationPage(PAGE)).toBe(PAGE);
  });
});

/** Dotted paths of all keys that a template has, in comments too. */
function keysOf(template: string): Set<string> {
  const found = new Set<string>();
  const above: string[] = [];
  for (const line of template.replaceAll('# ', '').split('\n')) {
    const [, indent, key] = /^((?: {2})*)([a-z][a-z_0-9]*):(?: |$)/.exec(line) ?? [];
    if (key === undefined) continue;
    above.splice(indent.length / 2, above.length, key);
    found.add(above.join('.'));
  }
  return found;
}

describe.each(Object.keys(FILES) as FileName[])('every setting of %s', (name) => {
  const { table, shape } = FILES[name];
  const settings = placedMembers(table).filter(({ member }) => !isSection(member));

  test('is in the check', () => {
    const unchecked = placedMembers(table).filter(({ member }) => isSection(member) && member.unchecked);
    const checked = Object.entries(shape.keys).flatMap(([section, keys]) =>
      keys.map((key) => (section === '' ? key : `${section}.${key}`)),
    );
    const known = placedMembers(table)
      .map(({ path }) => path)
      .filter((path) => !unchecked.some((section) => path.startsWith(`${section.path}.`)));
    expect(checked.sort()).toEqual(known.sort());
  });

  test('is in the JSON Schema, with its description', () => {
    for (const { path, member } of settings) {
      const schema = path.split('.').reduce((at, key) => {
        const section = at.anyOf?.find((one: { properties?: object }) => one.properties) ?? at;
        return section.properties[key];
      }, jsonOf(name));
      expect([path, schema?.description]).toEqual([path, withoutLinks(member.description)]);
    }
  });

  test('is in the docs', () => {
    const start = PAGE.indexOf(`<!-- settings of ${name}`);
    const part = PAGE.slice(start, PAGE.indexOf('<!-- end of settings -->', start));
    const rows = new Set([...part.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key));
    expect(settings.map(({ path }) => path).filter((path) => !rows.has(path))).toEqual([]);
  });

  test('has a default that its own check accepts', () => {
    for (const { path, member } of settings) {
      if (isSection(member) || member.default === undefined) continue;
      expect([path, verdicts(name, nested(path, member.default))]).toEqual([path, { editor: true, check: true }]);
    }
  });
});

test.each([
  ['temporal.yaml', TEMPORAL_EXAMPLE],
  ['log_source.yml', LOG_SOURCE_EXAMPLE],
] as const)('every setting of %s is in its template, which the JSON Schema accepts', (name, template) => {
  const keys = keysOf(template);
  const paths = placedMembers(FILES[name].table).map(({ path }) => path);
  expect(paths.filter((path) => !keys.has(path))).toEqual([]);
  expect(editor(name).safeParse(parseDocument(template).toJS())).toMatchObject({ success: true });
});

test('whole numbers: check and JSON Schema have the same bounds', () => {
  const bounded = Object.entries(FILES).flatMap(([name, { table }]) =>
    placedMembers(table).flatMap(({ path, member }) => {
      if (isSection(member) || member.kind.json.type !== 'integer') return [];
      const { minimum, maximum } = member.kind.json as { minimum: number; maximum: number };
      return [{ name: name as FileName, path, minimum, maximum }];
    }),
  );
  expect(bounded.length).toBeGreaterThan(15);
  for (const { name, path, minimum, maximum } of bounded) {
    const of = (value: unknown) => verdicts(name, nested(path, value));
    for (const value of [minimum, maximum]) {
      // The tasks of a worker have a bound of their own: its cache.
      const isRight = { editor: true, check: path !== 'worker.max_concurrent_workflow_tasks' || value < 100 };
      expect([path, value, of(value)]).toEqual([path, value, isRight]);
    }
    for (const value of [minimum - 1, maximum + 1, minimum + 0.5, String(minimum)]) {
      expect([path, value, of(value)]).toEqual([path, value, { editor: false, check: false }]);
    }
  }
});

test.each([
  ['temporal.yaml', 'worker.treads', 4],
  ['temporal.yaml', 'temporal.address', 'http://temporal.example.com'],
  ['temporal.yaml', 'temporal.tls', 'yes'],
  ['temporal.yaml', 'temporal.tls', { server_name: '' }],
  ['temporal.yaml', 'ingest.batch_size', '64 MB'],
  ['temporal.yaml', 'ingest.batch_size', 1023],
  ['temporal.yaml', 'worker.activity_task_pollers', 'many'],
  ['temporal.yaml', 'worker.deployment', 'a.b'],
  ['temporal.yaml', 'schedule.every', 'week'],
  ['temporal.yaml', 'schedule.at', '25:00'],
  ['temporal.yaml', 'schedule.time_zone', '+02:00'],
  ['temporal.yaml', 'schedule.deep', { weekday: 'someday' }],
  ['log_source.yml', 'name', 'My-Logs'],
  ['log_source.yml', 'ingest.s3_source.bucket_name', 's3://logs'],
  ['log_source.yml', 'ingest.s3_source.expected_bucket_owner', 123_456_789_012],
  ['log_source.yml', 'catalog.type', 'glue'],
  ['log_source.yml', 'catalog.sigv4', { region: 'eu-west-1' }],
  ['log_source.yml', 'catalog.headers', { retries: 3 }],
  ['log_source.yml', 'deduplicate', 30],
  ['log_source.yml', 'integrity', true],
  ['log_source.yml', 'integrity', 'never'],
  ['log_source.yml', 'integrity', { mode: 'never' }],
  ['log_source.yml', 'integrity.bucket', 's3://logs'],
  ['log_source.yml', 'upkeep', 3],
  ['log_source.yml', 'retention', 0],
  ['tables', 'warehouse', './w'],
  ['tables', 'upkeep', false],
  ['tables', 'sort_by', [1]],
] as const)('%s: neither check nor JSON Schema accepts %s %j', (name, path, value) => {
  expect(verdicts(name, nested(path, value))).toEqual({ editor: false, check: false });
});

test.each([
  ['temporal.yaml', 'temporal.tls', true],
  ['temporal.yaml', 'temporal.address', '[::1]:7233'],
  ['temporal.yaml', 'temporal.address', '[2001:DB8::1]:7233'],
  ['temporal.yaml', 'ingest.batch_size', 65_536],
  ['temporal.yaml', 'ingest.batch_size', '1.5 mib'],
  ['temporal.yaml', 'worker.activity_task_pollers', 'auto'],
  ['temporal.yaml', 'worker.allow', { warehouses: 's3://lake/a', files: ['/usr/share'] }],
  ['temporal.yaml', 'schedule.every', '15 minutes'],
  ['temporal.yaml', 'schedule.deep', { weekday: 'friday' }],
  ['log_source.yml', 'deduplicate', false],
  ['log_source.yml', 'integrity', 'required'],
  ['log_source.yml', 'integrity', { mode: 'verify', keys: './keys' }],
  ['log_source.yml', 'upkeep', false],
  ['log_source.yml', 'upkeep', { compact_after_days: 1, target_file_size: '128 MiB' }],
  ['log_source.yml', 'retention', 1095],
  ['tables', 'retention', { days: 30 }],
  ['tables', 'sort_by', ['source.ip', 'ts']],
  ['log_source.yml', 'catalog.sigv4', { service: 'glue' }],
] as const)('%s: both accept %s %j', (name, path, value) => {
  expect(verdicts(name, nested(path, value))).toEqual({ editor: true, check: true });
});

test('a JSON Schema knows the keys of a column of your own', () => {
  const of = (field: object) => editor('log_source.yml').safeParse({ schema: { fields: [field] } }).success;
  expect(of({ name: 'team.count', type: 'long', from: 'requestParameters.count', default: 1 })).toBe(true);
  expect(of({ name: 'team', type: { type: 'list', element: 'string' } })).toBe(true);
  expect(of({ name: 'team', type: 'strng' })).toBe(false);
  expect(of({ name: 'team' })).toBe(false);
  expect(of({ name: 'team', type: 'string', required: true })).toBe(false);
});

test('defaults are filled in as their check reads them', () => {
  const { ingest } = TEMPORAL_TABLE.members;
  expect(withDefaults(ingest, { batch_files: 7 })).toMatchObject({ batch_files: 7, batch_size: 64 * 1024 ** 2 });
});

test('every flag that a table names is one of the command line', () => {
  const flags = (command: Command): string[] => [
    ...command.options.map(({ long }) => long ?? ''),
    ...command.commands.flatMap((inner) => flags(inner)),
  ];
  const known = new Set(flags(createProgram({} as ProgramEnvironment)));
  const named = Object.values(FILES).flatMap(({ table }) =>
    placedMembers(table).flatMap(({ member }) => (isSection(member) ? member.onOff?.flag : member.flag) ?? []),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((flag) => !known.has(flag))).toEqual([]);
});
