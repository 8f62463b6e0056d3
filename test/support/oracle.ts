/**
 * What a trail file says, told by `JSON.parse`: slow, simple, and with nothing in common with the byte decoder but the
 * column table. The tests compare the two.
 */
import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_TABLE_COLUMNS, type DirectColumn, ECS_VERSION } from '../../cloudtrail/columns.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import {
  ECS_CLASSES,
  isObject,
  type JsonObject,
  PLACES,
  type Place,
  rowsOf as readRows,
  rebuild,
  setOwn,
} from './columns.js';
import { oracleUserAgent } from './oracle-user-agent.js';

/** A column that holds JSON text: it is compared by its meaning. */
export class JsonText {
  constructor(readonly value: unknown) {}
}
/** A text column whose delivered value was a number: as `JSON.parse` forgets how it was written, compared as a number. */
export class NumberText {
  constructor(readonly value: number) {}
}

export type OracleRow = Record<string, unknown>;
export interface OracleFile {
  /** By days since 1970-01-01, in the order of the file. */
  days: Map<number, OracleRow[]>;
  rejects: { index: number; reason: string }[];
}
export type Unreadable = 'invalid_json' | 'not_a_trail_file';

/** All of the file, or why it is no trail file. Bytes that are not UTF-8 become U+FFFD. */
export function oracle(bytes: Uint8Array, uri: string): OracleFile | Unreadable {
  let file: unknown;
  try {
    file = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return 'invalid_json';
  }
  // A duplicate "Records" cannot be seen here any more: the tests of that case say themselves what they expect.
  if (!isObject(file) || !Array.isArray(file.Records) || Object.keys(file).length !== 1) return 'not_a_trail_file';
  const result: OracleFile = { days: new Map(), rejects: [] };
  file.Records.forEach((record: unknown, index) => {
    const row = rowOf(record, index, uri);
    if (typeof row === 'string') {
      result.rejects.push({ index, reason: row });
      return;
    }
    const day = Number((row.ts as bigint) / 86_400_000_000n) - ((row.ts as bigint) % 86_400_000_000n < 0n ? 1 : 0);
    if (!result.days.has(day)) result.days.set(day, []);
    result.days.get(day)?.push(row);
  });
  return result;
}

/** The row of a record, or the reason for its refusal. */
export function rowOf(record: unknown, index: number, uri: string): OracleRow | string {
  if (!isObject(record)) return 'not_an_object';
  const row: OracleRow = Object.fromEntries(DEFAULT_TABLE_COLUMNS.map((column) => [column.name, null]));
  const left = split(record, PLACES, row);
  aggregated(row, record, left.unmapped);
  if (row.ts === null) return (record.eventTime ?? null) === null ? 'no_event_time' : 'bad_event_time';
  if (Object.keys(left.unmapped).length > 0) row['aws.cloudtrail.unmapped'] = new JsonText(left.unmapped);
  if (Object.keys(left.empty).length > 0) row['aws.cloudtrail.empty_members'] = new JsonText(left.empty);
  row['aws.cloudtrail.record_index'] = index;
  row['log.file.path'] = uri;
  derive(row, record);
  return row;
}

/** Aggregated events have a time window instead of a time, and spell their id otherwise. */
function aggregated(row: OracleRow, record: JsonObject, unmapped: JsonObject): void {
  const replace = (column: string, key: string, by: string): void => {
    const other = row[`aws.cloudtrail.${by}`];
    if (other === null) return;
    if (row[column] === null) row[column] = other;
    else setOwn(unmapped, key, record[key]);
  };
  replace('ts', 'eventTime', 'aggregated.window_start');
  replace('event.id', 'eventID', 'aggregated.event_id');
}

