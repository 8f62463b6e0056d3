/** log_source.yml and tables/*.yml: what a project's log source comes to. The mistakes are in check-mistakes.test.ts. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import * as examples from '../../../config/examples';
import { loadSettings, type SettingsFlags } from '../../../config/load';
import { formatRecordPath, parseRecordPath } from '../../../config/record-path';
import { LOG_SOURCE_SHAPE } from '../../../config/schema';
import type { SourceSettings } from '../../../config/settings';
import { UserMistake } from '../../../errors/index';
import { PARAMETERS } from '../../../storage/address';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-source-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Paths below the log source, unless they begin with a slash: those begin at the project. */
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(project, name.startsWith('/') ? name : `log_sources/trail/${name}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function load(flags: SettingsFlags = {}): SourceSettings {
  const { source } = loadSettings({ cwd: project, env: {}, flags });
  if (source === undefined) throw new Error('no source');
  return source;
}

const INGEST = 'ingest: {location: ./bucket}\n';

/** The columns by table, without what they mean. */
function columns(source = load()): Record<string, unknown[]> {
  return Object.fromEntries(
    source.tables.map(({ key, columns: all }) => [key, all.map(({ doc: _, ...column }) => column)]),
  );
}

describe('which tables there are', () => {
  test('without table files, only the default one', () => {
    write({ 'log_source.yml': INGEST });
    expect(load().tables).toMatchObject([{ key: 'default', name: 'aws_cloudtrail' }]);
    write({ 'tables/README.md': '# no table' });
    expect(load().tables).toHaveLength(1);
    expect(load({ location: 'elsewhere', project: 'nowhere' }).tables).toMatchObject([{ key: 'default' }]);
  });

  test('with table files, those that have one', () => {
    write({
      'log_source.yml': `name: trail\n${INGEST}`,
      'tables/digest.yml': 'name: digest\n',
      'tables/insights.yml': '',
    });
    expect(load().tables).toMatchObject([
      { key: 'insights', name: 'trail_insights' },
      { key: 'digest', name: 'trail_digest' },
    ]);
  });
});

describe('where the bucket is', () => {
  const S3 =
    's3_source: {bucket_name: my-bucket, key_prefix: my_key/mypath, key_pattern: "AWSLogs/.*/CloudTrail", access_role_arn: "arn:aws:iam::123456789012:role/reader"}';

  test('a location is a copy of the bucket, with the same keys', () => {
    write({ 'log_source.yml': `ingest:\n  location: ./bucket\n  ${S3}\n` });
    expect(load()).toMatchObject({
      location: `file://${project}/bucket`,
      keyPrefix: 'my_key/mypath',
      keyPattern: 'AWSLogs/.*/CloudTrail',
    });
  });

  test('a copy that begins below the prefix sets its own key_prefix', () => {
    write({ 'log_source.yml': `ingest:\n  location: ./bucket\n  key_prefix: ""\n  ${S3}\n` });
    expect(load()).toMatchObject({ keyPrefix: '' });
    expect(load({ keyPrefix: '/flag/' })).toMatchObject({ keyPrefix: 'flag' });
  });

  test('the bucket itself is accepted as configuration; a flag names its copy', () => {
    write({ 'log_source.yml': `ingest:\n  ${S3}\n` });
    expect(load()).toMatchObject({
      location: 's3://my-bucket?access_role_arn=arn:aws:iam::123456789012:role/reader',
      keyPrefix: 'my_key/mypath',
    });
    expect(load({ location: 'copy' })).toMatchObject({ location: `file://${project}/copy` });
  });
});

