/** Each limit of a file, told by hand: what is at the limit is read, and one more is `over_limit`, by name. */
import { gzipSync } from 'node:zlib';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import { DIGEST_TABLE_COLUMNS } from '../../../cloudtrail/columns/digest';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder';
import { type LimitName, type Limits, OverLimit } from '../../../cloudtrail/decoder/limits';
import { MAX_COUNTED } from '../../../ingest/uncompress/gzip-members';
import { uncompress } from '../../../ingest/uncompress/uncompress';

const LIMITS: Limits = {
  recordBytes: 16_384,
  digestBytes: 32_768,
  textBytes: 2048,
  members: 300,
  depth: 128,
  cells: 20,
  rejects: 10,
  days: 5,
};
const TIME = '"eventTime":"2024-03-05T12:00:00Z"';
const record = (inside: string): string => `{"Records":[{${TIME},${inside}}]}`;
const list = (count: number, one: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => one(n)).join(',');
const string = (bytes: number): string => `"${'v'.repeat(bytes - 2)}"`;
/** A record of exactly so many bytes, of which `pad` makes what is asked of it. */
const recordOf = (bytes: number, before: string, pad: (n: number) => string, after: string): string => {
  const rest = bytes - before.length - after.length;
  return `{"Records":[${before}${pad(rest)}${after}]}`;
};
const spaces = (n: number): string => ' '.repeat(n);
const letters = (n: number): string => 'v'.repeat(n);

function decode(text: string, form: 'records' | 'digest' = 'records') {
  const decoder = new FileDecoder(form === 'digest' ? DIGEST_TABLE_COLUMNS : DEFAULT_TABLE_COLUMNS, form, {
    limits: LIMITS,
  });
  return decoder.decode(Buffer.from(text), 'file:///f');
}

const digest = (bytes: number): string => {
  const [before, after] = ['{"digestEndTime":"2024-03-05T12:00:00Z","x":"', '"}'];
  return before + letters(bytes - before.length - after.length) + after;
};

/** Names of an object that are not counted: they have their place anyway. */
const UNCOUNTED = 256;

/** What a file with `n` of it looks like. */
const CASES: [what: string, limit: LimitName, file: (n: number) => string][] = [
  ['a value', 'recordBytes', (n) => recordOf(n, `{${TIME},"eventName":"`, letters, '"}')],
  ['white space before its end', 'recordBytes', (n) => recordOf(n, `{${TIME}`, spaces, '}')],
  ['white space in a JSON column', 'recordBytes', (n) => recordOf(n, `{${TIME},"requestParameters":{`, spaces, '}}')],
  ['white space in a list', 'recordBytes', (n) => recordOf(n, `{${TIME},"resources":[`, spaces, ']}')],
  ['white space in an unknown member', 'recordBytes', (n) => recordOf(n, `{${TIME},"zzz":{`, spaces, '}}')],
  [
    'white space in a member that is an object',
    'recordBytes',
    (n) => recordOf(n, `{${TIME},"userIdentity":{`, spaces, '}}'),
  ],
  [
    'closing brackets',
    'recordBytes',
    (n) =>
      recordOf(
        n,
        `{${TIME},"x":"`,
        (rest) => `${letters(rest - 100)}","y":${'['.repeat(47)}${']'.repeat(48 - 1)}`,
        '}',
      ),
  ],
  ['a record without a time', 'recordBytes', (n) => recordOf(n, '{"eventName":"', letters, '"}')],
  ['a digest', 'digestBytes', digest],
  ['a string for a record', 'textBytes', (n) => `{"Records":[${string(n + 1)}]}`],
  [
    'a message',
    'textBytes',
    (n) =>
      `{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{${letters(n - 2)}"},{"message":"{${TIME.replaceAll('"', '\\"')}}"}]}`,
  ],
  ['a CSV cell', 'textBytes', (n) => `eventJson,b\n"${letters(n)}",1\n`],
  ['a record', 'members', (n) => record(list(n + UNCOUNTED, (i) => `"k${i}":1`))],
  [
    'the request parameters',
    'members',
    (n) => record(`"requestParameters":{${list(n + UNCOUNTED, (i) => `"k${i}":1`)}}`),
  ],
  ['an object around records', 'members', (n) => `{${list(n - 1, (i) => `"k${i}":1`)},"Records":[{${TIME}}]}`],
  ['a record of arrays', 'depth', (n) => record(`"requestParameters":${'['.repeat(n)}${']'.repeat(n)}`)],
  ['a CSV row', 'cells', (n) => `eventJson,b\n"{${TIME.replaceAll('"', '""')}}"${',1'.repeat(n - 1)}\n`],
  ['numbers for records', 'rejects', (n) => `{"Records":[{${TIME}},${list(n, () => '1')}]}`],
  ['records without a time', 'rejects', (n) => `{"Records":[{${TIME}},${list(n, () => '{"a":1}')}]}`],
  ['lines that are numbers', 'rejects', (n) => `{${TIME}}\n${'1\n'.repeat(n)}`],
  [
    'the days of events',
    'days',
    (n) => `{"Records":[${list(n, (i) => `{"eventTime":"2024-03-0${i + 1}T12:00:00Z"}`)}]}`,
  ],
];

it.each(CASES)('%s: at %s it is read, beyond it is not', (_what, limit, file) => {
  const form = limit === 'digestBytes' ? 'digest' : 'records';
  const most = LIMITS[limit];
  const read = decode(file(most), form);
  expect(read.records).toBeGreaterThan(0);
  let thrown: unknown;
  try {
    decode(file(most + 1), form);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(OverLimit);
  expect((thrown as OverLimit).limit).toBe(limit);
});

describe('what is kept of rejected records', () => {
  const texts = (text: string): (string | undefined)[] =>
    decode(text).rejects.map(({ from, to, text: own }) =>
      Buffer.from(own ?? Buffer.from(text).subarray(from, to)).toString(),
    );

  it('is the text of each record, if one string has many', () => {
    const inner = `{"events":[${list(8, () => JSON.stringify({ message: '{"a":1}' }))}]}`;
    expect(texts(JSON.stringify({ Type: 'Notification', TopicArn: 't', Message: inner }) + `\n{${TIME}}`)).toEqual(
      Array(8).fill('{"a":1}'),
    );
  });

  it('is the text of the record, if its wrapper is longer than a record may be', () => {
    const around = `{"CloudTrailEvent":"{\\"a\\":1}","x":"${letters(LIMITS.recordBytes)}"}`;
    expect(texts(`{${TIME}}\n${around}`)).toEqual(['{"a":1}']);
  });

  it('is the whole string, if it has only the record', () => {
    const around = '{"CloudTrailEvent":"{\\"a\\":1}","x":"y"}';
    expect(texts(`{${TIME}}\n${around}`)).toEqual([around]);
  });
});

it('counts the members of a gzip file up to a number', () => {
  const one = gzipSync(' ');
  const members = (count: number): string | undefined =>
    uncompress(Buffer.concat(Array(count).fill(one)), 1 << 20).note;
  expect(members(1)).toBeUndefined();
  expect(members(MAX_COUNTED)).toMatch(/^trailing_members: 10000 gzip members/);
  expect(members(MAX_COUNTED + 2)).toMatch(/^trailing_members: more than 10000 gzip members/);
});
