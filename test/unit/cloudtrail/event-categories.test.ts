/** event.category, event.type and group.*: by the service and the name of an event. */
import { USER_GROUP_SERVICES } from '../../../cloudtrail/event-groups/identity.js';
import { EVENT_GROUPS } from '../../../cloudtrail/event-groups/index.js';
import { type EcsClass, ELASTIC_CLASSES, MATANO_CLASSES } from '../../support/ecs-classes.js';
import { rowOf } from '../../support/expected.js';

const event = (eventSource: string | undefined, eventName: string, more: object = {}) =>
  rowOf(JSON.stringify({ eventTime: '2024-03-05T12:00:00Z', eventSource, eventName, ...more }));

const split = (key: string): [service: string, name: string] => key.split(' ') as [string, string];

it.each<[string, EcsClass]>([...MATANO_CLASSES, ...ELASTIC_CLASSES])(
  'what Matano and Elastic classify has their class: %s',
  (key, [category, type]) => {
    const [service, name] = split(key);
    for (const suffix of ['amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu'])
      expect(event(`${service}.${suffix}`, name)).toMatchObject({ 'event.category': category, 'event.type': type });
  },
);

it.each([...MATANO_CLASSES.keys(), ...ELASTIC_CLASSES.keys()])(
  'and no class in a service of another kind: %s',
  (key) => {
    for (const source of ['xray.amazonaws.com', 'iam', 'x-iam.amazonaws.com', 'iamx.amazonaws.com']) {
      const row = event(source, split(key)[1]);
      expect(row['event.category']).toBeUndefined();
      expect(row['event.type']).toEqual(['info']);
    }
  },
);

it('has about 40 names in addition to those of the reference', () => {
  expect(ELASTIC_CLASSES.size).toBeGreaterThanOrEqual(40);
});

it.each([
  ['iam', 'CreateRole', ['iam'], ['creation']],
  ['iam', 'DeleteRole', ['iam'], ['deletion']],
  ['iam', 'PutRolePolicy', ['iam'], ['change']],
  ['iam', 'UpdateAssumeRolePolicy', ['iam'], ['change']],
  ['iam', 'GetRole', ['iam'], ['info']],
  ['iam', 'CreatePolicyVersion', ['iam'], ['change']],
  ['iam', 'CreateLoginProfile', ['iam'], ['user', 'change']],
  ['iam', 'CreateSAMLProvider', ['iam'], ['admin', 'creation']],
  ['sts', 'AssumeRoleWithSAML', ['authentication'], ['info']],
  ['sts', 'AssumeRoleWithWebIdentity', ['authentication'], ['info']],
  ['sts', 'AssumeRoot', ['authentication'], ['info']],
  ['sts', 'GetSessionToken', ['authentication'], ['info']],
  ['sts', 'GetFederationToken', ['authentication'], ['info']],
  ['signin', 'SwitchRole', ['authentication'], ['info']],
  ['signin', 'ExitRole', ['authentication'], ['end']],
  ['signin', 'UserAuthentication', ['authentication'], ['info']],
  ['signin', 'AnEventOfNextYear', ['authentication'], ['info']],
  ['signin', 'PasswordUpdated', ['authentication', 'iam'], ['user', 'change']],
  ['sso', 'CreatePermissionSet', ['iam'], ['creation']],
  ['sso-directory', 'AddMemberToGroup', ['iam'], ['group', 'change']],
  ['identitystore', 'CreateGroup', ['iam'], ['group', 'creation']],
  ['cognito-idp', 'AdminCreateUser', ['iam'], ['user', 'creation']],
])('%s %s is %j %j', (service, name, category, type) => {
  expect(event(`${service}.amazonaws.com`, name)).toMatchObject({ 'event.category': category, 'event.type': type });
});

it.each([
  ['organizations', 'CreatePolicy'],
  ['iot', 'CreatePolicy'],
  ['lambda', 'GetPolicy'],
  ['resource-groups', 'CreateGroup'],
  ['resource-groups', 'ListGroups'],
  ['transfer', 'CreateUser'],
  ['athena', 'StartSession'],
  ['glacier', 'ListTables'],
  ['s3', 'CreateGroup'],
])('%s %s has no category', (service, name) => {
  expect(event(`${service}.amazonaws.com`, name)['event.category']).toBeUndefined();
});

it('a record without eventSource is classified by its name as the reference does, and no further', () => {
  expect(event(undefined, 'CreateGroup')['event.category']).toEqual(['iam']);
  expect(event('', 'CreateGroup')['event.type']).toEqual(['group', 'creation']);
  expect(event(undefined, 'GetPolicy')['event.category']).toBeUndefined();
  expect(event(undefined, 'SwitchRole')['event.category']).toBeUndefined();
});

describe('group.* is a group of users', () => {
  const parameters = {
    requestParameters: { groupName: 'admins' },
    responseElements: { group: { groupId: 'AGPAEXAMPLE' } },
  };
  it.each([...USER_GROUP_SERVICES])('in %s', (service) => {
    expect(event(`${service}.amazonaws.com`, 'CreateGroup', parameters)).toMatchObject({
      'group.name': 'admins',
      'group.id': 'AGPAEXAMPLE',
    });
  });

  it.each(['ec2', 'xray', 'resource-groups', 'scheduler', 'elasticbeanstalk', 'workspaces', 'logs'])(
    'and nothing in %s',
    (service) => {
      const row = event(`${service}.amazonaws.com`, 'CreateGroup', parameters);
      expect([row['group.name'], row['group.id']]).toEqual([undefined, undefined]);
      expect(row['aws.cloudtrail.request_parameters']).toEqual(parameters.requestParameters);
    },
  );

  it('of a name that is not empty', () => {
    expect(
      event('iam.amazonaws.com', 'GetGroup', { requestParameters: { groupName: '' } })['group.name'],
    ).toBeUndefined();
  });
});

describe('the table', () => {
  const { EcsFlat } = require('@elastic/ecs') as {
    EcsFlat: Record<string, { allowed_values: { name: string; expected_event_types?: string[] }[] }>;
  };
  const categories = new Map(EcsFlat['event.category'].allowed_values.map((value) => [value.name, value]));

  it.each(EVENT_GROUPS.map((group) => [group.services, group.names.split(' ')[0], group] as const))(
    'has types that ECS expects: %s %s …',
    (_services, _names, { category, type }) => {
      const expected = category.split(' ').flatMap((name) => categories.get(name)?.expected_event_types ?? []);
      for (const name of category.split(' ')) expect([...categories.keys()]).toContain(name);
      expect(expected).toEqual(expect.arrayContaining(type.split(' ')));
    },
  );

  it('names each event of a service once', () => {
    const all = EVENT_GROUPS.flatMap(({ services, names }) =>
      services.split(' ').flatMap((service) => names.split(' ').map((name) => `${service} ${name}`)),
    );
    expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([]);
  });
});
