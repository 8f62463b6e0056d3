/** ECS category and types by eventName, as Matano's AWS_CLOUDTRAIL classifies them. */
export const ECS_CLASSES: ReadonlyMap<string, [category: string[], types: string[]]> = new Map(
  `authentication: info: AssumeRole, ConsoleLogin
  file: creation: CreateBucket
  file: deletion: DeleteBucket
  iam: admin, change: SetDefaultPolicyVersion, SetSecurityTokenServicePreferences, UpdateAccountPasswordPolicy, UpdateRole
  iam: admin, creation: CreateKeyPair
  iam: group, change: AddUserToGroup, AttachGroupPolicy, DeleteGroupPolicy, DetachGroupPolicy, PutGroupPolicy, RemoveUserFromGroup, UpdateGroup
  iam: group, creation: CreateGroup
  iam: group, deletion: DeleteGroup
  iam: group, info: GetGroup, GetGroupPolicy, ListAttachedGroupPolicies, ListGroupPolicies, ListGroups
  iam: user, change: AttachUserPolicy, ChangePassword, CreateAccessKey, CreateVirtualMFADevice, DeactivateMFADevice, DeleteAccessKey, DeleteSSHPublicKey, DeleteUserPermissionsBoundary, DeleteUserPolicy, DeleteVirtualMFADevice, DetachUserPolicy, EnableMFADevice, PutUserPermissionsBoundary, PutUserPolicy, TagUser, UntagUser, UpdateAccessKey, UpdateLoginProfile, UpdateSSHPublicKey, UpdateUser
  iam: user, creation: CreateUser
  iam: user, deletion: DeleteUser
  iam: user, info: GetUser, GetUserPolicy, ListAttachedUserPolicies, ListGroupsForUser, ListUserPolicies, ListUsers, ListUserTags`
    .split('\n')
    .flatMap((line) => {
      const [category, types, names] = line.split(':').map((part) => part.trim().split(', '));
      return names.map((name) => [name, [category, types]] as const);
    })
    .map(([name, [category, types]]) => [name, [category, types]]),
);
