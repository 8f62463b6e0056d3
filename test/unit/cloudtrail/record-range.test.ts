/** Where a record is in its file: what evidence of an event is cut out by. */
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { recordRange } from '../../../cloudtrail/decoder/record-range.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { type Row, rowsOf } from '../../support/columns.js';
import { DELIVERIES, trailFileOf } from '../../support/deliveries.js';

const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);

function rowsIn(text: string | Buffer): Row[] {
  decoder.decode(Buffer.from(text), 'file:///f');
  return decoder.take().flatMap(rowsOf);
}

function textAt(text: string, index: number): string | undefined {
  const bytes = Buffer.from(text);
  const range = recordRange(bytes, index);
  return range && bytes.subarray(range.from, range.to).toString();
}

const event = (id: number): string =>
  `{"eventVersion":"1.08","eventTime":"2024-03-05T12:00:0${id % 10}Z","eventSource":"s3.amazonaws.com","eventID":"${id}"}`;
const { record } = arbitraryFiles(DEFAULT_TABLE_COLUMNS);

it('is the text of the record, to the byte, in a file as CloudTrail writes it', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), fc.constantFrom('', '\ufeff', ' \n'), (others, before) => {
      const records = [event(1), ...others];
      const text = before + trailFileOf(records);
      expect(records.map((_, index) => textAt(text, index))).toEqual(records);
      expect(textAt(text, records.length)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

/** What is at a range can stand alone; only the cell of a CSV file wants its column. */
const fileOf = (text: string, name: string): string => (/CSV|saved/.test(name) ? `eventJson\n${text}\n` : text);

it.each(
  Object.entries({
    ...DELIVERIES,
    'log lines': (records: readonly string[]) => records.map((text) => `2024-03-05T12:00:00.000Z ${text}\n`).join(''),
  }),
)('is of that record and no other: %s', (name, write) => {
  const records = Array.from({ length: 12 }, (_, at) => event(at + 1));
  const text = write(records);
  for (const row of rowsIn(text)) {
    const index = row['aws.cloudtrail.record_index'] as number;
    expect(rowsIn(fileOf(textAt(text, index) as string, name)).map((one) => one['event.id'])).toEqual([
      row['event.id'],
    ]);
  }
});

it('counts rejected records, and has their range too', () => {
  const bad = '{"eventTime":"today","eventID":"2"}';
  const text = `{"Records":[${event(1)}, 7 ,${bad},{"eventName":"x"},${event(5)}]}`;
  expect([0, 1, 2, 3, 4, 5].map((index) => textAt(text, index))).toEqual([
    ...[event(1), '7', bad, '{"eventName":"x"}', event(5)],
    undefined,
  ]);
});

it('is found in a file whose rows are never all in memory', () => {
  const records = Array.from({ length: 70_000 }, (_, at) => event(at));
  const text = trailFileOf(records);
  for (const index of [0, 65_535, 65_536, 69_999]) expect(textAt(text, index)).toBe(records[index]);
});
