/** The columns with ECS names are what Elastic publishes under these names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import { ECS_VERSION, ecsField, ecsFieldNames } from '../../../cloudtrail/ecs-fields';
import { classOf } from '../../../cloudtrail/event-categories';
import { ECS_FIELD_LIST, ecsFieldListSource } from '../../../dev/scripts/ecs-field-list';

/** Top-level columns that are not ECS fields, and why. */
const EXCEPTIONS: Record<string, string> = {
  ts: "Matano's name for @timestamp, which most SQL dialects would have to quote",
};
/** The namespace of the integration: ECS leaves it to the source of the events. */
const OURS = 'aws.cloudtrail.';

const ecsNamed = DEFAULT_TABLE_COLUMNS.filter(({ name }) => !name.startsWith(OURS) && !(name in EXCEPTIONS));

describe('the list of ECS fields', () => {
  it('is what the installed package publishes; `npm run ecs-fields` writes it again', () => {
    expect(readFileSync(join(__dirname, '..', '..', '..', ECS_FIELD_LIST), 'utf8')).toBe(ecsFieldListSource());
  });

  it('is of version 8.17 or newer, and rows say which', () => {
    const [major, minor] = ECS_VERSION.split('.').map(Number);
    expect(major > 8 || (major === 8 && minor >= 17)).toBe(true);
    const { version } = JSON.parse(readFileSync(require.resolve('@elastic/ecs/package.json'), 'utf8'));
    expect(ECS_VERSION).toBe(version);
  });

  it('has names that can all be columns together', () => {
    const names = new Set(ecsFieldNames());
    expect(names.size).toBeGreaterThan(1_000);
    const above = (name: string): string[] =>
      name
        .split('.')
        .map((_key, index, keys) => keys.slice(0, index).join('.'))
        .filter((prefix) => names.has(prefix));
    expect([...names].filter((name) => above(name).length > 0)).toEqual([]);
  });

  it.each([
    ['event.action', 'keyword', 'string'],
    ['error.message', 'match_only_text', 'string'],
    ['url.original', 'wildcard', 'string'],
    ['data_stream.type', 'constant_keyword', 'string'],
    ['source.ip', 'ip', 'string'],
    ['related.ip', 'ip', { list: 'string' }],
    ['event.type', 'keyword', { list: 'string' }],
    ['source.as.number', 'long', 'long'],
    ['event.risk_score', 'float', 'float'],
    ['host.cpu.usage', 'scaled_float', 'double'],
    ['cloud.entity.attributes.mfa_enabled', 'boolean', 'boolean'],
    ['event.created', 'date', 'timestamptz'],
    ['labels', 'object', 'string'],
    ['log.syslog.structured_data', 'flattened', 'string'],
    ['dns.answers', 'object', { list: 'string' }],
    [
      'source.geo.location',
      'geo_point',
      {
        struct: [
          { name: 'lat', type: 'double' },
          { name: 'lon', type: 'double' },
        ],
      },
    ],
  ])('gives %s, published as %s, its column type', (name, published, type) => {
    expect(ecsField(name)).toMatchObject({ published, type });
  });

  it('has neither groups nor members of arrays of objects', () => {
    for (const name of ['source', 'source.geo', 'log.syslog', 'dns.answers.name', 'nothing', '']) {
      expect([name, ecsField(name)]).toEqual([name, undefined]);
    }
    expect(ecsField('log.syslog.facility.code')).toMatchObject({ type: 'long' });
  });
});

describe('the default table', () => {
  it.each(ecsNamed.map(({ name, type }) => [name, type] as const))('has %s as ECS has it', (name, type) => {
    expect(type).toEqual(ecsField(name)?.type);
  });

  it('classifies actions with words that ECS allows', () => {
    const { EcsFlat } = require('@elastic/ecs') as { EcsFlat: Record<string, { allowed_values: { name: string }[] }> };
    const allowed = (name: string): string[] => EcsFlat[name].allowed_values.map((value) => value.name);
    const actions = `AssumeRole CreateBucket DeleteBucket UpdateRole CreateKeyPair AddUserToGroup CreateGroup DeleteGroup GetGroup
      TagUser CreateUser DeleteUser GetUser SomethingElse`;
    for (const action of actions.split(/\s+/)) {
      const { category, type } = classOf(action);
      expect(allowed('event.category')).toEqual(expect.arrayContaining(category.map(String)));
      expect(allowed('event.type')).toEqual(expect.arrayContaining(type.map(String)));
    }
    expect(allowed('event.kind')).toContain('event');
    expect(allowed('event.outcome')).toEqual(expect.arrayContaining(['success', 'failure']));
  });

  it('has no unnecessary exceptions', () => {
    for (const name of Object.keys(EXCEPTIONS)) {
      expect(ecsField(name)).toBeUndefined();
      expect(DEFAULT_TABLE_COLUMNS.some((column) => column.name === name)).toBe(true);
    }
  });
});
