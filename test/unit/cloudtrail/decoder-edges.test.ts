/** Handmade records: what each delivered form becomes in the row, and that the record can be rebuilt from it. */
import type { DirectColumn } from '../../../cloudtrail/columns/column.js';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { portableJson } from '../../../cloudtrail/decoder/portable-json.js';
import { rowsOf } from '../../support/columns.js';
import { checkFile } from '../../support/oracle.js';

const TIME = '"eventTime":"2023-07-10T12:00:00Z"';
const file = (...records: string[]): string => `{"Records":[${records.join(',')}]}`;
/** The row of a record that has a good time and these members. */
const row = (members: string) => checkFile(file(`{${TIME},${members}}`))[0];
const unmapped = (of: Record<string, unknown>) => of['aws.cloudtrail.unmapped'];
const empty = (of: Record<string, unknown>) => of['aws.cloudtrail.empty_members'];

const VALUES = [
  ...['null', 'true', 'false', '0', '-0', '12.50', '1e5', '""', '"x"', '"true"', '"false"', '"\\u0074rue"', '"🎉"'],
  ...[
    '"\\ud83c\\udf89"',
    '"\\ud83c"',
    '"a\\udf89b"',
    '"\\ud83c\\ud83c\\udf89"',
    '"\\u0000\\b\\f\\n\\r\\t\\"\\\\\\/"',
    '{}',
  ],
  ...[
    '{ \n}',
    '[]',
    '[ ]',
    '[1,"a",null]',
    '{"a":1}',
    '{"":null}',
    '{"__proto__":{"a":1}}',
    '{"constructor":1,"toString":2}',
  ],
  ...[
    '"2023-07-10T12:00:00Z"',
    '"2023-07-10T12:00:00.5+02:00"',
    '"2023-02-30T12:00:00Z"',
    '[{"ARN":"a","accountId":"1","type":"t"}]',
  ],
  ...[
    '[{}]',
    '[{"ARN":null}]',
    '[{"ARN":"\\ud800"}]',
    '[{"ARN":"a"},7,{"type":"t","x":1}]',
    '[{"A\\u0052N":"\\u0061"}]',
  ],
];
const DIRECT = DEFAULT_TABLE_COLUMNS.filter((column): column is DirectColumn => column.kind === 'direct');

test.each(DIRECT.map((column) => column.path))('%s takes every kind of value', (path) => {
  const nest = (value: string): string =>
    path.split('.').reduceRight((inner, key) => `{${JSON.stringify(key)}: ${inner} }`, value);
  const records = VALUES.map((value) => (path === 'eventTime' ? nest(value) : nest(value).replace('{', `{${TIME},`)));
  checkFile(file(...records));
});

test('a parent of a column may have any type', () => {
  const paths = new Set(
    DIRECT.flatMap(({ path }) => path.split('.').map((_, depth, keys) => keys.slice(0, depth + 1).join('.'))),
  );
  const records = [...paths].flatMap((path) =>
    VALUES.map((value) => {
      const nested = path.split('.').reduceRight((inner, key) => `{"${key}":${inner}}`, value);
      return path === 'eventTime' ? nested : nested.replace('{', `{${TIME},`);
    }),
  );
  checkFile(file(...records));
});

test('a value that a column cannot represent exactly is kept as delivered, at its path', () => {
  const found = row(
    '"eventName":1.50,"userIdentity":{"arn":false,"x":{"y":[]},"sessionContext":{"z":1,"attributes":"no"}},"new": [ 1 ]',
  );
  expect(found['event.action']).toBe('1.50');
  expect(found['aws.cloudtrail.user_identity.arn']).toBe('false');
  expect(unmapped(found)).toBe(
    '{"eventName":1.50,"userIdentity":{"arn":false,"x":{"y":[]},"sessionContext":{"z":1,"attributes":"no"}},"new":[ 1 ]}',
  );
});

test('a lone surrogate is U+FFFD in the column and in the unmapped members, and unchanged in the original', () => {
  const found = row('"eventName":"a\\ud800b","\\udfff":1');
  expect(found['event.action']).toBe('a\ufffdb');
  expect(unmapped(found)).toBe('{"eventName":"a\\ufffdb","\\ufffd":1}');
  expect(found['event.original']).toBe(`{${TIME},"eventName":"a\\ud800b","\\udfff":1}`);
});

