/**
 * The byte decoder against the `JSON.parse` oracle on made-up files. `TRAILMILL_FUZZ_RUNS` (200 by default) says how
 * many of each, `TRAILMILL_FUZZ_SEED` repeats a run; a failure prints its seed and the smallest file that shows it.
 */
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { UnreadableFile } from '../../../errors/index.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { rowsOf } from '../../support/columns.js';
import { TABLE_WITH_COPIES } from '../../support/copies.js';
import {
  checkFile,
  DEFAULT_TABLE,
  DIGEST_TABLE,
  INSIGHTS_TABLE,
  type OracleTable,
  oracle,
} from '../../support/oracle.js';

const RUNS = Number(process.env.TRAILMILL_FUZZ_RUNS ?? 200);
const SEED = process.env.TRAILMILL_FUZZ_SEED;
const OPTIONS = { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };

const TABLES: [name: string, table: OracleTable][] = [
  ['the default table', DEFAULT_TABLE],
  ['the insights table', INSIGHTS_TABLE],
  ['the digest table', DIGEST_TABLE],
  ['a table with copies of every conversion', TABLE_WITH_COPIES],
];

/**
 * Does an object have names that differ in halves of surrogate pairs only? Stored, they are equal, and the last one counts. Which
 * one that is, the oracle cannot say: objects of JavaScript do not keep the place of a name that comes again.
 */
function hasCollidingNames(text: string): boolean {
  const collides = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    const names = Array.isArray(value) ? [] : Object.keys(value);
    return new Set(names.map((name) => name.toWellFormed())).size < names.length || Object.values(value).some(collides);
  };
  try {
    return collides(JSON.parse(text));
  } catch {
    return false;
  }
}

describe.each(TABLES)('%s', (_name, table) => {
  test('has the oracle’s rows and rejects, whatever a file says, and each record can be rebuilt from its row', () => {
    const decoder = new FileDecoder(table.columns, table.form);
    fc.assert(
      fc.property(arbitraryFiles(table.columns, table.form).file, (text) => {
        fc.pre(!hasCollidingNames(text));
        checkFile(text, decoder, table);
      }),
      OPTIONS,
    );
  });
});

/** One for all files, as a worker has one for those of a chunk. */
const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);

/** What the decoder says of a file: the number of its records, or the reason for its refusal; and that nothing stays behind. */
function verdict(bytes: Uint8Array): number | string {
  try {
    const { records } = decoder.decode(bytes, 'file:///f');
    decoder.take();
    return records;
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

test('a file that is truncated at any byte is refused as by the oracle', () => {
  for (let end = 0; end < SMALL.length; end++) {
    const cut = SMALL.subarray(0, end);
    expect([end, verdict(cut)]).toEqual([end, 'invalid_json']);
    expect(expected(cut)).toBe('invalid_json');
  }
  expect(verdict(SMALL)).toBe(2);
});

test('a file with anything after its end is refused, unless it is white space or another whole document', () => {
  for (const tail of ['{', '}', ',', 'x', '\0', '{"Records":[}', ' \n\t1']) {
    expect(verdict(Buffer.concat([SMALL, Buffer.from(tail)]))).toBe('invalid_json');
  }
  expect(verdict(Buffer.concat([SMALL, Buffer.from(' \r\n\t')]))).toBe(2);
  expect(verdict(Buffer.concat([SMALL, Buffer.from('{"Records":[]}')]))).toBe(2);
  expect(verdict(Buffer.concat([SMALL, SMALL]))).toBe(4);
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

test('bytes that are not UTF-8 reject the records that contain them, and no others', () => {
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
        const { records, rejects } = decoder.decode(bytes, 'file:///f');
        expect(records).toBe(3);
        expect(rejects.map(({ index, reason }) => [index, reason])).toEqual([[1, 'invalid_utf8']]);
        expect(decoder.take().flatMap((rows) => rowsOf(rows).map((row) => row['event.id']))).toEqual(['0', '2']);
      },
    ),
    OPTIONS,
  );
});

test('nesting may be of any depth, anywhere', () => {
  const depth = 5000;
  const deep = `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`;
  const text = ['requestParameters', 'unknown', 'eventName', 'userIdentity', 'resources']
    .map((key) => `{"eventTime":"2023-07-10T12:00:00Z","${key}":${deep}}`)
    .join(',');
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  expect(decoder.decode(Buffer.from(`{"Records":[${text}]}`), 'file:///f')).toMatchObject({ records: 5, rejects: [] });
  const rows = decoder.take().flatMap(rowsOf);
  expect(rows.map((row) => row['event.original'])).toEqual(text.split(/,(?=\{"eventTime)/));
});

test('a record of a megabyte between small ones does not change them', () => {
  const long = 'x'.repeat(1 << 20);
  const text = ['a', long, 'b']
    .map((name) => `{"eventTime":"2023-07-10T12:00:00Z","eventName":"${name}","new":"${name}"}`)
    .join(',');
  expect(checkFile(`{"Records":[${text}]}`).map((row) => row['event.action'])).toEqual(['a', long, 'b']);
});
