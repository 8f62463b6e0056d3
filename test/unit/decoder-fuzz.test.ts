/**
 * The byte decoder against the `JSON.parse` oracle on made-up files. `TRAILMILL_FUZZ_RUNS` (200 by default) says how
 * many of each, `TRAILMILL_FUZZ_SEED` repeats a run; a failure prints its seed and the smallest file that shows it.
 */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS, type DirectColumn, PEEKED_PATHS } from '../../cloudtrail/columns.js';
import { FileDecoder } from '../../cloudtrail/decoder/file-decoder.js';
import { UnreadableFile } from '../../errors/index.js';
import { rowsOf } from '../support/columns.js';
import { checkFile, oracle } from '../support/oracle.js';

const RUNS = Number(process.env.TRAILMILL_FUZZ_RUNS ?? 200);
const SEED = process.env.TRAILMILL_FUZZ_SEED;
const OPTIONS = { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };

const PATHS = [
  ...DEFAULT_TABLE_COLUMNS.filter((column): column is DirectColumn => column.kind === 'direct').map(({ path }) => path),
  ...PEEKED_PATHS,
].map((path) => path.split('.'));
/** Texts that derived columns look at. */
const SPEAKING = ['10.1.2.3', '2001:db8::1', 'TLSv1.2', 'aws-cli/2.1 Linux/5', 'ConsoleLogin', 'CreateUser', 'No'];
/** Keys that mean something to the decoder, some that mean something to JavaScript, and some that look like them. */
const KEYS = [...new Set(PATHS.flat()), '__proto__', 'constructor', 'toString', 'ARN', '', 'Records', 'eventtime', 'é'];

// ---- JSON text, with all the freedom that its grammar gives: white space, escapes, forms of numbers, equal keys.

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t', '  ');
const escapes = fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0000', '\\u00e9');
const surrogates = fc.constantFrom('\\ud83c\\udf89', '\\ud83c', '\\udf89', '\\uD83C\\ud83c', '\\udf89\\ud83c');
const plain = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => JSON.stringify(text.toWellFormed()).slice(1, -1));
const stringBody = fc.array(fc.oneof({ weight: 4, arbitrary: plain }, escapes, surrogates), { maxLength: 4 });
const stringText = stringBody.map((parts) => `"${parts.join('')}"`);
const numberText = fc.constantFrom('0', '-0', '1', '-12.50', '1e5', '2E-3', '9007199254740993', '1e400', '0.1e+2');
const timeText = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    fc.constantFrom('Z', '.5Z', '.123456789Z', '+02:00', '-23:59', '', 'z', '+2'),
  )
  .map(([date, zone]) => `"${date.toISOString().slice(0, 19)}${zone}"`);
const nearlyTime = fc.constantFrom('"2023-02-29T00:00:00Z"', '"2023-07-10T24:00:00Z"', '"2023-07-10"', '""');
const scalarText = fc.oneof(
  { weight: 4, arbitrary: stringText },
  numberText,
  timeText,
  nearlyTime,
  fc.constantFrom(...SPEAKING.map((text) => JSON.stringify(text))),
  fc.constantFrom('null', 'true', 'false', '"true"', '"false"', '{}', '[]', '{ }', '[ ]'),
);

/** A key as it may be written: as it is, or with one of its characters escaped. */
const keyText = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...KEYS) }, fc.string({ maxLength: 6 })), fc.nat(40))
  .map(([key, at]) => {
    const text = JSON.stringify(key.toWellFormed());
    const code = text.charCodeAt(at + 1);
    // Only inside the quotes, and not in the middle of an escape.
    if (at >= text.length - 2 || text.includes('\\')) return text;
    return `${text.slice(0, at + 1)}\\u${code.toString(16).padStart(4, '0')}${text.slice(at + 2)}`;
  });

const { value: anyValue, object: anyObject } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 3, arbitrary: scalarText },
    tie('object'),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
      .map(([elements, gap]) => `[${gap}${elements.join(`${gap},`)}${gap}]`),
  ),
  object: fc
    .tuple(fc.array(fc.tuple(keyText, tie('value')), { maxLength: 6 }), space)
    .map(([members, gap]) => `{${gap}${members.map((pair) => pair.join(`${gap}:${gap}`)).join(`,${gap}`)}${gap}}`),
}));

/** Records that reach their columns: a known path, with anything at its end. */
const memberAtPath = fc
  .tuple(fc.constantFrom(...PATHS), anyValue)
  .map(([path, value]) => `"${path[0]}":${path.slice(1).reduceRight((inner, key) => `{"${key}":${inner}}`, value)}`);
const members = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: memberAtPath },
    fc.tuple(keyText, anyValue).map((pair) => pair.join(':')),
  ),
  { maxLength: 10 },
);
const goodTime = timeText.map((time) => `"eventTime":${time}`);
const record = fc
  .tuple(members, goodTime, fc.nat(10))
  .map(([list, time, at]) => `{${[...list.slice(0, at), time, ...list.slice(at)].join(',')}}`);
