/** Whole records are ingested wherever they are whole: in other programs' envelopes, and in several documents of a file. */
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import type { DecodedFile } from '../../../cloudtrail/decoder/decoded-file.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { UnreadableFile } from '../../../errors/index.js';
import { arbitraryFiles } from '../../support/arbitrary-files.js';
import { type Row, rowsOf } from '../../support/columns.js';
import { DELIVERIES, eventOf, trailFileOf } from '../../support/deliveries.js';

/** One for all files, as a worker has one for those of a chunk. */
const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);

function decode(text: string): { file: DecodedFile; rows: Row[] } {
  const file = decoder.decode(Buffer.from(text), 'file:///f');
  return { file, rows: decoder.take().flatMap(rowsOf) };
}

function refusal(text: string): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof UnreadableFile) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const event = (id: number): string =>
  `{"eventVersion":"1.08","eventTime":"2024-03-05T12:00:0${id}Z","eventSource":"s3.amazonaws.com","eventID":"${id}"}`;
const ids = ({ rows }: { rows: Row[] }): unknown[] => rows.map((row) => row['event.id']);
const { record } = arbitraryFiles(DEFAULT_TABLE_COLUMNS);
/** Log lines are lines: a record with line breaks in it is none. */
const oneLine = record.map((text) => text.replaceAll(/[\r\n]/g, ' '));
const refused = ({ rejects }: DecodedFile): unknown[] => rejects.map(({ index, reason }) => [index, reason]);

const FORMS = Object.entries(DELIVERIES).map(([name, write]) => ({ name, write, record }));
FORMS.push({
  name: 'log events of an export task of CloudWatch Logs',
  write: (records) => records.map((text) => `2024-03-05T12:00:00.000Z ${text}\n`).join(''),
  record: oneLine,
});
FORMS.push({
  name: 'output of aws logs tail',
  write: (records) => records.map((text) => `2024-03-05T12:00:00.000000+00:00 stream/1 ${text}`).join('\r\n'),
  record: oneLine,
});

describe.each(FORMS)('$name', ({ write, record: one }) => {
  it('gives the same rows as a trail file, whatever the records are', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 4 }), (others) => {
        const records = [event(1), ...others];
        const [found, expected] = [decode(write(records)), decode(trailFileOf(records))];
        expect(refused(found.file)).toEqual(refused(expected.file));
        expect(found.file.records).toBe(records.length);
        expect(found.rows).toEqual(expected.rows);
      }),
      { numRuns: 40 },
    );
  });
});

it('any formats in one file give their records in file order, counted over the file', () => {
  const documents = FORMS.filter(({ name }) => !/CSV|saved|export task|logs tail|text of a record/.test(name));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...documents), fc.integer({ min: 1, max: 3 }), fc.constantFrom('', '\n')), {
        minLength: 1,
        maxLength: 5,
      }),
      (parts) => {
        let next = 0;
        let text = '';
        for (const [{ write }, count, gap] of parts) {
          const records = Array.from(
            { length: count },
            () => `{"eventTime":"2024-03-05T12:00:00Z","eventVersion":"1","eventSource":"s","eventID":"${next++}"}`,
          );
          text += write(records).trimEnd() + gap;
        }
        const { file, rows } = decode(text);
        expect(file).toMatchObject({ records: next, rejects: [] });
        expect(rows.map((row) => [row['event.id'], row['aws.cloudtrail.record_index']])).toEqual(
          Array.from({ length: next }, (_, at) => [String(at), at]),
        );
      },
    ),
    { numRuns: 100 },
  );
});