test('null and {} leave a trace, an exact record leaves none', () => {
  const found = row(
    '"tlsDetails":{ },"userIdentity":{"arn":null,"sessionContext":{"attributes":{}}},"requestParameters":null',
  );
  expect(JSON.parse(empty(found) as string)).toEqual({
    tlsDetails: {},
    userIdentity: { arn: null, sessionContext: { attributes: {} } },
    requestParameters: null,
  });
  expect(unmapped(found)).toBeNull();
  const exact = row(
    '"tlsDetails":{"tlsVersion":"TLSv1.3"},"resources":[{"ARN":"a"},{}],"requestParameters":{"a":null}',
  );
  expect([unmapped(exact), empty(exact)]).toEqual([null, null]);
});

test('the text of a JSON column is what was delivered, to the byte', () => {
  const text = '{ "n" : 12345678901234567890.10 , "\\u0061":"\\/" , "b":1e9,\t"c":"\\ud83c\\udf89", "deep":[[ ]] }';
  const found = row(`"requestParameters": ${text} `);
  expect([found['aws.cloudtrail.request_parameters'], found['event.original']]).toEqual([text, null]);
});

test('numbers that a double cannot represent are kept exactly', () => {
  const found = row('"eventName":12345678901234567890123,"other":0.10000000000000000000001');
  expect(found['event.action']).toBe('12345678901234567890123');
  expect(unmapped(found)).toBe('{"eventName":12345678901234567890123,"other":0.10000000000000000000001}');
});

test('keys are compared by their text, whatever their escapes', () => {
  const found = row(
    '"event\\u004eame":"A","\\u0065\\u0076entID":"i","requestParameters":{"user\\u004Eame":"u"},"eventName\\u0000":1',
  );
  expect([found['event.action'], found['event.id'], found['user.target.name']]).toEqual(['A', 'i', 'u']);
  expect(unmapped(found)).toBe('{"eventName\\u0000":1}');
});

test('a text of any length is complete, with or without an escape at any place', () => {
  const texts = Array.from({ length: 140 }, (_, length) => 'x'.repeat(length)).flatMap((text) => [
    text,
    `${text}\\n`,
    `${text}é🎉${text}`,
    `${text}\\u00e9${text}`,
  ]);
  const rows = checkFile(file(...texts.map((text) => `{${TIME},"eventName":"${text}","y":"${text}"}`)));
  expect(rows.map((found) => found['event.action'])).toEqual(texts.map((text) => JSON.parse(`"${text}"`)));
});

test('keys may come in any order, whatever the order in the previous record', () => {
  const members = ['"eventName":"A"', '"eventID":"i"', '"userIdentity":{"type":"T","arn":"a"}', '"x":1', TIME];
  const other = ['"userIdentity":{"arn":"a","type":"T"}', '"eventName" :"A"', '"x":1', TIME, '"eventID":"i"'];
  const orders = [members, other, [...members].reverse(), members, [...other].reverse(), members];
  const rows = checkFile(file(...orders.map((order) => `{${order.join(',')}}`)));
  const same = rows.map((found) => ({ ...found, 'aws.cloudtrail.record_index': 0 }));
  expect(new Set(same.map((found) => JSON.stringify(Object.values(found).map(String)))).size).toBe(1);
});

test('values are compared by their text too', () => {
  const [found] = checkFile(
    file('{"eventTime":"2023-07-10T12:00:0\\u0030Z","sessionCredentialFromConsole":"tr\\u0075e"}'),
  );
  expect(found.ts).toBe(1_688_990_400_000_000n);
  expect(found['aws.cloudtrail.session_credential_from_console']).toBe(true);
});

test('keys with a dot, or of a prototype, are not paths', () => {
  const found = row(
    '"userIdentity.arn":"a","__proto__":{"arn":"b"},"constructor":{"name":"c"},"hasOwnProperty":1,"":2,"user.name":3',
  );
  expect(found['aws.cloudtrail.user_identity.arn']).toBeNull();
  expect(unmapped(found)).toContain('"__proto__":{"arn":"b"}');
});

