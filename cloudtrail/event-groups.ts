/**
 * The table of event categories: which ECS category and types an event has, by its service and its name. One name means
 * different things in different services (`CreateGroup` of IAM, X-Ray, Resource Groups), so every line names its services.
 * An event that is in no line has no category, and the type `info`. docs/tables.md is made of this table.
 *
 * Categories and types: https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-category. The types are among
 * those that ECS expects of the category.
 */

export interface EventGroup {
  /** Services: what stands before `.amazonaws.` in eventSource. */
  services: string;
  /** Values of eventName; `*` for all of the service that have no line of their own. */
  names: string;
  category: string;
  type: string;
  source: keyof typeof GROUP_SOURCES;
}

/** Where a line comes from. `reference` also classifies records that have no eventSource. */
export const GROUP_SOURCES = {
  reference: { title: 'Matano, Elastic', url: 'https://github.com/matanolabs/matano' },
  elastic: {
    title: 'Elastic',
    url: 'https://github.com/elastic/integrations/blob/main/packages/aws/data_stream/cloudtrail/elasticsearch/ingest_pipeline/default.yml',
  },
  signin: {
    title: 'AWS: console sign-in events',
    url: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html',
  },
  identityCenter: {
    title: 'AWS: IAM Identity Center in CloudTrail',
    url: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html',
  },
  iam: { title: 'AWS: IAM API', url: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html' },
  sts: { title: 'AWS: STS API', url: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html' },
  rolesAnywhere: {
    title: 'AWS: Roles Anywhere',
    url: 'https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html',
  },
  podIdentity: {
    title: 'AWS: EKS Pod Identity',
    url: 'https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations_Amazon_EKS_Auth.html',
  },
  cognito: {
    title: 'AWS: Cognito in CloudTrail',
    url: 'https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html',
  },
  directoryData: {
    title: 'AWS: Directory Service Data API',
    url: 'https://docs.aws.amazon.com/directoryservicedata/latest/DirectoryServiceDataAPIReference/API_Operations.html',
  },
  quicksight: {
    title: 'AWS: QuickSight API',
    url: 'https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Operations.html',
  },
  ec2: { title: 'AWS: EC2 API', url: 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html' },
  s3: {
    title: 'AWS: S3 in CloudTrail',
    url: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html',
  },
  cloudtrail: {
    title: 'AWS: CloudTrail API',
    url: 'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html',
  },
} as const;

type Line = readonly [services: string, category: string, type: string, names: string];

const lines = (source: EventGroup['source'], ...of: Line[]): EventGroup[] =>
  of.map(([services, category, type, names]) => ({ services, names, category, type, source }));

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
  // Elastic keys by name alone; the services are those whose events it tests its pipeline with. Where it gives no type (Publish,
  // Converse, SendCommand) the type is `info`, and its `delete`, which ECS does not have, is `deletion`.
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
  ...lines(
    'iam',
    [
      'iam',
      'iam',
      'user change',
      'CreateLoginProfile CreateServiceSpecificCredential DeleteLoginProfile DeleteServiceSpecificCredential DeleteSigningCertificate ResetServiceSpecificCredential ResyncMFADevice TagMFADevice UntagMFADevice UpdateServiceSpecificCredential UpdateSigningCertificate UploadSSHPublicKey UploadSigningCertificate',
    ],
    [
      'iam',
      'iam',
      'user info',
      'GetAccessKeyLastUsed GetLoginProfile GetMFADevice GetSSHPublicKey ListAccessKeys ListMFADeviceTags ListMFADevices ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates ListVirtualMFADevices',
    ],
    // Roles, instance profiles and policies: the verb alone, as Elastic has it.
    ['iam', 'iam', 'creation', 'CreateInstanceProfile CreateRole CreateServiceLinkedRole'],
    ['iam', 'iam', 'deletion', 'DeleteInstanceProfile DeletePolicy DeleteRole DeleteServiceLinkedRole'],
    [
      'iam',
      'iam',
      'change',
      'AddRoleToInstanceProfile CreatePolicyVersion DeletePolicyVersion DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy RemoveRoleFromInstanceProfile TagInstanceProfile TagPolicy TagRole UntagInstanceProfile UntagPolicy UntagRole UpdateAssumeRolePolicy UpdateRoleDescription',
    ],
    [
      'iam',
      'iam',
      'info',
      'GetInstanceProfile GetPolicyVersion GetRole GetRolePolicy GetServiceLinkedRoleDeletionStatus ListEntitiesForPolicy ListInstanceProfileTags ListInstanceProfiles ListInstanceProfilesForRole ListPolicies ListPoliciesGrantingServiceAccess ListPolicyTags ListPolicyVersions ListRolePolicies ListRoleTags SimulateCustomPolicy SimulatePrincipalPolicy',
    ],
    // The account itself, identity providers, server certificates, delegation: neither of a user nor of a group, so `admin`.
    [
      'iam',
      'iam',
      'admin creation',
      'CreateAccountAlias CreateDelegationRequest CreateOpenIDConnectProvider CreateSAMLProvider UploadServerCertificate',
    ],
    [
      'iam',
      'iam',
      'admin deletion',
      'DeleteAccountAlias DeleteAccountPasswordPolicy DeleteOpenIDConnectProvider DeleteSAMLProvider DeleteServerCertificate',
    ],
    [
      'iam',
      'iam',
      'admin change',
      'AcceptDelegationRequest AddClientIDToOpenIDConnectProvider AssociateDelegationRequest DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions DisableOutboundWebIdentityFederation EnableOrganizationsRootCredentialsManagement EnableOrganizationsRootSessions EnableOutboundWebIdentityFederation RejectDelegationRequest RemoveClientIDFromOpenIDConnectProvider SendDelegationToken TagOpenIDConnectProvider TagSAMLProvider TagServerCertificate UntagOpenIDConnectProvider UntagSAMLProvider UntagServerCertificate UpdateDelegationRequest UpdateOpenIDConnectProviderThumbprint UpdateSAMLProvider UpdateServerCertificate',
    ],
    [
      'iam',
      'iam',
      'admin info',
      'GenerateCredentialReport GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetCredentialReport GetDelegationRequest GetOpenIDConnectProvider GetOrganizationsAccessReport GetOutboundWebIdentityFederationInfo GetSAMLProvider GetServerCertificate GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities ListAccountAliases ListDelegationRequests ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListOrganizationsFeatures ListSAMLProviderTags ListSAMLProviders ListServerCertificateTags ListServerCertificates',
    ],
  ),
  ...lines(
    'identityCenter',
    ['sso', 'authentication', 'info', 'Authenticate Federate GetRoleCredentials'],
    ['sso', 'authentication', 'end', 'Logout'],
    ['sso sso-oauth', 'authentication', 'info', 'CreateToken CreateTokenWithIAM StartDeviceAuthorization'],
    ['identitystore sso-directory', 'iam', 'user creation', 'CreateUser'],
    ['identitystore sso-directory', 'iam', 'user deletion', 'DeleteUser'],
    [
      'identitystore sso-directory',
      'iam',
      'user change',
      'CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration DeleteMfaDeviceForUser DisableUser EnableUser UpdateMfaDeviceForUser UpdatePassword UpdateUser UpdateUserName',
    ],
    [
      'identitystore sso-directory',
      'iam',
      'user info',
      'DescribeUser DescribeUserByUniqueAttribute DescribeUsers GetUserId ListMfaDevicesForUser ListUsers SearchUsers',
    ],
    ['identitystore sso-directory', 'iam', 'group creation', 'CreateGroup'],
    ['identitystore sso-directory', 'iam', 'group deletion', 'DeleteGroup'],
    [
      'identitystore sso-directory',
      'iam',
      'group change',
      'AddMemberToGroup CreateGroupMembership DeleteGroupMembership RemoveMemberFromGroup UpdateGroup UpdateGroupDisplayName',
    ],
    [
      'identitystore sso-directory',
      'iam',
      'group info',
      'DescribeGroup DescribeGroupMembership DescribeGroups GetGroupId GetGroupMembershipId IsMemberInGroup IsMemberInGroups ListGroupMemberships ListGroupMembershipsForMember ListGroups ListGroupsForMember ListGroupsForUser ListMembersInGroup SearchGroups',
    ],
    ['sso', 'iam', 'creation', 'CreatePermissionSet'],
    ['sso', 'iam', 'deletion', 'DeletePermissionSet'],
    [
      'sso',
      'iam',
      'change',
      'AttachCustomerManagedPolicyReferenceToPermissionSet AttachManagedPolicyToPermissionSet DeleteInlinePolicyFromPermissionSet DeletePermissionsBoundaryFromPermissionSet DetachCustomerManagedPolicyReferenceFromPermissionSet DetachManagedPolicyFromPermissionSet ProvisionPermissionSet PutInlinePolicyToPermissionSet PutPermissionsBoundaryToPermissionSet UpdatePermissionSet',
    ],
    [
      'sso',
      'iam',
      'info',
      'DescribePermissionSet GetInlinePolicyForPermissionSet GetPermissionsBoundaryForPermissionSet ListAccountAssignments ListManagedPoliciesInPermissionSet ListPermissionSets',
    ],
    ['sso', 'iam', 'admin creation', 'CreateAccountAssignment CreateApplicationAssignment CreateTrustedTokenIssuer'],
    ['sso', 'iam', 'admin deletion', 'DeleteAccountAssignment DeleteApplicationAssignment DeleteTrustedTokenIssuer'],
    [
      'sso sso-directory',
      'iam',
      'admin change',
      'AssociateDirectory DisableExternalIdPConfigurationForDirectory DisassociateDirectory EnableExternalIdPConfigurationForDirectory UpdateTrustedTokenIssuer',
    ],
  ),
  ...lines(
    'cognito',
    [
      'cognito-idp',
      'authentication',
      'info',
      'AdminInitiateAuth AdminRespondToAuthChallenge GetTokensFromRefreshToken InitiateAuth RespondToAuthChallenge',
    ],
    ['cognito-idp', 'authentication', 'end', 'AdminUserGlobalSignOut GlobalSignOut RevokeToken'],
    [
      'cognito-identity',
      'authentication',
      'info',
      'GetCredentialsForIdentity GetOpenIdToken GetOpenIdTokenForDeveloperIdentity',
    ],
    ['cognito-idp', 'iam', 'user creation', 'AdminCreateUser SignUp'],
    ['cognito-idp', 'iam', 'user deletion', 'AdminDeleteUser DeleteUser'],
    [
      'cognito-idp',
      'iam',
      'user change',
      'AdminConfirmSignUp AdminDeleteUserAttributes AdminDisableUser AdminEnableUser AdminResetUserPassword AdminSetUserMFAPreference AdminSetUserPassword AdminUpdateUserAttributes ChangePassword ConfirmForgotPassword ConfirmSignUp DeleteUserAttributes ForgotPassword SetUserMFAPreference UpdateUserAttributes',
    ],
    ['cognito-idp', 'iam', 'user info', 'AdminGetUser AdminListGroupsForUser GetUser ListUsers'],
    ['cognito-idp', 'iam', 'group creation', 'CreateGroup'],
    ['cognito-idp', 'iam', 'group deletion', 'DeleteGroup'],
    ['cognito-idp', 'iam', 'group change', 'AdminAddUserToGroup AdminRemoveUserFromGroup UpdateGroup'],
    ['cognito-idp', 'iam', 'group info', 'GetGroup ListGroups ListUsersInGroup'],
  ),
  ...lines(
    'directoryData',
    ['ds-data', 'iam', 'user creation', 'CreateUser'],
    ['ds-data', 'iam', 'user deletion', 'DeleteUser'],
    ['ds-data', 'iam', 'user change', 'DisableUser UpdateUser'],
    ['ds-data', 'iam', 'user info', 'DescribeUser ListUsers SearchUsers'],
    ['ds-data', 'iam', 'group creation', 'CreateGroup'],
    ['ds-data', 'iam', 'group deletion', 'DeleteGroup'],
    ['ds-data', 'iam', 'group change', 'AddGroupMember RemoveGroupMember UpdateGroup'],
    ['ds-data', 'iam', 'group info', 'DescribeGroup ListGroupMembers ListGroups ListGroupsForMember SearchGroups'],
  ),
  ...lines(
    'quicksight',
    ['quicksight', 'iam', 'user creation', 'RegisterUser'],
    ['quicksight', 'iam', 'user deletion', 'DeleteUser DeleteUserByPrincipalId'],
    ['quicksight', 'iam', 'user change', 'UpdateUser'],
    ['quicksight', 'iam', 'user info', 'DescribeUser ListUserGroups ListUsers'],
    ['quicksight', 'iam', 'group creation', 'CreateGroup'],
    ['quicksight', 'iam', 'group deletion', 'DeleteGroup'],
    ['quicksight', 'iam', 'group change', 'CreateGroupMembership DeleteGroupMembership UpdateGroup'],
    [
      'quicksight',
      'iam',
      'group info',
      'DescribeGroup DescribeGroupMembership ListGroupMemberships ListGroups SearchGroups',
    ],
  ),
  // Beside what Elastic has: the other halves of the same operations.
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

/**
 * Services in which a group is a group of users, so that `group.*` tells of it. Elsewhere `groupName` is a security group (EC2),
 * a group of traces (X-Ray), of resources, of schedules or of environments.
 */
export const USER_GROUP_SERVICES: readonly string[] = [
  'iam',
  'identitystore',
  'sso-directory',
  'cognito-idp',
  'quicksight',
  'ds-data',
  'qbusiness',
];
