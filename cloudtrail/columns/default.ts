/**
 * The columns of the default table: name, type and source of each, in table order. The schema, the decoder and the
 * reference page are derived from this list.
 *
 * ECS field names and types: ecs-fields.ts. Record fields:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { ColumnType } from '../../iceberg/types.js';
import * as derive from '../derived.js';
import { ECS_VERSION } from '../ecs-fields.js';
import {
  type CloudTrailColumn,
  ct,
  derived,
  direct,
  FILE_PATH,
  FREE_COLUMNS,
  lookup,
  ORIGINAL,
  RECORD_INDEX,
  type Shape,
  timeOfRow,
  UNMAPPED_COLUMNS,
} from './column.js';
import { SOURCE_COLUMNS } from './source.js';
import { TLS_COLUMNS, TLS_DETAILS_COLUMNS } from './tls.js';
import { USER_COLUMNS } from './user.js';
import { USER_AGENT_COLUMNS } from './user-agent.js';
import { USER_IDENTITY_COLUMNS } from './user-identity.js';

const list: ColumnType = { list: 'string' };

const RESOURCES: Shape = {
  list: {
    members: [
      { key: 'ARN', name: 'arn', shape: 'text' },
      { key: 'accountId', name: 'account_id', shape: 'text' },
      { key: 'type', name: 'type', shape: 'text' },
    ],
  },
};

/** The managed columns of the default table, in table order. */
export const DEFAULT_TABLE_COLUMNS: readonly CloudTrailColumn[] = [
  timeOfRow(
    ['event.created', 'aws.cloudtrail.aggregated.window_start'],
    'Time of the request (UTC); for an aggregated event, the start of its window. The table is partitioned by its day',
  ),

  lookup(
    derived(
      'cloud.account.id',
      'string',
      derive.cloudAccountId,
      'Account of the caller; if the record does not have its 12-digit id, the account that received the event',
    ),
  ),
  derived('cloud.provider', 'string', derive.constant('aws'), 'Always `aws`'),
  direct('cloud.region', 'awsRegion', 'text', 'Region that the request was made to'),
  derived(
    'cloud.service.name',
    'string',
    derive.cloudServiceName,
    'event.provider without the AWS domain: `iam`, `s3`',
  ),
  derived(
    'destination.domain',
    'string',
    derive.clientHostName,
    'Host that the client called: the same as tls.client.server_name',
  ),
  derived('ecs.version', 'string', derive.constant(ECS_VERSION), 'ECS version that this row follows'),
  derived(
    'error.message',
    'string',
    derive.errorMessage,
    'Description of the error, if the request failed; null for an empty or placeholder text',
  ),

  direct('event.action', 'eventName', 'text', 'The API call or the event: `CreateUser`'),
  derived('event.category', list, derive.eventCategory, 'ECS categories of the event, by its service and its name'),
  direct('event.created', 'eventTime', 'time', 'Time of the request (UTC); null for an aggregated event'),
  derived('event.dataset', 'string', derive.constant('aws.cloudtrail'), 'Always `aws.cloudtrail`'),
  lookup(
    direct(
      'event.id',
      'eventID',
      'text',
      'Unique id of the event within an account; null for an aggregated event, which has aws.cloudtrail.aggregated.event_id',
    ),
  ),
  derived('event.kind', 'string', derive.constant('event'), 'Always `event`'),
  derived('event.module', 'string', derive.constant('aws'), 'Always `aws`'),
  ORIGINAL,
  derived('event.outcome', 'string', derive.eventOutcome, '`success`, `failure` or `unknown`: [the rules](#outcome)'),
  direct('event.provider', 'eventSource', 'text', 'Service that the request was made to: `iam.amazonaws.com`'),
  derived(
    'event.type',
    list,
    derive.eventType,
    'ECS types of the event, by its service and its name; `info` if nothing else is known',
  ),

  lookup(derived('group.id', 'string', derive.groupId, 'Id of the user group that was created')),
  lookup(derived('group.name', 'string', derive.groupName, 'Name of the user group that the request is about')),
  FILE_PATH,
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
    'Distinct host names of the request: tls.client.server_name and the parameter Host or host. A calling service is not a host',
  ),
  derived(
    'related.ip',
    list,
    derive.relatedIp,
    'Distinct IP addresses: source.ip, hosts that are addresses, and EC2 addresses in the request and the response',
  ),
  derived(
    'related.user',
    list,
    derive.relatedUser,
    'Distinct user names in the event: the caller’s, with role, session and source identity, and those in the request and the response',
  ),
  ...SOURCE_COLUMNS,
  ...TLS_COLUMNS,
  ...USER_COLUMNS,
  ...USER_AGENT_COLUMNS,

  ct('event_version', 'eventVersion', 'text', 'Version of the record format; compare its parts as numbers'),
  ct('event_type', 'eventType', 'text', '`AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, …'),
  ct('event_category', 'eventCategory', 'text', '`Management`, `Data`, `NetworkActivity`, `Insight`'),
  ct('management_event', 'managementEvent', 'boolean', 'Whether it is a management event'),
  ct('read_only', 'readOnly', 'boolean', 'Whether the operation is read-only'),
  ct('api_version', 'apiVersion', 'text', 'API version of the call'),
  lookup(ct('request_id', 'requestID', 'text', 'Id that the service assigned to the request')),
  lookup(ct('shared_event_id', 'sharedEventID', 'text', 'Links the events of one action in several accounts')),
  lookup(ct('recipient_account_id', 'recipientAccountId', 'text', 'Account that received the event')),
  ct('error_code', 'errorCode', 'text', 'Error code of the service, if the request failed'),
  ct('error_message', 'errorMessage', 'text', 'Description of the error'),
  lookup(ct('vpc_endpoint_id', 'vpcEndpointId', 'text', 'VPC endpoint that the request came through')),
  ct('vpc_endpoint_account_id', 'vpcEndpointAccountId', 'text', 'Owner of the VPC endpoint'),
  ...USER_IDENTITY_COLUMNS,
  ct('request_parameters', 'requestParameters', 'json', 'Parameters of the request: JSON text, as delivered'),
  ct('response_elements', 'responseElements', 'json', 'Elements of the response: JSON text, as delivered'),
  ct('additional_eventdata', 'additionalEventData', 'json', 'Additional data: JSON text, as delivered'),
  ct('service_event_details', 'serviceEventDetails', 'json', 'Details of a service event: JSON text, as delivered'),
  ct('edge_device_details', 'edgeDeviceDetails', 'json', 'Details of an edge device: JSON text, as delivered'),
  ct('insight_details_raw', 'insightDetails', 'json', 'Details of an Insight: JSON text, as delivered'),
  ct(
    'event_context',
    'eventContext',
    'json',
    'Tags and condition keys of events of event data stores: JSON text, as delivered',
  ),
  lookup(ct('aggregated.account_id', 'accountId', 'text', 'Aggregated events: account that received the event')),
  lookup(ct('aggregated.event_id', 'eventId', 'text', 'Aggregated events: id of the event (`eventId`)')),
  ct('aggregated.window_start', 'timeWindow.windowStart', 'time', 'Aggregated events: start of the window'),
  ct('aggregated.window_end', 'timeWindow.windowEnd', 'time', 'Aggregated events: end of the window, exclusive'),
  ct('aggregated.window_size', 'timeWindow.windowSize', 'text', 'Aggregated events: length of the window: `PT5M`'),
  ct('aggregated.summary', 'summary', 'json', 'Aggregated events: counts by dimension: JSON text, as delivered'),
  ct('resources', 'resources', { shape: RESOURCES }, 'Resources that the event is about'),
  ct('addendum.reason', 'addendum.reason', 'text', 'Why the record was delivered late or again'),
  ct('addendum.updated_fields', 'addendum.updatedFields', 'text', 'Fields that the addendum changes'),
  lookup(ct('addendum.original_request_id', 'addendum.originalRequestID', 'text', 'Request id of the first record')),
  lookup(ct('addendum.original_event_id', 'addendum.originalEventID', 'text', 'Event id of the first record')),
  ct(
    'session_credential_from_console',
    'sessionCredentialFromConsole',
    'true_text',
    'True for a request from a console session; otherwise null',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.mobile_version',
    'boolean',
    derive.consoleMobileVersion,
    'ConsoleLogin: whether the mobile page was used',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.mfa_used',
    'boolean',
    derive.consoleMfaUsed,
    'ConsoleLogin: whether MFA was used',
  ),
  derived(
    'aws.cloudtrail.console_login.additional_eventdata.login_to',
    'string',
    derive.consoleLoginTo,
    'ConsoleLogin: URL that the user signed in to',
  ),
  ...TLS_DETAILS_COLUMNS,
  ...FREE_COLUMNS,
  RECORD_INDEX,
  ...UNMAPPED_COLUMNS,
];