test.each([
  ['"eventName":"A","eventName":"B"', 'event.action', 'B'],
  ['"eventName":"A","event\\u004eame":"B"', 'event.action', 'B'],
  ['"eventName":"A","eventName":null', 'event.action', null],
  ['"userIdentity":{"arn":"A"},"userIdentity":{"type":"T"}', 'aws.cloudtrail.user_identity.arn', null],
  ['"userIdentity":{"arn":"A","arn":"B"}', 'aws.cloudtrail.user_identity.arn', 'B'],
  ['"userIdentity":{"arn":"A"},"userIdentity":7', 'aws.cloudtrail.user_identity.arn', null],
  [
    '"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":"A","arn":"B"}}}',
    'aws.cloudtrail.user_identity.session_context.session_issuer.arn',
    'B',
  ],
  ['"requestParameters":{"userName":"A","userName":"B"}', 'user.target.name', 'B'],
  ['"requestParameters":{"userName":"A","userName":null}', 'user.target.name', null],
  ['"requestParameters":{"userName":"A"},"requestParameters":{"groupName":"G"}', 'user.target.name', null],
  ['"requestParameters":{"userName":"A"},"requestParameters":"x"', 'user.target.name', null],
  ['"responseElements":{"user":{"userId":"A"},"user":{"x":1}}', 'user.target.id', null],
  ['"responseElements":{"user":{"userId":"A"},"user":5,"group":{"groupId":"g"}}', 'user.target.id', null],
  [
    '"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Success","ConsoleLogin":"Failure"}',
    'event.outcome',
    'failure',
  ],
  [
    '"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure","ConsoleLogin":null}',
    'event.outcome',
    'success',
  ],
  ['"resources":[{"ARN":"a","ARN":"b"}]', 'aws.cloudtrail.resources', [{ arn: 'b', account_id: null, type: null }]],
  ['"resources":[{"ARN":"a","ARN":5}]', 'aws.cloudtrail.resources', [{ arn: '5', account_id: null, type: null }]],
  [
    '"resources":[{"ARN":"a"},{"ARN":"b"}],"resources":[{"type":"t"}]',
    'aws.cloudtrail.resources',
    [{ arn: null, account_id: null, type: 't' }],
  ],
  ['"readOnly":true,"readOnly":"no"', 'aws.cloudtrail.read_only', null],
  ['"eventTime":"2024-01-01T00:00:00Z"', 'ts', 1_704_067_200_000_000n],
  ['"x":1,"x":{"y":2},"eventName":"A","eventName":"B"', 'event.action', 'B'],
])('the last of equal keys wins: %s', (members, column, value) => {
  const before = '{"eventTime":"2023-07-10T01:00:00Z","eventName":"Before"}';
  const rows = checkFile(file(before, `{${TIME},${members}}`, before));
  expect(rows[1][column]).toEqual(value);
  expect([rows[0]['event.action'], rows[2]['event.action']]).toEqual(['Before', 'Before']);
});

test('the last of unusual duplicate keys wins', () => {
  row('"eventName":1,"eventName":2,"\\ud800":1,"\\uD800":2,"\\ud800":3');
  row('"eventName":1,"eventName":2,"\\ud800":1,"\\"\\\\ud800\\"":2');
});

test('an aggregated event has the start of its window as its time, and its own spelling of the id', () => {
  const window = '"timeWindow":{"windowStart":"2023-07-10T12:05:00Z","windowEnd":"2023-07-10T12:10:00Z"}';
  const id = 'aws.cloudtrail.aggregated.event_id';
  const [alone, beside, same, empty] = checkFile(
    file(
      `{"eventId":"a",${window}}`,
      `{${TIME},"eventID":"b","eventId":"c",${window}}`,
      `{"eventTime":"2023-07-10T12:05:00Z","eventID":"c","eventId":"c",${window}}`,
      `{"eventTime":null,"eventID":7,"eventId":"d",${window}}`,
    ),
  );
  expect([alone.ts, alone['event.created'], alone['event.id']]).toEqual([1_688_990_700_000_000n, null, null]);
  expect([alone[id], unmapped(alone)]).toEqual(['a', null]);
  expect([beside.ts, beside['event.id'], beside[id], unmapped(beside)]).toEqual([
    1_688_990_400_000_000n,
    'b',
    'c',
    null,
  ]);
  expect([same.ts, same['event.id'], same[id], unmapped(same)]).toEqual([1_688_990_700_000_000n, 'c', 'c', null]);
  expect([empty.ts, empty['event.id'], unmapped(empty)]).toEqual([1_688_990_700_000_000n, '7', '{"eventID":7}']);
});

