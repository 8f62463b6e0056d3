/** The columns of the flat view `events`. */
import { type ColumnSql, computed, copied, type FlatColumn, firstOf, json } from './flat-column.js';

const CT = 'aws.cloudtrail';
const WHO = `${CT}.user_identity`;
const SESSION = `${WHO}.session_context`;

/** `mfaAuthenticated` is text. A sign-in says it elsewhere, and its own answer is the one that counts. */
const mfa = (of: ColumnSql): string =>
  `coalesce(${of(`${CT}.console_login.additional_eventdata.mfa_used`)},
    CASE lower(${of(`${SESSION}.mfa_authenticated`)}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)`;

const resources = (of: ColumnSql): string => `[one.arn FOR one IN ${of(`${CT}.resources`)} IF one.arn IS NOT NULL]`;

/** The columns, the most useful first: a terminal shows as many as fit. */
export const EVENT_COLUMNS: readonly FlatColumn[] = [
  copied('event_time', 'ts', 'When the request was made (UTC)'),
  copied('event_name', 'event.action', 'The call, or the event: `CreateUser`, `ConsoleLogin`'),
  copied('event_source', 'event.provider', 'The service: `iam.amazonaws.com`'),
  firstOf(
    'principal',
    ['user.name', `${WHO}.invoked_by`, 'user.id'],
    'Who made the request: the name of the user or of the role, `root`, or the service; else the principal id',
  ),
  copied('principal_type', `${WHO}.type`, '`IAMUser`, `AssumedRole`, `Root`, `AWSService`, `AWSAccount`, …'),
  copied('session', `${WHO}.session_name`, 'Session name of a role or a federated user'),
  copied('source_ip', 'source.address', 'Where the request came from: an IP address, or the name of a service'),
  copied('error_code', `${CT}.error_code`, 'Error of the service; null if the request succeeded'),
  firstOf(
    'account',
    [`${CT}.recipient_account_id`, `${CT}.aggregated.account_id`],
    'Account that the event happened in, which received it',
  ),
  copied('region', 'cloud.region', 'Region that the request was made to'),
  copied('outcome', 'event.outcome', '`success`, `failure` or `unknown`; also for sign-ins, which have no error code'),
  copied('error_message', `${CT}.error_message`, 'Description of the error'),
  copied('user_agent', 'user_agent.original', 'Program that made the request'),
  copied('access_key', `${WHO}.access_key_id`, 'Access key that signed it: `AKIA…` of a user, `ASIA…` of a session'),
  computed('mfa', 'Whether the caller had signed in with MFA; null if the event does not say it', mfa),
  firstOf(
    'principal_arn',
    [`${SESSION}.session_issuer.arn`, `${WHO}.arn`],
    'ARN of the user or of the role: the same for all sessions of a role',
  ),
  copied('arn', `${WHO}.arn`, 'ARN of the caller; of a session, with its name'),
  copied('principal_account', `${WHO}.account_id`, 'Account of the caller'),
  copied('principal_id', `${WHO}.principal_id`, 'Unique id of the caller; of a session `ROLEID:SESSION`'),
  copied('invoked_by', `${WHO}.invoked_by`, 'Service that made the request for the caller'),
  copied('source_identity', `${SESSION}.source_identity`, 'Source identity, which role chaining keeps'),
  copied('read_only', `${CT}.read_only`, 'Whether the call only reads'),
  copied('event_type', `${CT}.event_type`, '`AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, …'),
  copied('event_category', `${CT}.event_category`, '`Management`, `Data`, `NetworkActivity`'),
  computed('resources', 'ARNs of the resources that the event is about', resources),
  json('request_parameters', `${CT}.request_parameters`, 'Parameters of the request'),
  json('response_elements', `${CT}.response_elements`, 'Elements of the response; null for most calls that only read'),
  json('additional_event_data', `${CT}.additional_eventdata`, 'Additional data'),
  json('service_event_details', `${CT}.service_event_details`, 'Details of a service event'),
  copied('vpc_endpoint_id', `${CT}.vpc_endpoint_id`, 'VPC endpoint that the request came through'),
  firstOf('event_id', ['event.id', `${CT}.aggregated.event_id`], 'Unique id of the event within an account'),
  copied('request_id', `${CT}.request_id`, 'Id that the service gave the request'),
  copied('shared_event_id', `${CT}.shared_event_id`, 'Links the events of one action in several accounts'),
  copied('file', 'log.file.path', 'CloudTrail file that the row came from'),
];