describe('columns', () => {
  test('of every type, from a path, with conversions and defaults', () => {
    write({
      'log_source.yml': `${INGEST}schema:
  fields:
    - {name: a, type: string, from: requestParameters.bucketName, default: none}
    - {name: b, type: boolean, from: requestParameters.dryRun, default: false}
    - {name: c, type: int, from: requestParameters.maxItems, default: -1}
    - {name: d, type: long, from: [additionalEventData, bytes.total]}
    - {name: e, type: float, default: 0.5}
    - {name: f, type: double, from: 'additionalEventData."x-amz.ratio"'}
    - {name: g, type: timestamp, from: requestParameters.startTime, default: 2023-07-10T12:00:00Z}
    - {name: h, type: date, default: 2023-07-10, doc: A day}
    - {name: i, type: string, from: requestParameters, convert: json}
    - {name: j, type: {type: list, element: string}, from: requestParameters.names}
    - name: k
      type: {type: list, element: {type: struct, fields: [{name: key, type: string}, {name: n, type: {type: list, element: int}}]}}
      from: requestParameters.tagSet.items
    - {name: l, type: timestamptz}
`,
    });
    expect(columns().default).toEqual([
      { name: 'a', type: 'string', from: ['requestParameters', 'bucketName'], convert: 'text', default: 'none' },
      { name: 'b', type: 'boolean', from: ['requestParameters', 'dryRun'], convert: 'boolean', default: false },
      { name: 'c', type: 'int', from: ['requestParameters', 'maxItems'], convert: 'integer', default: -1 },
      { name: 'd', type: 'long', from: ['additionalEventData', 'bytes.total'], convert: 'integer' },
      { name: 'e', type: 'float', default: 0.5 },
      { name: 'f', type: 'double', from: ['additionalEventData', 'x-amz.ratio'], convert: 'number' },
      {
        name: 'g',
        type: 'timestamptz',
        from: ['requestParameters', 'startTime'],
        convert: 'time',
        default: '2023-07-10T12:00:00Z',
      },
      { name: 'h', type: 'date', default: '2023-07-10' },
      { name: 'i', type: 'string', from: ['requestParameters'], convert: 'json' },
      { name: 'j', type: { list: 'string' }, from: ['requestParameters', 'names'] },
      {
        name: 'k',
        type: {
          list: {
            struct: [
              { name: 'key', type: 'string' },
              { name: 'n', type: { list: 'int' } },
            ],
          },
        },
        from: ['requestParameters', 'tagSet', 'items'],
      },
      { name: 'l', type: 'timestamptz' },
    ]);
    expect(load().tables[0].columns.find(({ name }) => name === 'h')?.doc).toBe('A day');
  });

  test('a struct without a path is a group of columns, as Matano writes it; with one it is a value', () => {
    write({
      'log_source.yml': `${INGEST}schema:
  fields:
    - name: aws
      type:
        type: struct
        fields:
          - name: cloudtrail
            type:
              type: struct
              fields:
                - {name: team, type: string, from: recipientAccountId}
    - name: mine
      from: tlsDetails
      type: {type: struct, fields: [{name: tlsVersion, type: string, doc: As delivered}]}
`,
    });
    expect(columns().default).toEqual([
      { name: 'aws.cloudtrail.team', type: 'string', from: ['recipientAccountId'], convert: 'text' },
      {
        name: 'mine',
        type: { struct: [{ name: 'tlsVersion', type: 'string', doc: 'As delivered' }] },
        from: ['tlsDetails'],
      },
    ]);
  });

  test('of the log source come first, in every table; a table says more about one of them', () => {
    write({
      'log_source.yml': `${INGEST}schema: {fields: [{name: team, type: string, from: recipientAccountId}, {name: b, type: int}]}\n`,
      'tables/default.yml': 'schema: {fields: [{name: own, type: string}, {name: team, type: string, default: x}]}\n',
      'tables/insights.yml': 'name: insights\n',
    });
    const team = { name: 'team', type: 'string', from: ['recipientAccountId'], convert: 'text' };
    expect(columns()).toEqual({
      default: [
        { ...team, default: 'x' },
        { name: 'b', type: 'int' },
        { name: 'own', type: 'string' },
      ],
      insights: [team, { name: 'b', type: 'int' }],
    });
    expect(load().origins).toEqual({
      default: {
        team: 'log_sources/trail/tables/default.yml:1',
        b: 'log_sources/trail/log_source.yml:2',
        own: 'log_sources/trail/tables/default.yml:1',
      },
      insights: { team: 'log_sources/trail/log_source.yml:2', b: 'log_sources/trail/log_source.yml:2' },
    });
  });

  test('ECS fields by name or by group; existing ones are not added again', () => {
    write({
      'log_source.yml': `${INGEST}schema: {ecs_field_names: [labels, host.name, file.hash, ts, cloud.region, host.name]}\n`,
    });
    const names = (columns().default as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['host.name', 'file.hash.sha256', 'file.hash.md5']));
    expect(names).not.toContain('cloud.region');
    expect(names).not.toContain('labels');
    expect(new Set(names).size).toBe(names.length);
  });
});

