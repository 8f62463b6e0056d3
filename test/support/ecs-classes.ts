/** The ECS category and types of an event, apart from the code: Matano and Elastic by hand, the rest from the table. */
import { EVENT_GROUPS } from '../../cloudtrail/event-groups/index.js';

export type EcsClass = [category: string[], types: string[]];

function classes(text: string): [key: string, EcsClass][] {
  return text.split('\n').flatMap((line) => {
    const [service, category, types, names] = line.split(':').map((part) => part.trim().split(', '));
    return names.map((name): [string, EcsClass] => [`${service[0]} ${name}`, [category, types]]);
  });
}

/** As Matano's AWS_CLOUDTRAIL classifies them, by eventName; with the service that Matano leaves out. */
export const MATANO_CLASSES: ReadonlyMap<string, EcsClass> = new Map(
  classes(
    `signin: authentication: info: ConsoleLogin
  sts: authentication: info: AssumeRole
  s3: file: creation: CreateBucket
  s3: file: deletion: DeleteBucket
  ec2: iam: admin, creation: CreateKeyPair
  iam: iam: admin, change: SetDefaultPolicyVersion, SetSecurityTokenServicePreferences, UpdateAccountPasswordPolicy, UpdateRole
  iam: iam: group, change: AddUserToGroup, AttachGroupPolicy, DeleteGroupPolicy, DetachGroupPolicy, PutGroupPolicy, RemoveUserFromGroup, UpdateGroup
  iam: iam: group, creation: CreateGroup
  iam: iam: group, deletion: DeleteGroup
  iam: iam: group, info: GetGroup, GetGroupPolicy, ListAttachedGroupPolicies, ListGroupPolicies, ListGroups
  iam: iam: user, change: AttachUserPolicy, ChangePassword, CreateAccessKey, CreateVirtualMFADevice, DeactivateMFADevice, DeleteAccessKey, DeleteSSHPublicKey, DeleteUserPermissionsBoundary, DeleteUserPolicy, DeleteVirtualMFADevice, DetachUserPolicy, EnableMFADevice, PutUserPermissionsBoundary, PutUserPolicy, TagUser, UntagUser, UpdateAccessKey, UpdateLoginProfile, UpdateSSHPublicKey, UpdateUser
  iam: iam: user, creation: CreateUser
  iam: iam: user, deletion: DeleteUser
  iam: iam: user, info: GetUser, GetUserPolicy, ListAttachedUserPolicies, ListGroupsForUser, ListUserPolicies, ListUsers, ListUserTags`,
  ),
);

/** What Elastic's pipeline has in addition; its empty types and its `delete` are replaced by what ECS allows. */
export const ELASTIC_CLASSES: ReadonlyMap<string, EcsClass> = new Map(
  classes(
    `sts: authentication: info: GetCallerIdentity
  ec2: host: info: DescribeInstances, DescribeVolumes
  ec2: network: info: DescribeSecurityGroups, DescribeNetworkInterfaces, DescribeVpcs, DescribeNetworkAcls
  ec2: network: access: AuthorizeSecurityGroupIngress
  ec2: api: info: DescribeRegions
  s3: file: info: ListBuckets, ListObjects, HeadObject, GetObject
  s3: file: change: PutObject
  s3: file: deletion: DeleteObject
  iam: iam: info: ListRoles, GetPolicy, ListAttachedRolePolicies
  iam: iam: creation: CreatePolicy
  iam: iam: change: AttachRolePolicy
  elasticloadbalancing: network: info: DescribeLoadBalancers
  cloudtrail: configuration: info: DescribeTrails
  cloudtrail: configuration: deletion: DeleteTrail
  lambda: package: info: ListFunctions, ListFunctions20150331
  dynamodb: database: info: ListTables
  rds: database: info: DescribeDBInstances
  ssm: host: info: ListInstanceAssociations
  ssm: process: info: SendCommand
  ssm: file: creation: CreateDocument
  ssm: session: start: StartSession, CreateControlChannel, OpenControlChannel, CreateDataChannel, OpenDataChannel
  ssm: session: end: TerminateSession
  sns: configuration: creation: CreateTopic
  sns: configuration: change: Subscribe
  sns: api: info: Publish
  bedrock: api: info: Converse`,
  ),
);

const TABLE: ReadonlyMap<string, EcsClass> = new Map(
  EVENT_GROUPS.flatMap(({ services, names, category, type }) =>
    services
      .split(' ')
      .flatMap((service) =>
        names
          .split(' ')
          .map((name): [string, EcsClass] => [`${service} ${name}`, [category.split(' '), type.split(' ')]]),
      ),
  ),
);

/** Category (null for none) and types. */
export function ecsClass(provider: string | null, action: string | null): [string[] | null, string[]] {
  const none: [null, string[]] = [null, ['info']];
  if (!provider) {
    const named = [...MATANO_CLASSES].find(([key]) => key.split(' ')[1] === action);
    return named?.[1] ?? none;
  }
  const service = /^(.*?)\.amazonaws\./.exec(provider)?.[1];
  const key = `${service} ${action}`;
  const known = MATANO_CLASSES.get(key) ?? ELASTIC_CLASSES.get(key);
  return known ?? TABLE.get(key) ?? TABLE.get(`${service} *`) ?? none;
}
