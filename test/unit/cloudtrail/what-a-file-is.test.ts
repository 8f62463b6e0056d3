/** A file that is not what it should be is refused with what it is, where it is damaged, and what to do. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { DIGEST_TABLE_COLUMNS } from '../../../cloudtrail/columns/digest.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { uncompress } from '../../../ingest/uncompress/uncompress.js';
import { DELIVERIES, trailFileOf } from '../../support/deliveries.js';
import { refusal } from '../../support/refusal.js';

const decode = (text: string | Uint8Array, digest = false): unknown =>
  new FileDecoder(digest ? DIGEST_TABLE_COLUMNS : DEFAULT_TABLE_COLUMNS, digest ? 'digest' : 'records').decode(
    Buffer.from(text as string),
    'file:///f',
  );

const event = (id: number): string =>
  `{"eventVersion":"1.08","eventTime":"2024-03-05T12:00:0${id}Z","eventSource":"s3.amazonaws.com","eventID":"${id}"}`;
const TRAIL = trailFileOf([event(1), event(2)]);
const FIRST = TRAIL.indexOf(event(1));
const SECOND = TRAIL.indexOf(event(2));
const CSV = DELIVERIES['saved results of a CloudTrail Lake query']([event(1), event(2)]);
const DIGEST = '{"digestEndTime":"2024-03-05T12:00:00Z"}';

describe('a partial copy', () => {
  it.each([
    [
      'cut in its second record',
      TRAIL.slice(0, SECOND + 30),
      `middle of record 2, which begins at byte ${SECOND}; 1 complete record comes before`,
    ],
    [
      'cut in its first record',
      TRAIL.slice(0, FIRST + 30),
      `middle of record 1, which begins at byte ${FIRST}: it is a partial copy`,
    ],
    [
      'cut behind its records',
      TRAIL.slice(0, -1),
      'before the end of the document that begins at byte 0; 2 complete records come before',
    ],
    ['cut in its second document', `${TRAIL}\n${TRAIL.slice(0, SECOND + 30)}`, 'middle of record 4'],
    ['of CSV', CSV.slice(0, -9), 'middle of record 2'],
    [
      'of log lines',
      `2024-03-05T12:00:00Z ${event(1)}\n2024-03-05T12:00:00Z ${event(2).slice(0, -9)}`,
      'middle of record 2',
    ],
    [
      'cut in a line',
      `${event(1)}\n${event(2).slice(0, -9)}`,
      `record 2, which begins at byte ${event(1).length + 1} (line 2)`,
    ],
    [
      'padded with zeros',
      `${TRAIL.slice(0, SECOND + 30)}${'\0'.repeat(50)}`,
      `50 zero bytes at byte ${SECOND + 30}, in the middle of record 2`,
    ],
    ['of zeros', Buffer.alloc(1000), 'only zero bytes'],
    ['with a hole', `${TRAIL.slice(0, FIRST + 30)}${'\0'.repeat(50)}${TRAIL.slice(SECOND)}`, '50 zero bytes'],
  ])('is recognized: %s', (_how, text, words) => {
    const said = refusal(() => decode(text));
    expect(said).toMatch(/^invalid_json: /);
    expect(said).toContain(words);
    expect(said).toMatch(/partial copy|did not finish|never written/);
    expect(said).toContain('Copy it again');
  });

  it('is recognized wherever it was truncated, with the number of complete records', () => {
    const records = Array.from({ length: 5 }, (_, at) => event(at));
    const text = trailFileOf(records);
    fc.assert(
      fc.property(fc.integer({ min: 12, max: text.length - 1 }), (end) => {
        const whole = records.filter((record) => text.indexOf(record) + record.length <= end).length;
        const said = refusal(() => decode(text.slice(0, end)));
        expect(said).toContain('partial copy');
        if (whole > 0) expect(said).toContain(`${whole} complete record${whole === 1 ? ' comes' : 's come'} before`);
      }),
    );
  });

  it('of gzip is recognized', () => {
    const gzip = gzipSync(Array.from({ length: 5000 }, (_, i) => Math.imul(i, 0x9e3779b1)).join());
    expect(refusal(() => uncompress(gzip.subarray(0, 500), 1 << 20))).toMatch(/^corrupt_gzip: .*partial copy/);
    const padded = Buffer.concat([gzip.subarray(0, 500), Buffer.alloc(500)]);
    expect(refusal(() => uncompress(padded, 1 << 20))).toMatch(/^corrupt_gzip: .*500 bytes are zero/);
    expect(refusal(() => uncompress(Buffer.concat([gzip, Buffer.alloc(9)]), 1 << 20))).toMatch(
      /9 bytes after .* all of them zero/,
    );
  });
});

describe('data after or inside a document', () => {
  it.each([
    [
      'an HTML page',
      `${TRAIL}\n<!DOCTYPE html><html>`,
      /After a complete document \(2 records\), other data begins at byte \d+ \(line 2\)\. It looks like an HTML page/,
    ],
    ['text', `${TRAIL} and so on`, /After a complete document \(2 records\).* begins with "and so on"/],
    ['a comma', `${TRAIL},\n${TRAIL}`, /A comma between documents/],
    [
      'another document in the middle',
      TRAIL.slice(0, SECOND + 30) + TRAIL,
      /Another document begins at about byte \d+, in the middle of record 2/,
    ],
    ['a comment', '{"Records":[\n// none\n]}', /Byte 13 \(line 2\) has a comment/],
    ['a comma too many', '{"Records":[{"eventVersion":"1"},]}', /closing bracket after a comma/],
    ['a comma too many in a record', '{"Records":[{"eventVersion":"1",}]}', /closing bracket after a comma/],
    ['single quotes', "{'Records': [{'eventVersion': '1', 'x': None}]}", /single quote, as written by Python/],
    ['a value of Python', '{"Records": [{"eventVersion": None}]}', /Python value/],
    ['NaN', '{"Records": [{"a": NaN}]}', /value that JSON does not support/],
    ['names without quotes', '{Records: []}', /member name without quotes/],
    [
      'damage',
      `${TRAIL.slice(0, SECOND + 20)}@@"${TRAIL.slice(SECOND + 20)}`,
      /in the middle of record 2, .*: the file is damaged/,
    ],
  ])('is named: %s', (_what, text, words) => {
    expect(refusal(() => decode(text))).toMatch(/^invalid_json: Not valid JSON: .* at byte \d+\. /);
    expect(refusal(() => decode(text))).toMatch(words);
  });
});

describe('JSON without records is named', () => {
  it.each([
    ['{}', /an empty object/],
    ['null', /the JSON value null/],
    ['17', /the JSON value 17/],
    ['"text"', /a JSON string that begins with "text"/],
    ['[1,"a",null]', /an array of 3 values \(number, string, null\)/],
    ['{"a":1,"b":2}', /an object with the members "a", "b"/],
    ['{"a":1}\n{"b":2}', /It begins with an object with the member "a"/],
    ['{"Events":[{"EventId":"1"}]}', /An element of "Events" without a CloudTrail record/],
    ['{"QueryResultRows":[[{"eventID":"1"}]]}', /without the column eventJson/],
    [
      '{"files":[{"fileHashValue":"a","fileName":"result_1.csv.gz"}],"hashSignature":"b"}',
      /sign file of CloudTrail Lake/,
    ],
    [
      '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2024-03-05T12:00:00Z"}]}',
      /event notification/,
    ],
    ['{"Records":[{"kinesis":{"data":"e30="},"eventSource":"aws:kinesis"}]}', /event notification/],
    ['{"Type":"Notification","TopicArn":"a","Message":"hello"}', /the members "Type", "TopicArn", "Message"/],
  ])('%s', (text, words) => {
    expect(refusal(() => decode(text))).toMatch(/^not_a_trail_file: /);
    expect(refusal(() => decode(text))).toMatch(words);
  });
});

describe('other text is named', () => {
  it.each([
    [
      'results of a CloudTrail Lake query without records',
      'eventID,eventName\n1,a\n',
      /CloudTrail Lake .* without the column eventJson/,
    ],
    ['a download of the event history', 'Event name,Event time\na,b\n', /event history, .*Download it as JSON/],
    ['CSV', 'a,b\n1,2\n', /CSV file \(columns a, b\)/],
    ['TSV', 'a\tb\n1\t2\n', /CSV file \(columns a, b\)/],
    ['YAML', 'Records:\n- eventVersion: "1"\n', /YAML/],
    ['text output of the CLI', 'EVENTS\tAKIA\t{}\n', /--output text/],
    ['base64', Buffer.from(TRAIL).toString('base64'), /JSON in base64/],
    ['base64 of gzip', gzipSync(TRAIL).toString('base64'), /gzip in base64/],
    ['LZ4', Buffer.from([4, 0x22, 0x4d, 0x18, 1]), /an LZ4 file/],
  ])('%s', (_what, text, words) => {
    expect(refusal(() => decode(text))).toMatch(/^other_format: /);
    expect(refusal(() => decode(text))).toMatch(words);
  });

  it('prose with commas is not CSV', () => {
    expect(refusal(() => decode('first, second\nand no more'))).toMatch(
      /^invalid_json: .*text that begins with "first, second/,
    );
  });
});

describe('in place of a digest', () => {
  it.each([
    ['a partial copy', DIGEST.slice(0, -1), /^invalid_json: .*partial copy/],
    [
      'several digests',
      `${DIGEST}\n${DIGEST}`,
      /^invalid_json: .*another document begins at byte 41 \(line 2\)\. Each digest is signed/,
    ],
    [
      'a digest padded with zeros',
      `${DIGEST}\0\0`,
      /^invalid_json: .*2 zero bytes at byte 40, after a complete document/,
    ],
    ['an empty object', '{}', /^not_a_digest: .*It is an empty object/],
    ['null', 'null', /^not_a_digest: .*the JSON value null/],
    ['CSV', 'a,b\n1,2\n', /^other_format: .*CSV/],
    ['a trail file', TRAIL, /^not_a_digest: .*Log files belong under CloudTrail\//],
  ])('%s is named', (_what, text, words) => {
    expect(refusal(() => decode(text, true))).toMatch(words);
  });
});
