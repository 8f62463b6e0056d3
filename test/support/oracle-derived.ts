/** What the derived columns must contain. */
import { ECS_VERSION } from '../../cloudtrail/ecs-fields.js';
import { isObject, type JsonObject, type Row } from './columns.js';
import { ecsClass } from './ecs-classes.js';
import { ec2Addresses, oracleAddress, oracleHost, oracleService, oracleTls, parameterHosts } from './oracle-network.js';
import { principal } from './oracle-principal.js';
import { counts, distinct, firstCounting, plain, textAt } from './oracle-texts.js';
import { oracleUserAgent } from './oracle-user-agent.js';
import { AnyOrder, NumberText, textOf, wellFormed } from './oracle-values.js';

/** Who and what the event names; needs the other columns. */
function related(row: Row, record: JsonObject): Row {
  const path = (name: string): unknown => textAt(record, name);
  const header = row['aws.cloudtrail.tls_details.client_provided_host_header'];
  const hosts = parameterHosts(record);
  const named = [plain(header) ?? '', ...hosts.map((host) => host.plain)].map((host) => oracleHost(host).ip);
  const addresses = distinct([row['source.ip'], ...named, ...ec2Addresses(record)]);
  const identity = 'aws.cloudtrail.user_identity';
  return {
    'related.hash': distinct(
      [
        path('responseElements.codeSha256'),
        path('responseElements.content.codeSha256'),
        path('responseElements.image.imageId.imageDigest'),
      ].filter(counts),
    ),
    'related.hosts': distinct([row['tls.client.server_name'], ...hosts.map(({ value }) => hostName(value))]),
    'related.ip': addresses && new AnyOrder(addresses as string[]),
    'related.user': distinct(
      [
        row['user.name'],
        row[`${identity}.user_name`],
        row[`${identity}.session_context.session_issuer.user_name`],
        row[`${identity}.session_name`],
        row[`${identity}.session_context.source_identity`],
        path('additionalEventData.UserName'),
        path('requestParameters.userName'),
        path('requestParameters.username'),
        path('requestParameters.newUserName'),
        path('requestParameters.roleSessionName'),
        path('requestParameters.sourceIdentity'),
        path('responseElements.user.userName'),
        path('responseElements.accessKey.userName'),
      ].filter(counts),
    ),
  };
}

/** A number stays one, and is compared as one. */
function hostName(value: unknown): unknown {
  return value instanceof NumberText ? value : oracleHost(plain(value) ?? '').name;
}

function userAgent(row: Row): Row {
  const original = row['user_agent.original'];
  const agent = typeof original === 'string' ? oracleUserAgent(original) : null;
  const part = (value: string | null | undefined) => (value ? wellFormed(value) : null);
  return {
    'user_agent.device.name': part(agent?.device),
    'user_agent.name': original instanceof NumberText ? original : part(agent?.name),
    'user_agent.os.full': part([agent?.osName, agent?.osVersion].filter(Boolean).join(' ')),
    'user_agent.os.name': part(agent?.osName),
    'user_agent.os.version': part(agent?.osVersion),
    'user_agent.version': part(agent?.version),
  };
}

/** The error of the request, and its outcome. */
function outcome(row: Row, record: JsonObject, service: string | null, action: string | null): Row {
  const code = (plain(row['aws.cloudtrail.error_code']) ?? '').trim().toLowerCase();
  const message = row['aws.cloudtrail.error_message'];
  const says = counts(message) && !/^[\t-\r ]*(|-|null|none)[\t-\r ]*$/i.test(plain(message) ?? '');
  const isNumber = /^\d+(\.\d+)?(e\+?\d+)?$/.test(code);
  const status = isNumber ? Number(code) : Number(/^(http\S*\s+)?(\d{3})(\W|$)/.exec(code)?.[2]);
  const fine = ['ok', 'success', 'notmodified'].includes(code) || (status >= 200 && status <= 399);
  const wrong = !fine && !['', '-', 'null', 'none'].includes(code);
  const stated =
    service === null || service === 'signin' || /^sso(-directory|-oauth)?$/.test(service)
      ? ['responseElements', 'serviceEventDetails']
          .map((name) => record[name])
          .filter((value) => isObject(value) && action !== null && Object.hasOwn(value, action))
          .map((value) => (value as JsonObject)[action as string])
          .filter((value) => typeof value !== 'object')
          .map((value) => String(value).trim().toLowerCase())
          .filter((word) => word !== '')
          .map((word) => (['success', 'failure'].includes(word) ? word : 'unknown'))
      : [];
  const failed = wrong || (says && !fine) || stated.includes('failure');
  return {
    'error.message': says && !fine ? message : null,
    'event.outcome': failed ? 'failure' : (stated[0] ?? 'success'),
  };
}