test('a transform of the log source is for all tables, and that of a table comes before it', () => {
  const all = 'export default (row) => row;\n';
  write({
    '/all.mjs': all,
    '/digest.ts': '// other',
    'log_source.yml': `${INGEST}transform: ./all.mjs\n`,
    'tables/default.yml': '',
    'tables/digest.yml': 'transform: digest.ts\n',
  });
  const sha256 = createHash('sha256').update(all).digest('hex');
  expect(load().tables.map(({ transform }) => transform)).toEqual([
    { path: join(project, 'all.mjs'), sha256 },
    { path: join(project, 'digest.ts'), sha256: expect.not.stringMatching(sha256) },
  ]);
});

test('databases for enrichment are found relative to the project', () => {
  write({
    '/city.mmdb': 'x\xab\xcd\xefMaxMind.com',
    'log_source.yml': `${INGEST}enrich: {geoip: {city: city.mmdb}}\n`,
  });
  writeFileSync(join(project, 'city.mmdb'), Buffer.from('data\xab\xcd\xefMaxMind.com\xe0', 'latin1'));
  expect(load().enrich).toEqual({ geoip: { city: join(project, 'city.mmdb') } });
});

describe('repeated events', () => {
  test.each([
    ['are kept once where nothing is said', '', { windowDays: 30 }],
    ['are kept once with true', 'deduplicate: true\n', { windowDays: 30 }],
    ['are kept once with a key that was left empty', 'deduplicate:\n', { windowDays: 30 }],
    ['are kept once with a window', 'deduplicate: {window_days: 7}\n', { windowDays: 7 }],
    ['are kept with false', 'deduplicate: false\n', undefined],
  ])('%s', (_, text, expected) => {
    write({ 'log_source.yml': `${INGEST}${text}` });
    expect(load().deduplicate).toEqual(expected);
  });

  test('are kept once if only flags are given', () => {
    expect(load({ location: 'bucket' }).deduplicate).toEqual({ windowDays: 30 });
  });
});

describe('verification', () => {
  const RECORD = { mode: 'record', holdHours: 26 };
  test.each([
    ['only records where nothing is said', '', RECORD],
    ['only records where the key was left empty', 'integrity:\n', RECORD],
    [
      'only records where the section says no mode',
      'integrity: {bucket: original}\n',
      { ...RECORD, bucket: 'original' },
    ],
    ['is afterwards with one word', 'integrity: verify\n', { mode: 'verify', holdHours: 26 }],
    ['is afterwards with a section', 'integrity: {mode: verify}\n', { mode: 'verify', holdHours: 26 }],
    ['comes first with one word', 'integrity: required\n', { mode: 'required', holdHours: 26 }],
    ['waits for hours', 'integrity: {mode: required, hold_hours: 3}\n', { mode: 'required', holdHours: 3 }],
  ])('%s', (_, text, expected) => {
    write({ 'log_source.yml': `ingest: {location: "s3://logs"}\n${text}`, 'tables/digest.yml': '' });
    expect(load().integrity).toEqual(expected);
  });

  test('has its keys relative to the project, but they may be missing: a worker uses those of the warehouse', () => {
    write({ 'log_source.yml': `${INGEST}integrity:\n  keys: ./keys\n` });
    const place = 'log_sources/trail/log_source.yml:3  integrity.keys';
    expect(load().integrity.keys).toEqual({ directory: join(project, 'keys'), place });
  });

  test.each(['original', 'original/org/trails'])('of a copy names the bucket, and its prefix: %s', (bucket) => {
    write({ 'log_source.yml': `${INGEST}integrity: {mode: verify, bucket: ${bucket}}\n`, 'tables/digest.yml': '' });
    expect(load().integrity).toEqual({ mode: 'verify', holdHours: 26, bucket });
  });
});

describe('upkeep', () => {
  const DEFAULTS = {
    scheduled: true,
    compactAfterDays: 3,
    targetFileBytes: 256 << 20,
    keepSnapshotsDays: 7,
    keepSnapshots: 20,
    keepUnusedDays: 3,
    retentionDays: {},
    sortBy: {},
  };
  test.each([
    ['is part of scheduled runs where nothing is said', '', {}],
    ['is only done by the command with `false`', 'upkeep: false\n', { scheduled: false }],
    [
      'takes sizes',
      'upkeep: {target_file_size: 512 MiB, keep_snapshots: 3}\n',
      { targetFileBytes: 512 << 20, keepSnapshots: 3 },
    ],
    [
      'removes old days of all tables but the ledger',
      'retention: {days: 400}\n',
      { retentionDays: { default: 400, rejects: 400, integrity: 400 } },
    ],
    [
      'takes the number of days alone',
      'retention: 30\n',
      { retentionDays: { default: 30, rejects: 30, integrity: 30 } },
    ],
  ])('%s', (_, text, expected) => {
    write({ 'log_source.yml': `${INGEST}${text}` });
    expect(load().upkeep).toEqual({ ...DEFAULTS, ...expected });
  });

  test('a table has its own retention and order', () => {
    write({
      'log_source.yml': `${INGEST}retention: {days: 400}\nschema: {fields: [{name: team.a, type: string}]}\n`,
      'tables/default.yml': 'retention: {days: 30}\nsort_by: [source.ip, team.a, ts]\n',
      'tables/insights.yml': 'sort_by: ts\n',
    });
    const { retentionDays, sortBy } = load().upkeep;
    expect(retentionDays).toEqual({ default: 30, insights: 400, rejects: 400, integrity: 400 });
    expect(sortBy).toEqual({ default: ['source.ip', 'team.a', 'ts'], insights: ['ts'] });
  });
});

