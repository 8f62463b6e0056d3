/** What the derived columns must say. */
import { isIP } from 'node:net';
import { ECS_VERSION } from '../../cloudtrail/ecs-fields.js';
import { isObject, type JsonObject, type Row } from './columns.js';
import { ECS_CLASSES } from './ecs-classes.js';
import { NumberText, textOf } from './oracle-values.js';

/** The text of a column or of a member below a JSON column, as the derived columns see it. */
export function plain(value: unknown): string | null {
  return value instanceof NumberText ? String(value.value) : ((value ?? null) as string | null);
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
  const users = [ct('user_identity.user_name'), row['user.target.name'], row['user.changes.name']];
  // Each text once; a number is still one here, and compared as one.
  const named = [...new Map(users.filter((user) => user !== null).map((user) => [plain(user), user])).values()];
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
    'event.created': row.ts,
    'event.dataset': 'aws.cloudtrail',
    'event.kind': 'event',
    'event.module': 'aws',
    'event.outcome': failed ? 'failure' : (login?.toLowerCase() ?? 'success'),
    'event.type': types,
    'related.user': named.length > 0 ? named : null,
    'source.ip': address !== null && isIP(address) !== 0 ? address : null,
    'tls.version': tls?.[1] ?? null,
    'tls.version_protocol': tls ? 'tls' : null,
    'user.name': ct('user_identity.session_context.session_issuer.user_name') ?? ct('user_identity.user_name'),
    [`${console}.mobile_version`]: mobile === null ? null : /^(yes|true)$/i.test(mobile),
    [`${console}.mfa_used`]: mfa === null ? null : mfa !== 'No',
    [`${console}.login_to`]: isLogin ? below('additionalEventData', 'LoginTo') : null,
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
