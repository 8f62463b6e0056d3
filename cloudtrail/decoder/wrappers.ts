/**
 * Objects of other programs that contain CloudTrail records, and the members that hold the records. Names are compared in
 * lower case and without underscores, since SDKs write them in several ways (`CloudTrailEvent`, `cloud_trail_event`).
 */
import { eachElement, membersOf, stringBytesAt } from './envelope.js';
import type { JsonScanner } from './scanner.js';

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
/** n, r, t */
const ESCAPED_SPACES: readonly number[] = [110, 114, 116];

/** Members that hold a record, as an object or as JSON text, with the description for the ledger. */
const HOLDERS: Readonly<Record<string, string>> = {
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
  cloudtrailevent: 'lookup-events output',
  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html
  eventjson: 'CloudTrail Lake query results',
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html, and SNS notifications
  message: 'log events or messages',
  '@message': 'log events or messages',
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
  body: 'SQS messages',
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
  sns: 'SNS notifications',
};

/** The list in a CloudWatch Logs subscription message. */
export const SUBSCRIPTION = 'logevents';

/**
 * Members that are lists of such objects, or of rows of them. If `with` is set, one of its members has to be present, too, to
 * rule out other programs.
 */
const LISTS: Readonly<Record<string, { with?: readonly string[]; what?: string }>> = {
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
  [SUBSCRIPTION]: { with: ['messagetype'], what: 'subscription messages of CloudWatch Logs' },
  // lookup-events, filter-log-events and get-log-events
  events: {},
  // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetQueryResults.html
  queryresultrows: {},
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
  results: { with: ['status', 'statistics'] },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
  messages: {},
};

/** The offset of a record (an object, or the text of one), and a description of its wrapper. */
export interface Holder {
  at: number;
  what: string;
}

/**
 * A wrapper around records:
 * - `trail`: `{"Records":[…]}`
 * - `event`: an EventBridge event; `isCloudTrail` if its `detail`, at `at`, is a record
 * - `list`: records are in the elements of the array at `at`; a control message has none
 * - `holder`: one record is at `at`
 */
export type Wrapper =
  | { kind: 'trail' }
  | ({ kind: 'event'; type: string | undefined; isCloudTrail: boolean } & Holder)
  | { kind: 'list'; at: number; member: string; isControl: boolean; what?: string }
  | ({ kind: 'holder' } & Holder);

/**
 * The ending of the types of events that have a record as `detail`: "AWS API Call via CloudTrail" and four more.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
const VIA_CLOUDTRAIL = /\bvia CloudTrail$/i;

const normalized = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** Whether an object with these members is a CloudTrail record: all records, of every kind, have one of the two. */
export function isRecord(members: ReadonlyMap<string, unknown>): boolean {
  return members.has('eventVersion') || members.has('eventTime');
}

/**
 * Returns how an object with these members wraps records; `undefined` if it is not a known wrapper.
 * @param inTrail whether the object is an element of "Records"
 */
export function wrapperOf(
  scanner: JsonScanner,
  members: ReadonlyMap<string, number>,
  inTrail: boolean,
): Wrapper | undefined {
  if (!inTrail && scanner.bytes[members.get('Records') ?? -1] === OPEN_BRACKET) return { kind: 'trail' };
  return eventOf(scanner, members) ?? listOf(scanner, members) ?? holderOf(scanner, members);
}

function eventOf(scanner: JsonScanner, members: ReadonlyMap<string, number>): Wrapper | undefined {
  const at = members.get('detail');
  if (at === undefined || !mayBeRecord(scanner, at)) return undefined;
  const type = stringOf(scanner, members.get('detail-type'));
  const isCloudTrail = (type !== undefined && VIA_CLOUDTRAIL.test(type)) || holdsRecord(scanner, at);
  if (type === undefined && !isCloudTrail) return undefined;
  return { kind: 'event', at, type, isCloudTrail, what: 'EventBridge events' };
}