/** A group of users; in most services a group is something else. */
function group(record: JsonObject, service: string | null): Row {
  const at = (...keys: string[]): unknown =>
    textOf(
      keys.reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : null), record),
    );
  const services = [null, 'iam', 'identitystore', 'sso-directory', 'cognito-idp', 'quicksight', 'ds-data', 'qbusiness'];
  const value = (text: unknown): unknown => (services.includes(service) && counts(text) ? text : null);
  return {
    'group.id': value(at('responseElements', 'group', 'groupId')),
    'group.name': value(at('requestParameters', 'groupName')),
  };
}

/** Those of the default table. */
export function derive(row: Row, record: JsonObject): void {
  const ct = (name: string): unknown => row[`aws.cloudtrail.${name}`];
  const below = (object: string, key: string): string | null => {
    const parent = record[object];
    return isObject(parent) && Object.hasOwn(parent, key) ? plain(textOf(parent[key])) : null;
  };
  const action = plain(row['event.action']);
  const isLogin = action === 'ConsoleLogin';
  const provider = plain(row['event.provider']);
  const [category, types] = ecsClass(provider, action);
  const service = provider === null || provider === '' ? null : (/^(.*?)\.amazonaws\./.exec(provider)?.[1] ?? '');
  const address = plain(row['source.address']);
  const tls = oracleTls(plain(ct('tls_details.tls_version')) ?? '');
  const host = hostName(ct('tls_details.client_provided_host_header'));
  const mobile = isLogin ? below('additionalEventData', 'MobileVersion') : null;
  const mfa = isLogin ? below('additionalEventData', 'MFAUsed') : null;
  const console = 'aws.cloudtrail.console_login.additional_eventdata';
  Object.assign(row, {
    'cloud.account.id':
      [ct('user_identity.account_id'), ct('recipient_account_id'), ct('aggregated.account_id')].find((id) =>
        /^[0-9]{12}$/.test(plain(id) ?? ''),
      ) ?? null,
    'cloud.provider': 'aws',
    'cloud.service.name':
      row['event.provider'] instanceof NumberText ? row['event.provider'] : oracleService(provider ?? ''),
    'destination.domain': host,
    'ecs.version': ECS_VERSION,
    'event.category': category,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'event.type': types,
    'source.ip': oracleAddress(address ?? ''),
    'tls.cipher': firstCounting(ct('tls_details.cipher_suite')),
    'tls.client.server_name': host,
    'tls.version': tls?.number ?? null,
    'tls.version_protocol': tls?.protocol ?? null,
    'user.changes.name': firstCounting(textAt(record, 'requestParameters.newUserName')),
    'user.target.id': firstCounting(textAt(record, 'responseElements.user.userId')),
    'user.target.name': firstCounting(textAt(record, 'requestParameters.userName')),
    [`${console}.mobile_version`]: mobile !== null && counts(mobile) ? /^(yes|true)$/i.test(mobile) : null,
    [`${console}.mfa_used`]: mfa !== null && counts(mfa) ? mfa !== 'No' : null,
    [`${console}.login_to`]: isLogin ? firstCounting(below('additionalEventData', 'LoginTo')) : null,
    ...principal(row, record),
    ...outcome(row, record, service, action),
    ...group(record, service),
    ...userAgent(row),
  });
  // These read columns that were derived above.
  Object.assign(row, related(row, record));
}

/** Those of the insights table: as in the default table, except for what an Insight says about many calls. */
export function deriveInsight(row: Row, record: JsonObject): void {
  const delivered = (key: string): unknown => (Object.hasOwn(record, key) ? textOf(record[key]) : null);
  row['event.action'] = firstCounting(delivered('eventName'), row['aws.cloudtrail.insight_details.event_name']);
  row['event.provider'] = firstCounting(delivered('eventSource'), row['aws.cloudtrail.insight_details.event_source']);
  derive(row, record);
  Object.assign(row, { 'event.kind': 'alert', 'event.outcome': 'unknown', 'event.type': ['info'] });
}

export function deriveDigest(row: Row): void {
  Object.assign(row, {
    'cloud.provider': 'aws',
    'ecs.version': ECS_VERSION,
    'event.created': row.ts,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'file.path': firstCounting(row['aws.cloudtrail.digest.s3_object']),
  });
}