const anyRecord = fc.oneof({ weight: 6, arbitrary: record }, anyObject, anyValue);
const file = fc
  .tuple(fc.array(anyRecord, { maxLength: 8 }), space)
  .map(([records, gap]) => `${gap}{${gap}"Records"${gap}:${gap}[${records.join(`${gap},${gap}`)}${gap}]${gap}}${gap}`);

// ---- The promises.

test('whatever a file says, rows and rejects are the oracle’s, and each record can be rebuilt from its row', () => {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  fc.assert(
    fc.property(file, (text) => {
      checkFile(text, decoder);
    }),
    OPTIONS,
  );
});

/** What the decoder says of a file: the number of its records, or the reason for its refusal; and that nothing stays behind. */
function verdict(bytes: Uint8Array): number | string {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  try {
    return decoder.decode(bytes, 'file:///f').records;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    expect(decoder.take()).toEqual([]);
    return error.reason;
  }
}

function expected(bytes: Uint8Array): number | string {
  const read = oracle(bytes, 'file:///f');
  if (typeof read === 'string') return read;
  let count = read.rejects.length;
  for (const rows of read.days.values()) count += rows.length;
  return count;
}

const SMALL = Buffer.from(
  '{"Records":[{"eventTime":"2023-07-10T12:00:00Z","userIdentity":{"type":"Root","x":[1,{"y":-2.5e3}]},' +
    '"readOnly":true,"resources":[{"ARN":"\\u0061é🎉"}],"requestParameters":null,"a\\"b":"\\ud83c\\udf89"},{}]}',
);

test('a file that is cut at any byte is refused as the oracle refuses it', () => {
  for (let end = 0; end < SMALL.length; end++) {
    const cut = SMALL.subarray(0, end);
    expect([end, verdict(cut)]).toEqual([end, 'invalid_json']);
    expect(expected(cut)).toBe('invalid_json');
  }
  expect(verdict(SMALL)).toBe(2);
});

test('a file with anything after its end is refused, unless it is white space', () => {
  for (const tail of ['{', '}', ',', 'x', '\0', '{"Records":[]}', ' \n\t1']) {
    expect(verdict(Buffer.concat([SMALL, Buffer.from(tail)]))).toBe('invalid_json');
  }
  expect(verdict(Buffer.concat([SMALL, Buffer.from(' \r\n\t')]))).toBe(2);
});

test('any byte of a file changed to any other gives the oracle’s verdict', () => {
  fc.assert(
    fc.property(fc.nat(SMALL.length - 1), fc.nat(127), (at, byte) => {
      const bytes = Buffer.from(SMALL);
      bytes[at] = byte;
      // A changed byte can make a second member of the envelope, or cut a UTF-8 sequence: the next test looks at that.
      if (!isUtf8(bytes)) return;
      expect(verdict(bytes)).toBe(expected(bytes));
    }),
    { ...OPTIONS, numRuns: RUNS * 20 },
  );
});

test('bytes that are not UTF-8 cost the records that hold them, and no others', () => {
  const good = (id: number) => `{"eventTime":"2023-07-10T12:00:00Z","eventID":"${id}"}`;
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 4, min: 0x80 }).filter((bytes) => !isUtf8(bytes)),
      fc.constantFrom('eventName', 'unknown', 'requestParameters'),
      (bad, key) => {
        const bytes = Buffer.concat([
          Buffer.from(`{"Records":[${good(0)},{"eventTime":"2023-07-10T12:00:00Z","${key}":"`),
          bad,
          Buffer.from(`"},${good(2)}]}`),
        ]);
        const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
        const { records, rejects } = decoder.decode(bytes, 'file:///f');
        expect(records).toBe(3);
        expect(rejects.map(({ index, reason }) => [index, reason])).toEqual([[1, 'invalid_utf8']]);
        expect(decoder.take().flatMap((rows) => rowsOf(rows).map((row) => row['event.id']))).toEqual(['0', '2']);
      },
    ),
    OPTIONS,
  );
});

test('nesting is as deep as it likes, wherever it is', () => {
  const depth = 5000;
  const deep = `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`;
  const text = ['requestParameters', 'unknown', 'eventName', 'userIdentity', 'resources']
    .map((key) => `{"eventTime":"2023-07-10T12:00:00Z","${key}":${deep}}`)
    .join(',');
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  expect(decoder.decode(Buffer.from(`{"Records":[${text}]}`), 'file:///f')).toMatchObject({ records: 5, rejects: [] });
  const rows = decoder.take().flatMap(rowsOf);
  expect(rows[0]['aws.cloudtrail.request_parameters']).toBe(deep);
  expect(rows[1]['aws.cloudtrail.unmapped']).toBe(`{"unknown":${deep}}`);
});

test('a record of a megabyte between small ones does not change them', () => {
  const long = 'x'.repeat(1 << 20);
  const text = ['a', long, 'b']
    .map((name) => `{"eventTime":"2023-07-10T12:00:00Z","eventName":"${name}","new":"${name}"}`)
    .join(',');
  expect(checkFile(`{"Records":[${text}]}`).map((row) => row['event.action'])).toEqual(['a', long, 'b']);
});