test('all of it is one frozen value', () => {
  write({ 'log_source.yml': `${INGEST}schema: {fields: [{name: a, type: {type: list, element: string}}]}\n` });
  const { tables } = load();
  expect(Object.isFrozen(tables) && Object.isFrozen(tables[0].columns[0].type)).toBe(true);
});

test('the examples of a new project are valid when they are used', () => {
  const used = (text: string) => text.replace(/^( *)# ( *(?:- )?[a-z_0-9]+:(?: .*)?)$/gm, '$1$2');
  write({
    '/transform.ts': '',
    '/GeoLite2-City.mmdb': '',
    '/GeoLite2-ASN.mmdb': '',
    'log_source.yml': used(examples.LOG_SOURCE_EXAMPLE),
    'tables/default.yml': used(examples.DEFAULT_TABLE_EXAMPLE),
    'tables/insights.yml': used(examples.INSIGHTS_TABLE_EXAMPLE),
    'tables/digest.yml': used(examples.DIGEST_TABLE_EXAMPLE),
  });
  for (const name of ['City', 'ASN']) {
    writeFileSync(join(project, `GeoLite2-${name}.mmdb`), Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
  }
  const source = load();
  expect(source).toMatchObject({
    keyPattern: 'AWSLogs/.*/CloudTrail',
    enrich: { geoip: { asn: expect.any(String) } },
    deduplicate: { windowDays: 30 },
    integrity: {
      mode: 'required',
      holdHours: 26,
      bucket: 'my-org-logs-bucket',
      keys: { directory: join(project, 'keys') },
    },
  });
  expect(Object.values(columns(source)).map((all) => all.length)).toEqual([5, 3, 3]);
  expect(source.tables.every(({ transform }) => transform !== undefined)).toBe(true);
});

describe('which directory', () => {
  test('its name is free', () => {
    write({ '/log_sources/anything/log_source.yml': INGEST });
    expect(load().files).toEqual(['log_sources/anything/log_source.yml']);
  });

  test('two log sources are one too many', () => {
    write({
      '/log_sources/b/log_source.yml': INGEST,
      '/log_sources/a/log_source.yml': INGEST,
      '/log_sources/c/notes.txt': '',
    });
    expect(() => load()).toThrow(UserMistake);
    expect(() => load()).toThrow('has 2 log sources, log_sources/a and log_sources/b; this version supports one');
  });
});

test.each([
  ['a', ['a']],
  ['a.b', ['a', 'b']],
  ['a."b.c".d', ['a', 'b.c', 'd']],
  ['"a\\"b"', ['a"b']],
  ['user agent.x', ['user agent', 'x']],
])('path %s', (text, keys) => {
  expect(parseRecordPath(text)).toEqual(keys);
  expect(parseRecordPath(formatRecordPath(keys))).toEqual(keys);
});

test.each(['', 'a..b', 'a.', '.a', '$.a', 'a[0].b', 'a.0.b', 'a["b"]', '"a', '"a"b', 'a "b"'])(
  'no path: %j',
  (text) => {
    expect(typeof parseRecordPath(text)).toBe('string');
  },
);

/** Words that mean something somewhere, and some that are members of every object. */
const WORDS = [
  ...[
    'name',
    'type',
    'from',
    'convert',
    'default',
    'doc',
    'fields',
    'element',
    'schema',
    'ecs_field_names',
    'transform',
  ],
  ...['list', 'struct', 'string', 'int', 'date', 'json', 'a.b', 'cloud.region', 'host', 'labels', '', '.x', 'a"b'],
  ...[
    '__proto__',
    'constructor',
    'ingest',
    'location',
    's3_source',
    'enrich',
    'deduplicate',
    'integrity',
    'verify',
    'bucket',
    'keys',
    'geoip',
    'city',
    'id',
    'required',
  ],
];

test('any content loads or is a mistake with a cure', () => {
  const word = fc.constantFrom(...WORDS);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, word, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('section')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    section: fc.dictionary(word, tie('value'), { maxKeys: 4 }),
  }));
  const field = fc.record(
    { name: fc.oneof(word, value), type: fc.oneof(word, value), from: value, default: value, convert: value },
    { requiredKeys: ['name'] },
  );
  const schema = fc.oneof(
    value,
    fc.record({ fields: fc.array(field, { maxLength: 3 }), ecs_field_names: fc.array(word) }),
  );
  return fc.assert(
    fc.property(schema, value, schema, (shared, transform, own) => {
      write({
        'log_source.yml': stringify({ ingest: { location: 'x' }, schema: shared, transform }),
        'tables/default.yml': stringify({ schema: own }),
        'tables/digest.yml': '',
      });
      try {
        load();
      } catch (error) {
        if (!(error instanceof UserMistake)) throw error;
        expect(error.message).not.toMatch(/undefined|\[object|native code/);
      }
    }),
    { numRuns: 100 },
  );
});