function listOf(scanner: JsonScanner, members: ReadonlyMap<string, number>): Wrapper | undefined {
  const offsets = byNormalizedName(members);
  for (const [member, { with: others, what }] of Object.entries(LISTS)) {
    const at = offsets.get(member);
    if (at === undefined || scanner.bytes[at] !== OPEN_BRACKET) continue;
    if (others !== undefined && !others.some((other) => offsets.has(other))) continue;
    // Control messages test a subscription and have no records.
    return { kind: 'list', at, member, isControl: stringOf(scanner, members.get('messageType')) === CONTROL, what };
  }
  return undefined;
}

const CONTROL = 'CONTROL_MESSAGE';

function holderOf(
  scanner: JsonScanner,
  members: ReadonlyMap<string, number>,
): ({ kind: 'holder' } & Holder) | undefined {
  const offsets = byNormalizedName(members);
  for (const [member, what] of Object.entries(HOLDERS)) {
    const at = offsets.get(member);
    if (at !== undefined && mayBeRecord(scanner, at)) return { kind: 'holder', at, what };
  }
  // A cell of a CloudWatch Logs Insights result: {"field":"@message","value":"…"}
  const at = members.get('value');
  if (at === undefined || stringOf(scanner, members.get('field')) !== MESSAGE || !mayBeRecord(scanner, at))
    return undefined;
  return { kind: 'holder', at, what: HOLDERS[MESSAGE] };
}

/**
 * At an element of a list that is an object or an array: finds its record. The element is a record, has it in a member, or is
 * a row of such objects. `undefined` if there is none. Moves past the element.
 * @param c first byte of the element
 */
export function holderInElement(scanner: JsonScanner, c: number): Holder | undefined {
  const at = scanner.pos;
  let found: Holder | undefined;
  if (c === OPEN_BRACE) {
    const members = membersOf(scanner);
    return isRecord(members) ? { at, what: 'lists of records' } : holderOf(scanner, members);
  }
  eachElement(scanner, (cell) => {
    if (cell !== OPEN_BRACE) scanner.skip();
    else found ??= holderOf(scanner, membersOf(scanner));
  });
  return found;
}

/** Returns the description of the records in a CSV column of this name; `undefined` if it is not the name of a record column. */
export function recordsInColumn(name: string): string | undefined {
  const key = normalized(name);
  return COLUMNS.includes(key) ? HOLDERS[key] : undefined;
}

const COLUMNS: readonly string[] = ['cloudtrailevent', 'eventjson', '@message', 'message'];
const MESSAGE = '@message';

function byNormalizedName(members: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(Array.from(members, ([name, at]) => [normalized(name), at]));
}

/** Whether the value at `at` is an object, or a string that begins like the text of one. */
function mayBeRecord({ bytes }: JsonScanner, at: number): boolean {
  if (bytes[at] !== QUOTE) return bytes[at] === OPEN_BRACE;
  let i = at + 1;
  for (;;) {
    if (bytes[i] === 32) i++;
    else if (bytes[i] === BACKSLASH && ESCAPED_SPACES.includes(bytes[i + 1])) i += 2;
    else return bytes[i] === OPEN_BRACE;
  }
}

/** The string at `at`; `undefined` if the value is not a string. The scanner does not move. */
function stringOf(scanner: JsonScanner, at: number | undefined): string | undefined {
  if (at === undefined || scanner.bytes[at] !== QUOTE) return undefined;
  const text = stringBytesAt(scanner, at);
  return text && Buffer.from(text).toString();
}

/** Whether the value at `at` is certainly a record. The scanner does not move. */
export function holdsRecord(scanner: JsonScanner, at: number): boolean {
  if (scanner.bytes[at] !== OPEN_BRACE) return false;
  const { pos } = scanner;
  scanner.pos = at;
  const members = membersOf(scanner);
  scanner.pos = pos;
  return ['eventVersion', 'eventTime', 'eventSource'].every((name) => members.has(name));
}
