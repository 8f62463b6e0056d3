/**
 * Where columns differ from the reference mapping, Matano's managed log source AWS_CLOUDTRAIL
 * (https://github.com/matanolabs/matano), and why. docs/tables.md contains this list.
 */

/** One difference; all texts are Markdown. */
interface MappingDifference {
  /** The columns or values that differ. */
  what: string;
  ours: string;
  reference: string;
  why: string;
}

/** All differences, in the order of docs/tables.md. */
export const MAPPING_DIFFERENCES: readonly MappingDifference[] = [
  {
    what: '`event.outcome` of sign-ins',
    ours: 'The value of the member of `responseElements` or `serviceEventDetails` that is named like the event',
    reference: '`responseElements.ConsoleLogin` only; every other failed sign-in is a `success`',
    why: 'SwitchRole, CheckMfa, PasswordUpdated and the sign-in events of IAM Identity Center have no error code when they fail',
  },
  {
    what: '`event.outcome` of errors',
    ours: 'An error code that is empty, a placeholder or a 2xx/3xx status is not an error; neither is an empty message',
    reference: '`failure` if one of the two fields is present',
    why: 'Such values mean that there was no error, or nothing',
  },
  {
    what: '`event.outcome` of other texts',
    ours: '`unknown`',
    reference: 'The text of `responseElements.ConsoleLogin` in lower case',
    why: 'ECS allows `success`, `failure` and `unknown`',
  },
  {
    what: '`error.message`',
    ours: 'Null for an empty or placeholder text, and if the error code means that there was no error',
    reference: 'Any text, even an empty one',
    why: 'A query for rows with an error message is a query for errors; the text is in `aws.cloudtrail.error_message`',
  },
  {
    what: '`event.category`, `event.type`',
    ours: 'By `eventSource` and `eventName`',
    reference: 'By `eventName`',
    why: 'CreateGroup of X-Ray does not create a user group, and GetPolicy of Lambda does not read an IAM policy',
  },
  {
    what: '`event.category`, `event.type`',
    ours: 'Also for the names in Elastic’s current pipeline, and for all of IAM, STS, sign-in, IAM Identity Center and Cognito',
    reference: '52 names',
    why: 'Roles, policies, sessions and data are just as relevant; no class of the reference was changed',
  },
  {
    what: '`event.type` of DeleteObject, Publish, Converse, SendCommand',
    ours: '`deletion`; `info`',
    reference: 'Elastic: `delete`; an empty list',
    why: 'ECS has no type `delete`; `info` is the type of events that have no other',
  },
  {
    what: '`group.id`, `group.name`',
    ours: 'Only in services where a group is a user group; an empty name is null',
    reference: 'Whenever `requestParameters.groupName` or `responseElements.group.groupId` is present',
    why: 'An EC2 security group or a group of schedules or resources is not a `group` in the sense of ECS',
  },
  {
    what: 'Empty texts and placeholders',
    ours: 'Ignored if a column is derived or falls back to another one',
    reference: 'Used as values: an empty `sessionIssuer.userName` hides `userName`',
    why: 'An empty text or a placeholder is not a name; the columns under `aws.cloudtrail` have it as delivered',
  },
  {
    what: '`user.name`, `user.id`, `user.email`',
    ours: '`root` for Root; for an IAM Identity Center user, the name and id of that user; the role or user in the ARN if no name was delivered',
    reference: '`sessionIssuer.userName`, `userName`; `principalId` only; no e-mail address',
    why: 'Such identities have their names in other fields, so they have no name in the reference',
  },
  {
    what: '`related.user`',
    ours: 'Every user name in the event, including `user.name`, the role, the session and the source identity',
    reference: '`userIdentity.userName`, `requestParameters.userName` and `newUserName`',
    why: 'For assumed roles, which make most calls, the reference has none',
  },
  {
    what: '`source.ip`, `tls.client.server_name`, `destination.domain`, `tls.version`',
    ours: 'Without port and brackets; the first address of a list; host names in lower case; both `1.3` and `TLSv1.3`',
    reference: 'As delivered; `tls.version` only from `TLSv…`',
    why: 'An address, host or version has only one spelling, so that `=` finds it',
  },
  {
    what: '`event.created`, `event.id` of aggregated events',
    ours: 'Null; `ts` is the start of the window, and the id is in `aws.cloudtrail.aggregated.event_id`',
    reference: 'Does not support aggregated events',
    why: 'A column holds the value at its record path, so that the record can be rebuilt',
  },
  {
    what: '`event.original`',
    ours: 'The delivered text of a record that contains JSON that other engines cannot read; otherwise null',
    reference: 'The text of every record',
    why: 'For all other records, the row has everything, at a fraction of the size',
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
    ours: 'Separate columns, and the text as delivered',
    reference: 'Deleted',
    why: 'They are the content of an Insight',
  },
  {
    what: 'Columns of the digest table',
    ours: 'Each field in a typed column; `aws.cloudtrail.digest.public_key_fingerprint` from `digestPublicKeyFingerprint`; the signature as a signature',
    reference:
      'One JSON text, the typed columns null; the fingerprint under a wrong name; the RSA signature as a SHA-256 hash',
    why: 'They are needed to validate a chain of digests',
  },
  {
    what: '`cloud.provider`, `event.module`, `event.dataset`, `related.ip`, `related.hosts`, `source.geo.*`, `source.as.*`, `user_agent.*`',
    ours: 'Filled',
    reference: 'Never filled',
    why: 'ECS queries use them',
  },
  {
    what: '`aws.cloudtrail.unmapped`',
    ours: 'All members that have no column',
    reference: 'Lost',
    why: 'A record can be rebuilt from its row, and new AWS fields are available from their first day',
  },
  {
    what: '`aws.cloudtrail.request_parameters` and similar columns',
    ours: 'The text as delivered',
    reference: 'Without members that are empty or null',
    why: 'The fact that a caller set an empty value can be relevant',
  },
  {
    what: '`cloud.account.id`',
    ours: 'The account of the caller, otherwise `recipientAccountId`',
    reference: 'The account of the caller only',
    why: 'Calls of AWS services have no account in their identity',
  },
  {
    what: '`aws.cloudtrail.user_identity.*`, `aws.cloudtrail.vpc_endpoint_account_id`, `aws.cloudtrail.tls_details.key_exchange`',
    ours: 'Also `inScopeOf`, `invokedByDelegate`, `onBehalfOf`, `credentialId`, `sourceIdentity`, `webIdFederationData`, `ec2RoleDelivery`, `assumedRoot`',
    reference: 'Missing',
    why: 'Newer versions of the CloudTrail record have them',
  },
  {
    what: '`ts`',
    ours: 'A record whose time is not valid is rejected, with a reason',
    reference: 'It gets the current time',
    why: 'A wrong time hides the event from every query by day',
  },
  {
    what: '`ecs.version`',
    ours: 'The version whose fields the tests check',
    reference: 'An older version',
    why: 'Names and types of fields change between versions',
  },
];
