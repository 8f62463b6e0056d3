/** What the derived columns must say. */
import { isIP } from 'node:net';
import { ECS_VERSION } from '../../cloudtrail/ecs-fields.js';
import { isObject, type JsonObject, type Row } from './columns.js';
import { ecsClass } from './ecs-classes.js';
import { oracleUserAgent } from './oracle-user-agent.js';
import { NumberText, textOf, wellFormed } from './oracle-values.js';

/** The text of a column or of a member below a JSON column, as the derived columns see it. */
export function plain(value: unknown): string | null {
  return value instanceof NumberText ? String(value.value) : ((value ?? null) as string | null);
}

/** Each text once; a number is still one here, and compared as one. */
function distinct(values: unknown[]): unknown[] | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : [...new Map(known.map((value) => [plain(value), value])).values()];
}

function related(row: Row, record: JsonObject, sourceIp: string | null): Row {
  const path = (...keys: string[]): unknown => {
    const found = keys.reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : null),
      record,
    );
    return textOf(found);
  };
  const addresses = [
    path('requestParameters', 'publicIp'),
    path('requestParameters', 'privateIpAddress'),
    path('responseElements', 'publicIp'),
    path('responseElements', 'networkInterface', 'privateIpAddress'),
  ].filter((value) => isIP(plain(value) ?? '') !== 0);
  return {
    'related.hash': distinct([
      path('responseElements', 'codeSha256'),
      path('responseElements', 'image', 'imageId', 'imageDigest'),
    ]),
    'related.hosts': distinct([row['tls.client.server_name'], path('requestParameters', 'Host')]),
    'related.ip': distinct([sourceIp, ...addresses]),
    'related.user': distinct([
      row['aws.cloudtrail.user_identity.user_name'],
      row['user.target.name'],
      row['user.changes.name'],
    ]),
  };
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

/** What is wrong with the request, and how it ended. */
function outcome(row: Row, record: JsonObject, service: string | null, action: string | null): Row {
  const code = (plain(row['aws.cloudtrail.error_code']) ?? '').trim().toLowerCase();
  const message = row['aws.cloudtrail.error_message'];
  const says = !/^[\0-\x20]*(|-|null|none)[\0-\x20]*$/i.test(plain(message) ?? '');
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
  const value = (text: unknown): unknown => (services.includes(service) && text !== '' ? text : null);
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
  const tls = /^TLSv(\d+(?:\.\d+)?)$/i.exec(plain(ct('tls_details.tls_version')) ?? '');
  const sourceIp = address !== null && isIP(address) !== 0 ? address : null;
  const mobile = isLogin ? below('additionalEventData', 'MobileVersion') : null;
  const mfa = isLogin ? below('additionalEventData', 'MFAUsed') : null;
  const console = 'aws.cloudtrail.console_login.additional_eventdata';
  Object.assign(row, {
    'cloud.account.id': ct('user_identity.account_id') ?? ct('recipient_account_id') ?? ct('aggregated.account_id'),
    'cloud.provider': 'aws',
    'destination.domain': row['tls.client.server_name'],
    'ecs.version': ECS_VERSION,
    'event.category': category,
    'event.created': row.ts,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'event.type': types,
    'source.ip': sourceIp,
    'tls.version': tls?.[1] ?? null,
    'tls.version_protocol': tls ? 'tls' : null,
    'user.name': ct('user_identity.session_context.session_issuer.user_name') ?? ct('user_identity.user_name'),
    [`${console}.mobile_version`]: mobile === null ? null : /^(yes|true)$/i.test(mobile),
    [`${console}.mfa_used`]: mfa === null ? null : mfa !== 'No',
    [`${console}.login_to`]: isLogin ? below('additionalEventData', 'LoginTo') : null,
    ...related(row, record, sourceIp),
    ...outcome(row, record, service, action),
    ...group(record, service),
    ...userAgent(row),
  });
}

/** Those of the insights table: as in the default table, but for what an Insight says of many calls. */
export function deriveInsight(row: Row, record: JsonObject): void {
  derive(row, record);
  Object.assign(row, { 'event.kind': 'alert', 'event.outcome': 'unknown', 'event.type': ['info'] });
}

export function deriveDigest(row: Row): void {
  Object.assign(row, {
    'aws.cloudtrail.digest.end_time': row.ts,
    'cloud.provider': 'aws',
    'ecs.version': ECS_VERSION,
    'event.created': row.ts,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'file.path': row['aws.cloudtrail.digest.s3_object'],
  });
}