test('related.* name each value once, and only of its kind', () => {
  const found = row(
    '"sourceIPAddress":"10.0.0.1","tlsDetails":{"clientProvidedHostHeader":"s3.amazonaws.com"},' +
      '"requestParameters":{"Host":"b.s3.amazonaws.com","publicIp":"2001:db8::1","privateIpAddress":"10.0.0.1"},' +
      '"responseElements":{"publicIp":"not-an-address","networkInterface":{"privateIpAddress":"10.0.0.2"},' +
      '"codeSha256":"q80=","image":{"imageId":{"imageDigest":"sha256:ab"}}}',
  );
  expect(found['related.ip']).toEqual(['10.0.0.1', '2001:db8::1', '10.0.0.2']);
  expect(found['related.hosts']).toEqual(['s3.amazonaws.com', 'b.s3.amazonaws.com']);
  expect(found['related.hash']).toEqual(['q80=', 'sha256:ab']);
  const service = row(
    '"sourceIPAddress":"ec2.amazonaws.com","tlsDetails":{"clientProvidedHostHeader":"h"},"requestParameters":{"Host":"h"}',
  );
  expect([service['related.ip'], service['related.hosts'], service['related.hash']]).toEqual([null, ['h'], null]);
  expect(row('"requestParameters":{"Host":["h"]}')['related.hosts']).toEqual(['h']);
});

test('10,000 levels deep, in unmapped members and JSON columns', () => {
  const deep = `${'[{"a":'.repeat(5000)}1${'}]'.repeat(5000)}`;
  const { decode, found } = decodeOnly(
    `{${TIME},"x":${deep},"requestParameters":${deep},"eventName":${deep},"resources":[${deep}]}`,
  );
  expect(decode.rejects).toEqual([]);
  // Below the 500th level is text.
  const cut = (text: string) => portableJson(Buffer.from(text), 0, text.length)?.toString();
  expect(found['aws.cloudtrail.request_parameters']).toBe(cut(deep));
  expect(unmapped(found)).toBe(cut(`{"x":${deep},"eventName":${deep},"resources":[${deep}]}`));
  expect(found['event.original']).toContain(`"eventName":${deep},`);
});

test('white space of every kind, everywhere, and a byte-order mark', () => {
  const s = ' \t\r\n';
  const text = `{${s}"Records"${s}:${s}[${s}{${s}"eventTime"${s}:${s}"2023-07-10T12:00:00Z"${s},${s}"resources"${s}:${s}[${s}{${s}"ARN"${s}:${s}"a"${s}}${s},${s}{${s}}${s}]${s},${s}"userIdentity"${s}:${s}{${s}"arn"${s}:${s}null${s},${s}"q"${s}:${s}[${s}]${s}}${s},${s}"requestParameters"${s}:${s}{${s}"userName"${s}:${s}"u"${s}}${s}}${s},${s}7${s}]${s}}${s}`;
  checkFile(text);
  expect(checkFile(`\ufeff${text}`)).toEqual(checkFile(text));
});

test('records that are not objects are rejected, one by one', () => {
  expect(checkFile(file('1', `{${TIME}}`, '[]', '"x"', 'null', `{${TIME}}`, '{}', 'true'))).toHaveLength(2);
  expect(checkFile(file())).toEqual([]);
});

function decodeOnly(record: string) {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  const decode = decoder.decode(Buffer.from(file(record)), 'f');
  return { decode, found: rowsOf(decoder.take()[0])[0] };
}
