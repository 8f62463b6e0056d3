/** ECS category and types of an action, by eventName (Matano's table for AWS_CLOUDTRAIL). */

export interface EventClass {
  category: readonly Buffer[];
  type: readonly Buffer[];
}

const utf8 = (words: string): Buffer[] => words.split(' ').map((word) => Buffer.from(word));

const TABLE: readonly (readonly [category: string, types: string, names: string])[] = [
  ['authentication', 'info', 'AssumeRole ConsoleLogin'],
  ['file', 'creation', 'CreateBucket'],
  ['file', 'deletion', 'DeleteBucket'],
  [
    'iam',
    'admin change',
    'SetDefaultPolicyVersion SetSecurityTokenServicePreferences UpdateAccountPasswordPolicy UpdateRole',
  ],
  ['iam', 'admin creation', 'CreateKeyPair'],
  [
    'iam',
    'group change',
    'AddUserToGroup AttachGroupPolicy DeleteGroupPolicy DetachGroupPolicy PutGroupPolicy RemoveUserFromGroup UpdateGroup',
  ],
  ['iam', 'group creation', 'CreateGroup'],
  ['iam', 'group deletion', 'DeleteGroup'],
  ['iam', 'group info', 'GetGroup GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies ListGroups'],
  [
    'iam',
    'user change',
    'AttachUserPolicy ChangePassword CreateAccessKey CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteSSHPublicKey DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachUserPolicy EnableMFADevice PutUserPermissionsBoundary PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateLoginProfile UpdateSSHPublicKey UpdateUser',
  ],
  ['iam', 'user creation', 'CreateUser'],
  ['iam', 'user deletion', 'DeleteUser'],
  [
    'iam',
    'user info',
    'GetUser GetUserPolicy ListAttachedUserPolicies ListGroupsForUser ListUserPolicies ListUsers ListUserTags',
  ],
];

const CLASSES: ReadonlyMap<string, EventClass> = new Map(
  TABLE.flatMap(([category, types, names]) =>
    names.split(' ').map((name) => [name, { category: utf8(category), type: utf8(types) }] as const),
  ),
);

/** An action that the table does not name has no category and the type `info`. */
const UNCLASSIFIED: EventClass = { category: [], type: utf8('info') };

export function classOf(eventName: string): EventClass {
  return CLASSES.get(eventName) ?? UNCLASSIFIED;
}