/** Puts the members of `object` into columns and returns what does not fit. */
function split(object: JsonObject, place: Place, row: OracleRow): { unmapped: JsonObject; empty: JsonObject } {
  const unmapped: JsonObject = {};
  const empty: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    const at = place.members.get(key);
    if (at === undefined) setOwn(unmapped, key, value);
    else if (value === null) setOwn(empty, key, null);
    else if (at.column) {
      if (!store(at.column, value, row)) setOwn(unmapped, key, value);
      if (at.column.as === 'json') copies(value, at, row);
    } else if (!isObject(value)) setOwn(unmapped, key, value);
    else if (Object.keys(value).length === 0) setOwn(empty, key, {});
    else {
      const inner = split(value, at, row);
      if (Object.keys(inner.unmapped).length > 0) setOwn(unmapped, key, inner.unmapped);
      if (Object.keys(inner.empty).length > 0) setOwn(empty, key, inner.empty);
    }
  }
  return { unmapped, empty };
}

/** Columns below a JSON column. */
function copies(value: unknown, place: Place, row: OracleRow): void {
  for (const [key, at] of place.members) {
    if (!isObject(value) || !Object.hasOwn(value, key)) continue;
    if (at.column) store(at.column, value[key], row);
    copies(value[key], at, row);
  }
}

const wellFormed = (text: string): string => Buffer.from(text).toString();

/** True when the column says exactly what was delivered. */
function store(column: DirectColumn, value: unknown, row: OracleRow): boolean {
  const put = (stored: unknown, exact: boolean): boolean => {
    row[column.name] = stored;
    return exact;
  };
  switch (column.as) {
    case 'text':
      return put(textOf(value), typeof value === 'string' && wellFormed(value) === value);
    case 'boolean':
      if (typeof value === 'boolean') return put(value, true);
      return put(value === 'true' ? true : value === 'false' ? false : null, false);
    case 'true_text':
      return value === 'true' ? put(true, true) : false;
    case 'time':
      return put(
        microsOf(value),
        typeof value === 'string' && /^[\d:T-]{19}Z$/.test(value) && microsOf(value) !== null,
      );
    case 'json':
      return put(new JsonText(value), true);
    default:
      return Array.isArray(value) ? put(value.map(resource), value.every(isExactResource)) : false;
  }
}

function textOf(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return new NumberText(value);
  return typeof value === 'boolean' ? String(value) : null;
}

const RESOURCE = { ARN: 'arn', accountId: 'account_id', type: 'type' };

function resource(element: unknown): Record<string, string | null> {
  const entries = Object.entries(RESOURCE).map(([key, field]) => {
    const value = isObject(element) && Object.hasOwn(element, key) ? element[key] : null;
    return [field, typeof value === 'string' ? wellFormed(value) : null];
  });
  return Object.fromEntries(entries);
}