describe('what a form leaves out of the table', () => {
  it.each([
    ['one trail file', trailFileOf([event(1)]), []],
    ['records a line each', `${event(1)}\n${event(2)}`, []],
    ['two trail files', trailFileOf([event(1)]) + trailFileOf([event(2)]), [/^several_documents: 2 documents/]],
    ['members beside', `{"a":1,"Records":[${event(1)}],"b":{}}`, [/^beside_records: .*"a", "b"\.$/]],
    ['EventBridge events', eventOf(event(1)), [/^wrapped: 1 record in EventBridge events\.$/]],
    [
      'lookup-events output',
      DELIVERIES['lookup-events output']([event(1), event(2)]),
      [/^wrapped: 2 records in lookup-events output\.$/],
    ],
    [
      'CSV',
      DELIVERIES['saved results of a CloudTrail Lake query']([event(1)]),
      [/^wrapped: 1 record in the CSV column "eventJson"\.$/],
    ],
  ])('is noted: %s', (_name, text, notes) => {
    expect(decode(text).file.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  });
});

describe('an EventBridge event', () => {
  const other = eventOf('{"state":"running"}', 'EC2 Instance State-change Notification');

  it.each([
    'AWS API Call',
    'AWS Console Sign In',
    'AWS Console Signin',
    'AWS Console Action',
    'AWS Service Event',
    'AWS Insight',
  ])('of the type "%s via CloudTrail" is its detail', (type) => {
    expect(ids(decode(eventOf(event(1), `${type} via CloudTrail`)))).toEqual(['1']);
  });

  it('of a custom type is its detail if that is a record', () => {
    expect(ids(decode(eventOf(event(1), 'copied')))).toEqual(['1']);
  });

  it('of another type is a reject with its type, and rejects no other event', () => {
    for (const text of [`${eventOf(event(1))}\n${other}\n${eventOf(event(2))}`, `[${event(1)},${other},${event(2)}]`]) {
      const found = decode(text);
      expect(ids(found)).toEqual(['1', '2']);
      const [reject, ...more] = found.file.rejects;
      expect(more).toEqual([]);
      expect(reject).toMatchObject({ index: 1, reason: 'no_record' });
      expect(reject.message).toContain('"EC2 Instance State-change Notification"');
      expect(text.slice(reject.from, reject.to)).toBe(other);
    }
  });

  it.each([
    ['one', other],
    ['several', `${other}\n${other}`],
    ['an array', `[${other}]`],
    ['in Records', `{"Records":[${other}]}`],
  ])('of another type, in a file of nothing else, is refused with its type: %s', (_how, text) => {
    expect(refusal(text)).toMatch(/^not_a_trail_file: An EventBridge event of the type "EC2 Instance State-change/);
  });

  it('without a time in its detail is a reject with the text of the detail', () => {
    const text = `${eventOf('{"eventVersion":"1.08"}')}${eventOf(event(1))}`;
    const { file } = decode(text);
    expect(file.rejects).toMatchObject([{ index: 0, reason: 'no_event_time' }]);
    expect(text.slice(file.rejects[0].from, file.rejects[0].to)).toBe('{"eventVersion":"1.08"}');
  });
});

describe('a text with a record', () => {
  it('that is damaged is a reject, and rejects no other record', () => {
    const cut = event(2).slice(0, -9);
    for (const name of [
      'lookup-events output',
      'results of a CloudTrail Lake query',
      'saved results of a CloudTrail Lake query',
    ]) {
      const text = DELIVERIES[name]([event(1), cut, event(3)]);
      const found = decode(text);
      expect(ids(found)).toEqual(['1', '3']);
      expect(found.file.rejects).toMatchObject([{ index: 1, reason: 'invalid_json' }]);
      const [{ from, to }] = found.file.rejects;
      expect(text.slice(from, to).replaceAll(/\\"|""/g, '"')).toContain(cut);
    }
  });

  it('among others in one string is rejected with its own text', () => {
    const bad = '{"eventVersion":"1","eventTime":"yesterday"}';
    const text = JSON.stringify(trailFileOf([event(1), bad, event(2), bad]));
    const found = decode(text);
    expect(ids(found)).toEqual(['1', '2']);
    expect(
      found.file.rejects.map(({ index, from, to, text: own }) => [index, from, to, Buffer.from(own ?? []).toString()]),
    ).toEqual([
      [1, 0, text.length, bad],
      [3, 0, text.length, bad],
    ]);
  });

  it('may be in a few nested texts, up to a limit', () => {
    let text = event(1);
    for (let depth = 0; depth < 12; depth++) text = JSON.stringify(text);
    expect(refusal(text)).toMatch(/^not_a_trail_file: /);
    const deep = `${'{"detail-type":"x via CloudTrail","detail":'.repeat(5000)}${event(1)}${'}'.repeat(5000)}`;
    expect(refusal(deep)).toMatch(/^not_a_trail_file: /);
  });
});

describe('documents that hold no record', () => {
  it('are rejects beside complete records, wherever they are', () => {
    for (const [text, index] of [
      [`{"a":1}\n${trailFileOf([event(1)])}`, 0],
      [`${trailFileOf([event(1)])}{"a":1}`, 1],
      [`{"messageType":"DATA_MESSAGE","logEvents":[{"message":${JSON.stringify(event(1))}}]}{"a":1}`, 1],
    ] as const) {
      const found = decode(text);
      expect(ids(found)).toEqual(['1']);
      expect(found.file.rejects).toMatchObject([{ index, reason: 'no_event_time' }]);
    }
  });

  it.each([
    ['{"Events":[]}', 0],
    ['{"Events":[],"NextToken":"x"}\n{"Events":[]}', 0],
    ['{"QueryStatus":"FINISHED","QueryResultRows":[]}', 0],
    ['{"events":[],"searchedLogStreams":[]}', 0],
    ['eventID,eventJson\n', 0],
    ['{"Records":[]}\n{"Records":[]}', 0],
  ])('%s is a file without records', (text, records) => {
    expect(decode(text).file).toMatchObject({ records, rejects: [] });
  });
});

it('equal members "Records" are all read', () => {
  expect(ids(decode(`{"Records":[${event(1)}],"Records":[${event(2)}]}`))).toEqual(['1', '2']);
});
