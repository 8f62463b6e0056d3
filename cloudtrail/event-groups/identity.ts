/** The lines of services that manage users, groups, roles and policies. */
import { type EventGroup, lines } from './group.js';

/** The lines of IAM, IAM Identity Center, Cognito and others. */
export const IDENTITY_GROUPS: readonly EventGroup[] = [
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
    // Roles, instance profiles and policies: only the verb, as in Elastic's pipeline.
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
    // The account, identity providers, server certificates, delegation: neither users nor groups, so `admin`.
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
      'GenerateCredentialReport GenerateOrganizationsAccessReport GenerateServiceLastAccessedDetails GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetCredentialReport GetDelegationRequest GetHumanReadableSummary GetOpenIDConnectProvider GetOrganizationsAccessReport GetOutboundWebIdentityFederationInfo GetSAMLProvider GetServerCertificate GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities ListAccountAliases ListDelegationRequests ListOpenIDConnectProviderTags ListOpenIDConnectProviders ListOrganizationsFeatures ListSAMLProviderTags ListSAMLProviders ListServerCertificateTags ListServerCertificates',
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
];

/**
 * Services in which a group is a user group, so that `group.*` describes it. In other services, `groupName` is a security group
 * (EC2) or a group of traces (X-Ray), resources, schedules or environments.
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
