/** What the derived columns must say. */
import { isIP } from 'node:net';
import { ECS_VERSION } from '../../cloudtrail/ecs-fields.js';
import { isObject, type JsonObject, type Row } from './columns.js';
import { ECS_CLASSES } from './ecs-classes.js';
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

/** Those of the default table. */
export function derive(row: Row, record: JsonObject): void {
  const ct = (name: string): unknown => row[`aws.cloudtrail.${name}`];
  const below = (object: string, key: string): string | null => {
    const parent = record[object];
    return isObject(parent) && Object.hasOwn(parent, key) ? plain(textOf(parent[key])) : null;
  };
  const action = plain(row['event.action']);
  const isLogin = action === 'ConsoleLogin';
  const [category, types] = (action !== null && ECS_CLASSES.get(action)) || [null, ['info']];
  const failed = ct('error_code') !== null || ct('error_message') !== null;
  const login = isLogin ? below('responseElements', 'ConsoleLogin') : null;
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
    'error.message': ct('error_message'),
    'event.category': category,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'event.outcome': failed ? 'failure' : (login?.toLowerCase() ?? 'success'),
    'event.type': types,
    'source.ip': sourceIp,
    'tls.version': tls?.[1] ?? null,
    'tls.version_protocol': tls ? 'tls' : null,
    'user.name': ct('user_identity.session_context.session_issuer.user_name') ?? ct('user_identity.user_name'),
    [`${console}.mobile_version`]: mobile === null ? null : /^(yes|true)$/i.test(mobile),
    [`${console}.mfa_used`]: mfa === null ? null : mfa !== 'No',
    [`${console}.login_to`]: isLogin ? below('additionalEventData', 'LoginTo') : null,
    ...related(row, record, sourceIp),
    ...userAgent(row),
  });
}

/** Those of the insights table: as in the default table, but for what an Insight says of many calls. */
export function deriveInsight(row: Row, record: JsonObject): void {
  const delivered = (key: string): unknown => (Object.hasOwn(record, key) ? textOf(record[key]) : null);
  row['event.action'] = delivered('eventName') ?? row['aws.cloudtrail.insight_details.event_name'];
  row['event.provider'] = delivered('eventSource') ?? row['aws.cloudtrail.insight_details.event_source'];
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
    'file.path': row['aws.cloudtrail.digest.s3_object'],
  });
}