describe('a bucket in S3', () => {
  test('the source with its connection options', () => {
    write({
      'log_source.yml':
        'ingest:\n  s3_source:\n    bucket_name: my-logs\n    key_prefix: /a/b/\n    region: eu-west-1\n    endpoint: http://127.0.0.1:7070\n    path_style: true\n    access_role_arn: arn:aws:iam::123456789012:role/reader\n    external_id: x-1\n    requester_pays: true\n    expected_bucket_owner: "012345678901"\n',
    });
    expect(load()).toMatchObject({
      location:
        's3://my-logs?region=eu-west-1&endpoint=http://127.0.0.1:7070&path_style=true' +
        '&access_role_arn=arn:aws:iam::123456789012:role/reader&external_id=x-1&requester_pays=true&expected_bucket_owner=012345678901',
      keyPrefix: 'a/b',
    });
  });

  test('s3_source has the options of an address, with the same names', () => {
    expect(LOG_SOURCE_SHAPE.keys['ingest.s3_source']).toEqual(
      expect.arrayContaining(PARAMETERS.map(({ name }) => name)),
    );
  });

  test('a location with a prefix: keys stay those of the bucket', () => {
    expect(load({ location: 's3://my-logs/org/trail/?region=eu-west-1' })).toMatchObject({
      location: 's3://my-logs?region=eu-west-1',
      keyPrefix: 'org/trail',
    });
    expect(load({ location: 's3://my-logs/org', keyPrefix: 'trail' })).toMatchObject({ keyPrefix: 'org/trail' });
    write({ 'log_source.yml': 'ingest: {s3_source: {bucket_name: other, key_prefix: theirs}}\n' });
    expect(load({ location: 's3://my-logs/org' })).toMatchObject({ location: 's3://my-logs', keyPrefix: 'org' });
    expect(load({ location: 's3://my-logs' })).toMatchObject({ location: 's3://my-logs', keyPrefix: 'theirs' });
  });

  test('a warehouse, and the catalog that has its tables', () => {
    write({
      'log_source.yml': `${INGEST}warehouse: s3://lake/trail?region=eu-west-1\ncatalog:\n  type: rest\n  uri: https://glue.eu-west-1.amazonaws.com/iceberg/v1/\n  warehouse: "123456789012"\n  namespace: security\n  location: s3://lake/tables\n  sigv4: {service: glue, profile: lake}\n  vended_credentials: false\n`,
    });
    expect(load()).toMatchObject({
      warehouse: 's3://lake/trail?region=eu-west-1',
      catalog: {
        type: 'rest',
        namespace: 'security',
        rest: {
          uri: 'https://glue.eu-west-1.amazonaws.com/iceberg',
          warehouse: '123456789012',
          location: 's3://lake/tables',
          sigv4: { service: 'glue', profile: 'lake' },
          accessDelegation: false,
          // The tables' files, where the catalog does not say how: as the warehouse.
          s3: { region: 'eu-west-1' },
        },
      },
    });
    expect(load({ warehouse: './here' }).catalog).not.toHaveProperty('rest.s3');
    write({ 'log_source.yml': INGEST });
    expect(load().catalog).toEqual({ type: 'storage', namespace: 'trailmill' });
  });
});
