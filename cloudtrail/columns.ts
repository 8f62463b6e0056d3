/**
 * The column table of the default table: every column, its type and where it comes from, in the order in which the
 * table shows them. From it come the schema, the decoder and the reference page.
 *
 * A *direct* column holds one path of the record and can be turned back into it. A *derived* one is computed
 * from direct ones. What has no column, or does not fit it, is kept in `aws.cloudtrail.unmapped`.
 * ECS field names and types: https://www.elastic.co/docs/reference/ecs (8.17). Record fields:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { ColumnSpec, ColumnType } from '../iceberg/types.js';
import type { Derivation } from './derived.js';
import * as derive from './derived.js';

export const ECS_VERSION = '8.17.0';

/**
 * How a value of the record becomes a value of the column.
 * - `text`: a JSON string. Numbers and booleans become their text; the delivered value is then also in `unmapped`.
 * - `boolean`: `true` / `false`; the strings "true" / "false" likewise, with the delivered value in `unmapped`.
 * - `true_text`: the string "true" becomes true; anything else goes to `unmapped`.
 * - `time`: `YYYY-MM-DDTHH:MM:SSZ`; other ISO 8601 forms likewise, with the delivered value in `unmapped`.
 * - `json`: the text of any value, as it was delivered.
 * - `resources`: the list of resources.
 */
export type Conversion = 'text' | 'boolean' | 'true_text' | 'time' | 'json' | 'resources';

export interface DirectColumn extends ColumnSpec {
  kind: 'direct';
  /** Path in the record; below a `json` column it is a copy, which the rebuilding of a record ignores. */
  path: string;
  as: Conversion;
  /**
   * Name of the column whose value stands in where this one has none: aggregated events have neither eventTime nor
   * eventID. Where both have one, the value at `path` is in `unmapped` too; so a row whose stand-in has a value says
   * nothing about `path` by this column.
   */
  standIn?: string;
}

export interface DerivedColumn extends ColumnSpec {
  kind: 'derived';
  derivation: Derivation;
}

/** Written by the decoder itself: leftovers, and where the row came from. */
export interface DecoderColumn extends ColumnSpec {
  kind: 'decoder';
  role: 'unmapped' | 'empty_members' | 'file_path' | 'record_index';
}

export type CloudTrailColumn = DirectColumn | DerivedColumn | DecoderColumn;

/** Values that derivations need and that are no columns: paths below a `json` column, always `text`. */
export const PEEKED_PATHS = [
  'responseElements.ConsoleLogin',
  'additionalEventData.MobileVersion',
  'additionalEventData.MFAUsed',
  'additionalEventData.LoginTo',
  'requestParameters.Host',
  'requestParameters.publicIp',
  'requestParameters.privateIpAddress',
  'responseElements.publicIp',
  'responseElements.networkInterface.privateIpAddress',
  'responseElements.codeSha256',
  'responseElements.image.imageId.imageDigest',
] as const;

const TYPE_OF: Record<Conversion, ColumnType> = {
  text: 'string',
  boolean: 'boolean',
  true_text: 'boolean',
  time: 'timestamptz',
  json: 'string',
  resources: {
    listOf: [
      { name: 'arn', type: 'string' },
      { name: 'account_id', type: 'string' },
      { name: 'type', type: 'string' },
    ],
  },
};

function direct(name: string, path: string, as: Conversion, doc: string): DirectColumn {
  return { kind: 'direct', name, path, as, type: TYPE_OF[as], doc };
}

function derived(name: string, type: ColumnType, derivation: Derivation, doc: string): DerivedColumn {
  return { kind: 'derived', name, type, derivation, doc };
}

const ct = (name: string, path: string, as: Conversion, doc: string) => direct(`aws.cloudtrail.${name}`, path, as, doc);
const list: ColumnType = { list: 'string' };

