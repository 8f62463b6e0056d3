/** The forms in which CloudTrail records reach a bucket, and files that are none of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { DIGEST_TABLE_COLUMNS } from '../../../cloudtrail/columns/digest.js';
import type { DecodedFile } from '../../../cloudtrail/decoder/decoded-file.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { uncompress } from '../../../ingest/uncompress/uncompress.js';
import { inJavaScript, unzstd } from '../../../ingest/uncompress/zstd.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { type Row, rowsOf } from '../../support/columns.js';
import { refusal } from '../../support/refusal.js';

interface Decoded {
  file: DecodedFile;
  rows: Row[];
}

function decode(text: string | Uint8Array, form: 'records' | 'digest' = 'records'): Decoded {
  const decoder = new FileDecoder(form === 'digest' ? DIGEST_TABLE_COLUMNS : DEFAULT_TABLE_COLUMNS, form);
  const file = decoder.decode(Buffer.from(text as string), 'file:///f');
  return { file, rows: decoder.take().flatMap(rowsOf) };
}

const trail = (records: readonly string[]): string => `{"Records":[${records.join(',')}]}`;
const event = (id: number): string =>
  `{"eventVersion":"1.08","eventTime":"2024-03-05T12:00:0${id}Z","eventID":"${id}"}`;
const message = (records: readonly string[], more = ''): string =>
  `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"trail","logEvents":[${records
    .map((record, at) => `{"id":"${at}","timestamp":1709640000000,"message":${JSON.stringify(record)}}`)
    .join(',')}]${more}}`;
const CONTROL =
  '{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","timestamp":0,"message":"CWL CONTROL MESSAGE"}]}';

const FORMS: Record<string, (records: readonly string[]) => string> = {
  'a top-level array': (records) => `[${records.join(' , ')}]\n`,
  'one record a line': (records) => `${records.join('\n')}\n`,
  'lines of Windows, some of them empty': (records) => `\r\n${records.join('\r\n\r\n')}\r\n`,
  'records with nothing between them': (records) => records.join(''),
  'lines behind a byte-order mark': (records) => `\ufeff${records.join('\n')}`,
  'a message of CloudWatch Logs': (records) => message(records),
  'messages of CloudWatch Logs, one after the other': (records) =>
    CONTROL + records.map((record) => message([record], ',"subscriptionFilters":["x"]')).join(''),
  'messages of CloudWatch Logs, one a line': (records) => records.map((record) => message([record])).join('\n'),
};

describe.each(Object.entries(FORMS))('%s', (_name, write) => {
  it('gives the same rows as a trail file, whatever the records are', () => {
    const { record } = arbitraryFiles(DEFAULT_TABLE_COLUMNS);
    fc.assert(
      fc.property(fc.array(record, { maxLength: 4 }), (others) => {
        const records = [event(1), ...others];
        const [found, expected] = [decode(write(records)), decode(trail(records))];
        const refused = ({ file }: Decoded) => file.rejects.map(({ index, reason }) => [index, reason]);
        expect(refused(found)).toEqual(refused(expected));
        expect(found.file.records).toBe(records.length);
        expect(found.rows).toEqual(expected.rows);
      }),
      { numRuns: 60 },
    );
  });
});

describe('records that are none', () => {
  it('are rejects, with the position of their text in the file', () => {
    const text = `[${event(1)}, 7 , {"eventName":"x"}]`;
    const { file, rows } = decode(text);
    expect(rows).toHaveLength(1);
    expect(file.rejects.map(({ index, reason, from, to }) => [index, reason, text.slice(from, to)])).toEqual([
      [1, 'not_an_object', '7'],
      [2, 'no_event_time', '{"eventName":"x"}'],
    ]);
  });

  it('in a message of CloudWatch Logs reject no other message', () => {
    const cut = event(2).slice(0, -9);
    const text = message([event(1), cut, 'START RequestId: 1', event(3)]).replace(
      '"logEvents":[',
      '"logEvents":[5,{},',
    );
    const { file, rows } = decode(text);
    expect(rows.map((row) => row['event.id'])).toEqual(['1', '3']);
    expect(file.records).toBe(6);
    expect(file.rejects.map(({ index, reason, from, to }) => [index, reason, text.slice(from, to)])).toEqual([
      [0, 'not_an_object', '5'],
      [1, 'not_an_object', '{}'],
      [3, 'invalid_json', expect.stringContaining(JSON.stringify(cut))],
      [4, 'not_an_object', expect.stringContaining('START RequestId')],
    ]);
  });
});

test.each([
  ['{"Records":[]}', 0],
  ['\ufeff { "Records" : [ ] }\r\n', 0],
  ['[]', 0],
  [CONTROL, 0],
  [`${CONTROL}${CONTROL}`, 0],
  ['{"messageType":"DATA_MESSAGE","logEvents":[]}', 0],
])('%s is a file without records', (text, records) => {
  expect(decode(text).file).toMatchObject({ records, rejects: [] });
});

describe('compressed files', () => {
  const text = Buffer.from(trail([event(1), event(2)]));

  it('are recognized by their first bytes; all others are plain text', () => {
    expect(uncompress(gzipSync(text), 1000)).toEqual({ bytes: text });
    expect(uncompress(text, 1000)).toEqual({ bytes: text });
  });

  it('may have several gzip members, which is noted', () => {
    const halves = [gzipSync(text.subarray(0, 20)), gzipSync(text.subarray(20))];
    const { bytes, note } = uncompress(Buffer.concat(halves), 1000);
    expect(Buffer.from(bytes)).toEqual(text);
    expect(note).toMatch(/^trailing_members: 2 gzip members/);
    // A first member without content hides the rest from a reader that stops after it.
    expect(uncompress(Buffer.concat([gzipSync(''), gzipSync(text)]), 1000).note).toMatch(/^trailing_members: 2/);
    expect(uncompress(Buffer.concat([gzipSync(text), gzipSync('')]), 1000).note).toMatch(/^trailing_members: 2/);
  });

  it.each([
    ['an extra field', Buffer.from([4, 2, 0, 65, 66]), '2 bytes'],
    ['a comment', Buffer.from([16, 65, 66, 67, 0]), '3 bytes'],
    ['a name that no file has', Buffer.from([8, ...Buffer.alloc(256, 65), 0]), '256 bytes'],
    ['a name and a comment', Buffer.from([24, 65, 66, 0, 67, 0]), '1 byte'],
  ])('may have %s in the gzip header, which is noted', (_what, [flags, ...fields], bytes) => {
    const file = gzipSync(text);
    file[3] = flags;
    const whole = Buffer.concat([file.subarray(0, 10), Buffer.from(fields), file.subarray(10)]);
    expect(uncompress(whole, 1000)).toEqual({
      bytes: text,
      note: `hidden_bytes: ${bytes} in the gzip header; no reader sees them.`,
    });
  });

  it('may have a file name in the header without a note, as gzip writes it', () => {
    const file = gzipSync(text);
    file[3] = 8;
    const named = Buffer.concat([file.subarray(0, 10), Buffer.from('log.json\0'), file.subarray(10)]);
    expect(uncompress(named, 1000)).toEqual({ bytes: text });
  });

  it('with the magic bytes in the middle by chance have one member', () => {
    // Stored, not deflated: the content stands in the file as it is.
    const stored = gzipSync(Buffer.from([0x1f, 0x8b, 0x08, 0x1f, 0x8b, 0x08]), { level: 0 });
    expect(uncompress(stored, 1000).note).toBeUndefined();
  });

  it.each([
    ['zeros', Buffer.alloc(8)],
    ['text', Buffer.from('smuggled')],
    ['half a member', gzipSync(text).subarray(0, 15)],
  ])('with %s after their end are refused', (_what, tail) => {
    expect(refusal(() => uncompress(Buffer.concat([gzipSync(text), tail]), 1000))).toMatch(/^corrupt_gzip: /);
  });

  it('are refused if they are empty, or larger than allowed', () => {
    expect(refusal(() => uncompress(Buffer.alloc(0), 1000))).toMatch(/^empty_file: /);
    expect(refusal(() => uncompress(gzipSync(Buffer.alloc(1001, 32)), 1000))).toMatch(/^too_large: /);
    expect(refusal(() => uncompress(Buffer.alloc(1001, 32), 1000))).toMatch(/^too_large: /);
  });
});

describe('zstd', () => {
  let frame: Buffer;
  const lines = Array.from({ length: 2000 }, (_, at) => event(at % 10)).join('\n');

  /** As another program writes it. */
  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-zstd-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    try {
      const file = join(directory, 'a.json.zst');
      const options = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd`;
      await connection.run(`COPY (SELECT unnest(string_split($1, chr(10)))) TO '${file}' (${options})`, [lines]);
      frame = readFileSync(file);
    } finally {
      connection.closeSync();
      instance.closeSync();
      rmSync(directory, { recursive: true });
    }
  });

  it('is recognized by its first bytes, and read completely', () => {
    const { bytes } = uncompress(frame, 1 << 20);
    expect(Buffer.from(bytes).toString().trimEnd()).toBe(lines);
    expect(decode(bytes).file).toMatchObject({ records: 2000, rejects: [] });
  });

  it('may have several frames', () => {
    expect(Buffer.from(inJavaScript(Buffer.concat([frame, frame]), { maxOutputLength: 1 << 20 })).toString()).toBe(
      `${lines}\n${lines}\n`,
    );
  });

  it('with several frames, or with skippable ones, is noted', () => {
    const skippable = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 65, 66]);
    const noteOf = (...parts: Buffer[]): string | undefined => uncompress(Buffer.concat(parts), 1 << 20).note;
    const several = 'trailing_members: 2 zstd frames; CloudTrail writes one, and some readers only see the first.';
    const hidden = 'hidden_bytes: 10 bytes in skippable zstd frames; no reader sees them.';
    expect(noteOf(frame)).toBeUndefined();
    expect(noteOf(frame, frame)).toBe(several);
    expect(noteOf(frame, skippable)).toBe(hidden);
    expect(noteOf(frame, skippable, frame)).toBe(`${several} ${hidden}`);
  });

  it('is refused if it is larger than allowed, before it is fully decompressed', () => {
    for (const decompress of [undefined, inJavaScript])
      expect(refusal(() => unzstd(frame, 100_000, decompress))).toMatch(/^too_large: /);
    // A frame of a few bytes that asks for a window of two gigabytes, and one that says it has as much content.
    const window = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const content = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x7f, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const bomb of [window, content])
      expect(refusal(() => unzstd(bomb, 1 << 20, inJavaScript))).toMatch(/^too_large: /);
  });

  it('is refused if it is truncated, or has data after its end', () => {
    for (const bad of [frame.subarray(0, 100), frame.subarray(0, 6), Buffer.concat([frame, Buffer.from('smuggled')])])
      expect(refusal(() => unzstd(bad, 1 << 20, inJavaScript))).toMatch(/^corrupt_zstd: /);
  });
});

test.each([
  ['a digest where a trail file should be', '{"awsAccountId":"1","digestEndTime":"2024-03-05T12:00:00Z"}'],
  ['a snapshot of AWS Config', '{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[]}'],
  ['an event of EventBridge', '{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{}}'],
  ['an answer of lookup-events', '{"Events":[{"CloudTrailEvent":"{}"}]}'],
  ['any other object', '{"hello":"world"}'],
  ['members beside the records', '{"Records":[],"more":1}'],
  ['an array of other things', '[1,2,3]'],
  ['a Parquet file', Buffer.from('PAR1\x15\x04')],
  ['a zip archive', Buffer.from('PK\x03\x04\x14')],
  ['gzip in gzip', gzipSync('{}')],
  ['UTF-16', Buffer.from('\ufeff{"Records":[]}', 'utf16le')],
  ['an HTML page', '<!DOCTYPE html>\n<html><body>Sign in</body></html>'],
  ['an error of S3', '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'],
  ['a load balancer log', 'https 2024-03-05T12:00:00.123Z app/lb/1 192.0.2.1:5 10.0.0.1:80 0.1 0.1 0.1 200 200 1 1'],
  ['a VPC flow log', 'version account-id interface-id srcaddr dstaddr'],
  ['JSON that was cut', '{"Records":[{"eventTime":'],
  ['text', 'not JSON'],
])('%s is refused, with what it looks like and what to do', (_what, text) => {
  expect(refusal(() => decode(text))).toMatchSnapshot();
});

test.each([
  ['a trail file where a digest should be', trail([event(1)])],
  ['an array', '[]'],
  ['two digests', '{"digestEndTime":"2024-03-05T12:00:00Z"}{"digestEndTime":"2024-03-05T12:00:00Z"}'],
])('%s is not a digest', (_what, text) => {
  expect(refusal(() => decode(text, 'digest'))).toMatchSnapshot();
});