function isExactResource(element: unknown): boolean {
  if (!isObject(element)) return false;
  return Object.entries(element).every(
    ([key, value]) => Object.hasOwn(RESOURCE, key) && typeof value === 'string' && wellFormed(value) === value,
  );
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;

/** Microseconds since the epoch. */
export function microsOf(value: unknown): bigint | null {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return null;
  const [, date, time, fraction = '', sign, hours, minutes] = match;
  const at = Date.parse(`${date}T${time}Z`);
  // Date.parse takes 30 February for 1 March, and 24:00:00 for the next day's midnight.
  if (Number.isNaN(at) || date.startsWith('0000') || new Date(at).toISOString() !== `${date}T${time}.000Z`) return null;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  return BigInt(at - offset) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** The text of a column or of a member below a JSON column, as the derived columns see it. */
function plain(value: unknown): string | null {
  return value instanceof NumberText ? String(value.value) : ((value ?? null) as string | null);
}

function derive(row: OracleRow, record: JsonObject): void {
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
  const path = (...keys: string[]): unknown => {
    const found = keys.reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : null),
      record,
    );
    return textOf(found);
  };
  // Each text once; a number is still one here, and compared as one.
  const distinct = (values: unknown[]): unknown[] | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : [...new Map(known.map((value) => [plain(value), value])).values()];
  };
  const addresses = [
    path('requestParameters', 'publicIp'),
    path('requestParameters', 'privateIpAddress'),
    path('responseElements', 'publicIp'),
    path('responseElements', 'networkInterface', 'privateIpAddress'),
  ].filter((value) => isIP(plain(value) ?? '') !== 0);
  const sourceIp = address !== null && isIP(address) !== 0 ? address : null;
  const users = [ct('user_identity.user_name'), row['user.target.name'], row['user.changes.name']];
  const original = row['user_agent.original'];
  const agent = typeof original === 'string' ? oracleUserAgent(original) : null;
  const agentPart = (value: string | null | undefined) => (value ? wellFormed(value) : null);
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
    'related.hash': distinct([
      path('responseElements', 'codeSha256'),
      path('responseElements', 'image', 'imageId', 'imageDigest'),
    ]),
    'related.hosts': distinct([row['tls.client.server_name'], path('requestParameters', 'Host')]),
    'related.ip': distinct([sourceIp, ...addresses]),
    'related.user': distinct(users),
    'source.ip': sourceIp,
    'tls.version': tls?.[1] ?? null,
    'tls.version_protocol': tls ? 'tls' : null,
    'user_agent.device.name': agentPart(agent?.device),
    'user_agent.name': original instanceof NumberText ? original : agentPart(agent?.name),
    'user_agent.os.full': agentPart([agent?.osName, agent?.osVersion].filter(Boolean).join(' ')),
    'user_agent.os.name': agentPart(agent?.osName),
    'user_agent.os.version': agentPart(agent?.osVersion),
    'user_agent.version': agentPart(agent?.version),
    'user.name': ct('user_identity.session_context.session_issuer.user_name') ?? ct('user_identity.user_name'),
    [`${console}.mobile_version`]: mobile === null ? null : /^(yes|true)$/i.test(mobile),
    [`${console}.mfa_used`]: mfa === null ? null : mfa !== 'No',
    [`${console}.login_to`]: isLogin ? below('additionalEventData', 'LoginTo') : null,
  });
}

/**
 * Decodes the file, compares every row and reject with the oracle's and every rebuilt record with the delivered one.
 * @returns the rows in the order of the file
 */
export function checkFile(text: string | Uint8Array, decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS)): OracleRow[] {
  const bytes = Buffer.from(text as string);
  const decoded = decoder.decode(bytes, 'file:///f');
  const expected = oracle(bytes, 'file:///f') as OracleFile;
  const { Records } = JSON.parse(new TextDecoder().decode(bytes));
  expect(decoded.records).toBe(Records.length);
  expect(decoded.rejects.map(({ index, reason }) => ({ index, reason }))).toEqual(expected.rejects);
  const days = new Map(decoder.take().map((rows) => [rows.day, readRows(rows)]));
  expect([...days.keys()].sort()).toEqual([...expected.days.keys()].sort());
  for (const [day, rows] of days) {
    const wrong = rows.flatMap((row, at) => differences(row, (expected.days.get(day) as OracleRow[])[at] ?? {}));
    expect([day, rows.length, wrong]).toEqual([day, expected.days.get(day)?.length, []]);
    for (const row of rows) expect(isDeepStrictEqual(rebuild(row), Records[indexOf(row)])).toBe(true);
  }
  return [...days.values()].flat().sort((a, b) => indexOf(a) - indexOf(b));
}

export const indexOf = (row: OracleRow): number => row['aws.cloudtrail.record_index'] as number;

/** Does a column's value say what the oracle says? */
export function agrees(actual: unknown, expected: unknown): boolean {
  if (expected instanceof JsonText)
    return typeof actual === 'string' && isDeepStrictEqual(JSON.parse(actual), expected.value);
  if (expected instanceof NumberText)
    return typeof actual === 'string' && Object.is(JSON.parse(actual), expected.value);
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length)
    return actual.every((element, index) => agrees(element, expected[index]));
  return isDeepStrictEqual(actual, expected);
}

/** Names of the columns in which a row differs. */
export function differences(actual: OracleRow, expected: OracleRow): string[] {
  return DEFAULT_TABLE_COLUMNS.map(({ name }) => name).filter((name) => !agrees(actual[name], expected[name]));
}