export const DEFAULT_TABLE_COLUMNS: readonly CloudTrailColumn[] = [
  {
    ...direct('ts', 'eventTime', 'time', 'When the request was made (UTC); the table is partitioned by its day'),
    required: true,
    standIn: 'aws.cloudtrail.aggregated.window_start',
  },

  derived(
    'cloud.account.id',
    'string',
    derive.firstOf(
      'aws.cloudtrail.user_identity.account_id',
      'aws.cloudtrail.recipient_account_id',
      'aws.cloudtrail.aggregated.account_id',
    ),
    'Account of the caller; where it is missing, the account that received the event',
  ),
  derived('cloud.provider', 'string', derive.constant('aws'), 'Always `aws`'),
  direct('cloud.region', 'awsRegion', 'text', 'Region that the request was made to'),
  derived('destination.domain', 'string', derive.firstOf('tls.client.server_name'), 'Host that the client called'),
  derived('ecs.version', 'string', derive.constant(ECS_VERSION), 'ECS version that this row follows'),
  derived(
    'error.message',
    'string',
    derive.firstOf('aws.cloudtrail.error_message'),
    'Description of the error, when the request failed',
  ),

  direct('event.action', 'eventName', 'text', 'The API call or the event: `CreateUser`'),
  derived('event.category', list, derive.eventCategory, 'ECS categories of the action'),
  derived('event.created', 'timestamptz', derive.timeOf('ts'), 'The same as ts'),
  derived('event.dataset', 'string', derive.constant('aws.cloudtrail'), 'Always `aws.cloudtrail`'),
  {
    ...direct('event.id', 'eventID', 'text', 'Unique id of the event within an account'),
    standIn: 'aws.cloudtrail.aggregated.event_id',
  },
  derived('event.kind', 'string', derive.constant('event'), 'Always `event`'),
  derived('event.module', 'string', derive.constant('aws'), 'Always `aws`'),
  derived(
    'event.outcome',
    'string',
    derive.eventOutcome,
    '`failure` with an error code or message; for ConsoleLogin what the response says; else `success`',
  ),
  direct('event.provider', 'eventSource', 'text', 'Service that the request was made to: `iam.amazonaws.com`'),
  derived('event.type', list, derive.eventType, 'ECS types of the action; `info` when nothing else is known'),

  direct('group.id', 'responseElements.group.groupId', 'text', 'Id of the group that was made'),
  direct('group.name', 'requestParameters.groupName', 'text', 'Name of the group that the request is about'),
  {
    kind: 'decoder',
    role: 'file_path',
    name: 'log.file.path',
    type: 'string',
    doc: 'Address of the CloudTrail file that the row came from',
  },
  derived(
    'related.hash',
    list,
    derive.relatedHash,
    'Hashes of what was deployed: Lambda’s codeSha256 (base64), an ECR image’s digest (`sha256:…`)',
  ),
  derived(
    'related.hosts',
    list,
    derive.relatedHosts,
    'Host names of the request, each once: of TLS, and of the parameter Host. A service that called is no host',
  ),
  derived(
    'related.ip',
    list,
    derive.relatedIp,
    'IP addresses, each once: source.ip, and EC2’s publicIp and privateIpAddress of the request and the response',
  ),
  derived('related.user', list, derive.relatedUser, 'Every user name in the event, each once'),
  direct('source.address', 'sourceIPAddress', 'text', 'Where the request came from: an IP address or a service name'),
  derived('source.as.number', 'long', derive.sourceAsNumber, 'Autonomous system of source.ip (enrich.geoip.asn)'),
  derived(
    'source.as.organization.name',
    'string',
    derive.sourceAsOrganization,
    'Organization that runs it (enrich.geoip.asn)',
  ),
  derived('source.geo.city_name', 'string', derive.sourceGeo('city_name'), 'City of source.ip (enrich.geoip.city)'),
  derived(
    'source.geo.continent_name',
    'string',
    derive.sourceGeo('continent_name'),
    'Continent of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.country_iso_code',
    'string',
    derive.sourceGeo('country_iso_code'),
    'ISO 3166-1 code of the country of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.country_name',
    'string',
    derive.sourceGeo('country_name'),
    'Country of source.ip (enrich.geoip.city)',
  ),
  derived(
    'source.geo.location',
    'string',
    derive.sourceGeo('location'),
    'Latitude and longitude of source.ip: `50.1188,8.6843` (enrich.geoip.city)',
  ),
  derived(
    'source.geo.region_iso_code',
    'string',
    derive.sourceGeo('region_iso_code'),
    'ISO 3166-2 code of the region of source.ip: `DE-HE` (enrich.geoip.city)',
  ),
  derived(
    'source.geo.region_name',
    'string',
    derive.sourceGeo('region_name'),
    'Region of source.ip (enrich.geoip.city)',
  ),
  derived('source.ip', 'string', derive.sourceIp, 'source.address, when it is an IP address'),
  direct('tls.cipher', 'tlsDetails.cipherSuite', 'text', 'Cipher suite'),
  direct('tls.client.server_name', 'tlsDetails.clientProvidedHostHeader', 'text', 'Host name that the client called'),
  derived('tls.version', 'string', derive.tlsVersion, 'TLS version number: `1.2`'),
  derived('tls.version_protocol', 'string', derive.tlsProtocol, 'Always `tls`, where the version is known'),
  direct(
    'user.changes.name',
    'requestParameters.newUserName',
    'text',
    'New name of the user that the request is about',
  ),
  direct('user.id', 'userIdentity.principalId', 'text', 'Unique id of the caller'),
  derived(
    'user.name',
    'string',
    derive.firstOf(
      'aws.cloudtrail.user_identity.session_context.session_issuer.user_name',
      'aws.cloudtrail.user_identity.user_name',
    ),
    'Name of the role or user behind the call',
  ),
  direct('user.target.id', 'responseElements.user.userId', 'text', 'Id of the user that the request is about'),
  direct('user.target.name', 'requestParameters.userName', 'text', 'Name of the user that the request is about'),
  derived('user_agent.device.name', 'string', derive.userAgentDevice, 'Device, where a browser names it: `iPhone`'),
  derived('user_agent.name', 'string', derive.userAgentName, 'Browser, SDK, tool or service: `aws-cli`, `Firefox`'),
  direct('user_agent.original', 'userAgent', 'text', 'User agent, as it was delivered'),
  derived(
    'user_agent.os.full',
    'string',
    derive.userAgentOsFull,
    'Name and version of the operating system: `Linux 5.10.213`',
  ),
  derived('user_agent.os.name', 'string', derive.userAgentOsName, 'Operating system, where the user agent says it'),
  derived(
    'user_agent.os.version',
    'string',
    derive.userAgentOsVersion,
    'Its version; of Linux and Darwin the kernel’s',
  ),
  derived('user_agent.version', 'string', derive.userAgentVersion, 'Version of user_agent.name'),

  ct('event_version', 'eventVersion', 'text', 'Version of the record format; compare its parts as numbers'),
  ct('event_type', 'eventType', 'text', '`AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, …'),
  ct('event_category', 'eventCategory', 'text', '`Management`, `Data`, `NetworkActivity`, `Insight`'),
  ct('management_event', 'managementEvent', 'boolean', 'Is it a management event?'),
  ct('read_only', 'readOnly', 'boolean', 'Does the operation only read?'),
  ct('api_version', 'apiVersion', 'text', 'API version of the call'),
  ct('request_id', 'requestID', 'text', 'Id that the service gave to the request'),
  ct('shared_event_id', 'sharedEventID', 'text', 'Joins the events of one action in several accounts'),
  ct('recipient_account_id', 'recipientAccountId', 'text', 'Account that received the event'),
  ct('error_code', 'errorCode', 'text', 'Error of the service, when the request failed'),
  ct('error_message', 'errorMessage', 'text', 'Description of the error'),
  ct('vpc_endpoint_id', 'vpcEndpointId', 'text', 'VPC endpoint that the request came through'),
  ct('vpc_endpoint_account_id', 'vpcEndpointAccountId', 'text', 'Owner of the VPC endpoint'),
  ct('user_identity.type', 'userIdentity.type', 'text', '`IAMUser`, `AssumedRole`, `Root`, `AWSService`, …'),
  ct('user_identity.arn', 'userIdentity.arn', 'text', 'ARN of the principal'),
  ct('user_identity.account_id', 'userIdentity.accountId', 'text', 'Account of the principal'),
  ct('user_identity.access_key_id', 'userIdentity.accessKeyId', 'text', 'Access key that signed the request'),
  ct('user_identity.user_name', 'userIdentity.userName', 'text', 'User name of the principal'),
  ct('user_identity.invoked_by', 'userIdentity.invokedBy', 'text', 'Service that made the request'),
  ct(
    'user_identity.invoked_by_delegate.account_id',
    'userIdentity.invokedByDelegate.accountId',
    'text',
    'Account of the product provider that acted with temporarily delegated access',
  ),
  ct('user_identity.identity_provider', 'userIdentity.identityProvider', 'text', 'External identity provider'),
  ct('user_identity.credential_id', 'userIdentity.credentialId', 'text', 'Id of the bearer token that was used'),
  ct(
    'user_identity.on_behalf_of.user_id',
    'userIdentity.onBehalfOf.userId',
    'text',
    'IAM Identity Center user on whose behalf the request was made',
  ),
  ct(
    'user_identity.on_behalf_of.identity_store_arn',
    'userIdentity.onBehalfOf.identityStoreArn',
    'text',
    'ARN of the identity store that has this user',
  ),
  ct(
    'user_identity.in_scope_of.source_arn',
    'userIdentity.inScopeOf.sourceArn',
    'text',
    'ARN of the resource in whose scope a service acted',
  ),
  ct(
    'user_identity.in_scope_of.source_account',
    'userIdentity.inScopeOf.sourceAccount',
    'text',
    'Account of this resource',
  ),
  ct(
    'user_identity.in_scope_of.issuer_type',
    'userIdentity.inScopeOf.issuerType',
    'text',
    'Type of what the credentials were issued to: `AWS::Lambda::Function`',
  ),
  ct(
    'user_identity.in_scope_of.credentials_issued_to',
    'userIdentity.inScopeOf.credentialsIssuedTo',
    'text',
    'Resource that the credentials were issued to',
  ),
  ct(
    'user_identity.session_context.mfa_authenticated',
    'userIdentity.sessionContext.attributes.mfaAuthenticated',
    'text',
    '`true` or `false`, as text',
  ),
  ct(
    'user_identity.session_context.creation_date',
    'userIdentity.sessionContext.attributes.creationDate',
    'time',
    'When the temporary credentials were issued',
  ),
  ct(
    'user_identity.session_context.session_issuer.type',
    'userIdentity.sessionContext.sessionIssuer.type',
    'text',
    'Source of the temporary credentials: `Role`',
  ),
  ct(
    'user_identity.session_context.session_issuer.principal_id',
    'userIdentity.sessionContext.sessionIssuer.principalId',
    'text',
    'Id of the issuer',
  ),
  ct(
    'user_identity.session_context.session_issuer.arn',
    'userIdentity.sessionContext.sessionIssuer.arn',
    'text',
    'ARN of the issuer',
  ),
  ct(
    'user_identity.session_context.session_issuer.account_id',
    'userIdentity.sessionContext.sessionIssuer.accountId',
    'text',
    'Account of the issuer',
  ),
  ct(
    'user_identity.session_context.session_issuer.user_name',
    'userIdentity.sessionContext.sessionIssuer.userName',
    'text',
    'Name of the issuer',
  ),
  ct(
    'user_identity.session_context.source_identity',
    'userIdentity.sessionContext.sourceIdentity',
    'text',
    'Source identity that was set when the role was assumed, and stays through role chaining',
  ),
  ct(
    'user_identity.session_context.ec2_role_delivery',
    'userIdentity.sessionContext.ec2RoleDelivery',
    'text',
    'Version of the instance metadata service that delivered the credentials: `1.0` or `2.0`',
  ),
  ct(
    'user_identity.session_context.assumed_root',
    'userIdentity.sessionContext.assumedRoot',
    'text',
    '`true`, as text, for a session of sts:AssumeRoot',
  ),
  ct(
    'user_identity.session_context.sign_in_session_arn',
    'userIdentity.sessionContext.signInSessionArn',
    'text',
    'ARN of the console sign-in session',
  ),
  ct(
    'user_identity.session_context.web_id_federation_data.federated_provider',
    'userIdentity.sessionContext.webIdFederationData.federatedProvider',
    'text',
    'Web identity provider: `accounts.google.com`, or its ARN',
  ),
  ct(
    'user_identity.session_context.web_id_federation_data.attributes',
    'userIdentity.sessionContext.webIdFederationData.attributes',
    'json',
    'Application id and user id, as the provider says them: JSON text, as delivered',
  ),
  ct('request_parameters', 'requestParameters', 'json', 'Parameters of the request: JSON text, as delivered'),
  ct('response_elements', 'responseElements', 'json', 'Elements of the response: JSON text, as delivered'),
  ct('additional_eventdata', 'additionalEventData', 'json', 'Further data: JSON text, as delivered'),
  ct('service_event_details', 'serviceEventDetails', 'json', 'Details of a service event: JSON text, as delivered'),
  ct('edge_device_details', 'edgeDeviceDetails', 'json', 'Details of an edge device: JSON text, as delivered'),
  ct('insight_details', 'insightDetails', 'json', 'Details of an Insight: JSON text, as delivered'),
  ct(
    'event_context',
    'eventContext',
    'json',
    'Tags and condition keys of events of event data stores: JSON text, as delivered',
  ),
  ct('aggregated.account_id', 'accountId', 'text', 'Aggregated events: account that received the event'),
  ct('aggregated.event_id', 'eventId', 'text', 'Aggregated events: the spelling of their id'),
  ct('aggregated.window_start', 'timeWindow.windowStart', 'time', 'Aggregated events: start of the window'),
  ct('aggregated.window_end', 'timeWindow.windowEnd', 'time', 'Aggregated events: end of the window, exclusive'),
  ct('aggregated.window_size', 'timeWindow.windowSize', 'text', 'Aggregated events: length of the window: `PT5M`'),
  ct('aggregated.summary', 'summary', 'json', 'Aggregated events: counts by dimension: JSON text, as delivered'),
  ct('resources', 'resources', 'resources', 'Resources that the event is about'),
  ct('addendum.reason', 'addendum.reason', 'text', 'Why the record was delivered late or again'),
  ct('addendum.updated_fields', 'addendum.updatedFields', 'text', 'Fields that the addendum changes'),
  ct('addendum.original_request_id', 'addendum.originalRequestID', 'text', 'Request id of the first record'),
  ct('addendum.original_event_id', 'addendum.originalEventID', 'text', 'Event id of the first record'),
  ct(
    'session_credential_from_console',
    'sessionCredentialFromConsole',
    'true_text',
    'True for a request of a console session; else null',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.mobile_version',
    'boolean',
    derive.consoleMobileVersion,
    'ConsoleLogin: from the mobile page?',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.mfa_used',
    'boolean',
    derive.consoleMfaUsed,
    'ConsoleLogin: was MFA used?',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.login_to',
    'string',
    derive.consoleLoginTo,
    'ConsoleLogin: address that was logged in to',
  ),
  ct('tls_details.tls_version', 'tlsDetails.tlsVersion', 'text', 'TLS version, as delivered: `TLSv1.2`'),
  ct('tls_details.key_exchange', 'tlsDetails.keyExchange', 'text', 'Key exchange'),
  {
    kind: 'decoder',
    role: 'record_index',
    name: 'aws.cloudtrail.record_index',
    type: 'int',
    doc: 'Position of the record in its file, from 0',
  },
  {
    kind: 'decoder',
    role: 'unmapped',
    name: 'aws.cloudtrail.unmapped',
    type: 'string',
    doc: 'Whatever has no column or does not fit it: a JSON object, nested as in the record',
  },
  {
    kind: 'decoder',
    role: 'empty_members',
    name: 'aws.cloudtrail.empty_members',
    type: 'string',
    doc: 'Members that were delivered as null, {} or []: a JSON object, nested as in the record',
  },
];
