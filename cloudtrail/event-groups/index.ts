/**
 * The event category table: the ECS categories and types of an event by its service and name. A name means different things
 * in different services (`CreateGroup` in IAM, X-Ray, Resource Groups), so every line names its services. An event that is
 * not in the table has no category and the type `info`. docs/tables.md is generated from this table.
 *
 * Categories and types: https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category. Only types that ECS
 * expects for the category are used.
 */
import { type EventGroup, lines } from './group.js';
import { IDENTITY_GROUPS } from './identity.js';

/** All lines of the table. */
export const EVENT_GROUPS: readonly EventGroup[] = [
  ...lines(
    'reference',
    ['signin', 'authentication', 'info', 'ConsoleLogin'],
    ['sts', 'authentication', 'info', 'AssumeRole'],
    ['s3', 'file', 'creation', 'CreateBucket'],
    ['s3', 'file', 'deletion', 'DeleteBucket'],
    ['ec2', 'iam', 'admin creation', 'CreateKeyPair'],
    [
      'iam',
      'iam',
      'admin change',
      'SetDefaultPolicyVersion SetSecurityTokenServicePreferences UpdateAccountPasswordPolicy UpdateRole',
    ],
    [
      'iam',
      'iam',
      'group change',
      'AddUserToGroup AttachGroupPolicy DeleteGroupPolicy DetachGroupPolicy PutGroupPolicy RemoveUserFromGroup UpdateGroup',
    ],
    ['iam', 'iam', 'group creation', 'CreateGroup'],
    ['iam', 'iam', 'group deletion', 'DeleteGroup'],
    ['iam', 'iam', 'group info', 'GetGroup GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies ListGroups'],
    [
      'iam',
      'iam',
      'user change',
      'AttachUserPolicy ChangePassword CreateAccessKey CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteSSHPublicKey DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachUserPolicy EnableMFADevice PutUserPermissionsBoundary PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateLoginProfile UpdateSSHPublicKey UpdateUser',
    ],
    ['iam', 'iam', 'user creation', 'CreateUser'],
    ['iam', 'iam', 'user deletion', 'DeleteUser'],
    [
      'iam',
      'iam',
      'user info',
      'GetUser GetUserPolicy ListAttachedUserPolicies ListGroupsForUser ListUserPolicies ListUsers ListUserTags',
    ],
  ),
  // Elastic maps by name only; the services are those in the tests of its pipeline. If it has no type (Publish, Converse,
  // SendCommand), the type is `info`; its `delete`, which ECS does not have, is `deletion`.
  ...lines(
    'elastic',
    ['sts', 'authentication', 'info', 'GetCallerIdentity'],
    ['iam', 'iam', 'change', 'AttachRolePolicy'],
    ['iam', 'iam', 'creation', 'CreatePolicy'],
    ['iam', 'iam', 'info', 'GetPolicy ListAttachedRolePolicies ListRoles'],
    ['s3', 'file', 'info', 'GetObject HeadObject ListBuckets ListObjects'],
    ['s3', 'file', 'change', 'PutObject'],
    ['s3', 'file', 'deletion', 'DeleteObject'],
    ['ec2', 'host', 'info', 'DescribeInstances DescribeVolumes'],
    ['ec2', 'network', 'info', 'DescribeNetworkAcls DescribeNetworkInterfaces DescribeSecurityGroups DescribeVpcs'],
    ['ec2', 'network', 'access', 'AuthorizeSecurityGroupIngress'],
    ['ec2', 'api', 'info', 'DescribeRegions'],
    ['elasticloadbalancing', 'network', 'info', 'DescribeLoadBalancers'],
    ['cloudtrail', 'configuration', 'info', 'DescribeTrails'],
    ['cloudtrail', 'configuration', 'deletion', 'DeleteTrail'],
    ['lambda', 'package', 'info', 'ListFunctions ListFunctions20150331'],
    ['dynamodb', 'database', 'info', 'ListTables'],
    ['rds', 'database', 'info', 'DescribeDBInstances'],
    ['sns', 'configuration', 'creation', 'CreateTopic'],
    ['sns', 'configuration', 'change', 'Subscribe'],
    ['sns', 'api', 'info', 'Publish'],
    ['bedrock', 'api', 'info', 'Converse'],
    ['ssm', 'host', 'info', 'ListInstanceAssociations'],
    ['ssm', 'process', 'info', 'SendCommand'],
    ['ssm', 'file', 'creation', 'CreateDocument'],
    [
      'ssm ssmmessages',
      'session',
      'start',
      'CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel StartSession',
    ],
    ['ssm ssmmessages', 'session', 'end', 'TerminateSession'],
  ),
  ...lines(
    'signin',
    ['signin', 'authentication', 'info', '*'],
    ['signin', 'authentication', 'end', 'ExitRole Logout'],
    ['signin', 'authentication iam', 'user info', 'PasswordRecoveryRequested'],
    ['signin', 'authentication iam', 'user change', 'EmailUpdated PasswordRecoveryCompleted PasswordUpdated'],
  ),
  ...lines('sts', [
    'sts',
    'authentication',
    'info',
    'AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetDelegatedAccessToken GetFederationToken GetServiceBearerToken GetSessionToken GetWebIdentityToken',
  ]),
  ...lines('rolesAnywhere', ['rolesanywhere', 'authentication', 'info', 'CreateSession']),
  ...lines('podIdentity', ['eks-auth', 'authentication', 'info', 'AssumeRoleForPodIdentity']),
  ...IDENTITY_GROUPS,
  // Not in Elastic's pipeline: the counterparts of the same operations.
  ...lines(
    'ec2',
    ['ec2', 'iam', 'admin creation', 'ImportKeyPair'],
    ['ec2', 'iam', 'admin deletion', 'DeleteKeyPair'],
    ['ec2', 'network', 'access', 'AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress RevokeSecurityGroupIngress'],
  ),
  ...lines('s3', ['s3', 'file', 'change', 'CopyObject'], ['s3', 'file', 'deletion', 'DeleteObjects']),
  ...lines(
    'cloudtrail',
    ['cloudtrail', 'configuration', 'creation', 'CreateTrail'],
    ['cloudtrail', 'configuration', 'change', 'PutEventSelectors StartLogging StopLogging UpdateTrail'],
  ),
];
