/**
 * Where a column differs from the reference mapping, Matano's managed log source AWS_CLOUDTRAIL
 * (https://github.com/matanolabs/matano), and why. docs/tables.md prints this list.
 */

/** One difference; all texts are Markdown. */
interface MappingDifference {
  /** Columns, or what else it is about; Markdown. */
  what: string;
  ours: string;
  reference: string;
  why: string;
}

/** All differences, in the order in which docs/tables.md prints them. */
export const MAPPING_DIFFERENCES: readonly MappingDifference[] = [
  {
    what: '`event.outcome` of sign-ins',
    ours: 'What the member with the name of the event says in `responseElements` or `serviceEventDetails`',
    reference: '`responseElements.ConsoleLogin` only; every other failed sign-in is a `success`',
    why: 'SwitchRole, CheckMfa, PasswordUpdated and the sign-in events of IAM Identity Center have no error code when they fail',
  },
  {
    what: '`event.outcome` of errors',
    ours: 'An error code that is empty, a placeholder or a 2xx/3xx status is no error, and neither is an empty message',
    reference: '`failure` wherever one of the two fields is there',
    why: 'They say that nothing went wrong, or nothing at all',
  },
  {
    what: '`event.outcome` of other texts',
    ours: '`unknown`',
    reference: 'The text of `responseElements.ConsoleLogin` in lower case',
    why: 'ECS allows `success`, `failure` and `unknown`',
  },
  {
    what: '`error.message`',
    ours: 'Null for an empty or placeholder text, and where the error code says that there was no error',
    reference: 'Any text, also an empty one',
    why: 'Whoever looks for rows with an error message looks for errors; the text is in `aws.cloudtrail.error_message`',
  },
  {
    what: '`event.category`, `event.type`',
    ours: 'By `eventSource` and `eventName`',
    reference: 'By `eventName`',
    why: 'CreateGroup of X-Ray makes no group of users, and GetPolicy of Lambda reads no policy of IAM',
  },
  {
    what: '`event.category`, `event.type`',
    ours: 'Also for what Elastic’s pipeline has by now, and for all of IAM, STS, sign-in, IAM Identity Center and Cognito',
    reference: '52 names',
    why: 'Roles, policies, sessions and data are as much of interest; no class of the reference has changed',
  },
  {
    what: '`event.type` of DeleteObject, Publish, Converse, SendCommand',
    ours: '`deletion`; `info`',
    reference: 'Elastic: `delete`; an empty list',
    why: 'ECS has no type `delete`; `info` is the type of all that has no other',
  },
  {
    what: '`group.id`, `group.name`',
    ours: 'Only in services where a group is a group of users; an empty name is null',
    reference: 'Wherever `requestParameters.groupName` or `responseElements.group.groupId` is there',
    why: 'A security group of EC2, a group of schedules or of resources is no `group` of ECS',
  },
  {
    what: 'Empty texts and placeholders',
    ours: 'Do not count where a column falls back on another or is derived',
    reference: 'Taken as values: an empty `sessionIssuer.userName` hides `userName`',
    why: 'An empty or made-up text names nobody; the columns under `aws.cloudtrail` have it as delivered',
  },
  {
    what: '`user.name`, `user.id`, `user.email`',
    ours: '`root` for Root; for a user of IAM Identity Center the name and id of that user; the role or user in the ARN where no name was delivered',
    reference: '`sessionIssuer.userName`, `userName`; `principalId` only; no e-mail address',
    why: 'Such identities have their names in other fields, so the reference leaves them without any',
  },
  {
    what: '`related.user`',
    ours: 'Every user name in the event: also `user.name`, the role, the session, the source identity',
    reference: '`userIdentity.userName`, `requestParameters.userName` and `newUserName`',
    why: 'For an assumed role, most of all calls, the reference has none',
  },
  {
    what: '`source.ip`, `tls.client.server_name`, `destination.domain`, `tls.version`',
    ours: 'Without port and brackets; the first address of a list; host names in lower case; `1.3` and `TLSv1.3` alike',
    reference: 'As delivered; `tls.version` only from `TLSv…`',
    why: 'One address, host or version has one spelling, so that `=` finds it',
  },
  {
    what: '`event.created`, `event.id` of aggregated events',
    ours: 'Null; `ts` is the start of the window, and the id is in `aws.cloudtrail.aggregated.event_id`',
    reference: 'Does not know aggregated events',
    why: 'A column holds what its record path had, so that the record can be rebuilt',
  },
  {
    what: '`event.original`',
    ours: 'The delivered text of a record some of whose JSON other engines do not read; null otherwise',
    reference: 'The text of every record',
    why: 'The row says everything else, at a fraction of the size',
  },
  {
    what: '`aws.cloudtrail.resources`',
    ours: 'A list of structs',
    reference: 'A struct, always null',
    why: 'CloudTrail delivers an array',
  },
  {
    what: '`aws.cloudtrail.shared_event_id`',
    ours: 'From `sharedEventID`',
    reference: 'From `sharedEventId`, always null',
    why: 'The reference misspells the field',
  },
  {
    what: '`aws.cloudtrail.insight_details.*`, `aws.cloudtrail.insight_details_raw`',
    ours: 'Columns of their own, and the text as delivered',
    reference: 'Deleted',
    why: 'They are what an Insight says',
  },
  {
    what: 'Columns of the digest table',
    ours: 'Each field in a typed column; `aws.cloudtrail.digest.public_key_fingerprint` from `digestPublicKeyFingerprint`; the signature as a signature',
    reference:
      'One JSON text, the typed columns null; the fingerprint under a wrong name; the RSA signature as a SHA-256 hash',
    why: 'A chain of digests can be checked only with them',
  },
  {
    what: '`cloud.provider`, `event.module`, `event.dataset`, `related.ip`, `related.hosts`, `source.geo.*`, `source.as.*`, `user_agent.*`',
    ours: 'Filled',
    reference: 'Never filled',
    why: 'ECS queries use them',
  },
  {
    what: '`aws.cloudtrail.unmapped`',
    ours: 'All that has no column',
    reference: 'Lost',
    why: 'A record can be rebuilt from its row, and a new field of AWS is there from its first day',
  },
  {
    what: '`aws.cloudtrail.request_parameters` and its like',
    ours: 'The text as delivered',
    reference: 'Without members that are empty or null',
    why: 'That somebody set an empty value can be what matters',
  },
  {
    what: '`cloud.account.id`',
    ours: 'The account of the caller, else `recipientAccountId`',
    reference: 'The account of the caller only',
    why: 'Calls of AWS services have no account in their identity',
  },
  {
    what: '`aws.cloudtrail.user_identity.*`, `aws.cloudtrail.vpc_endpoint_account_id`, `aws.cloudtrail.tls_details.key_exchange`',
    ours: 'Also `inScopeOf`, `invokedByDelegate`, `onBehalfOf`, `credentialId`, `sourceIdentity`, `webIdFederationData`, `ec2RoleDelivery`, `assumedRoot`',
    reference: 'Missing',
    why: 'Newer versions of CloudTrail’s record have them',
  },
  {
    what: '`ts`',
    ours: 'A record whose time cannot be read is one of the rejects, with its reason',
    reference: 'It gets the present time',
    why: 'A wrong time hides the event from every query by day',
  },
  {
    what: '`ecs.version`',
    ours: 'The version whose fields the tests compare with',
    reference: 'An older version',
    why: 'Names and types of fields change between versions',
  },
];
