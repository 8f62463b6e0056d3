/** JSON text in a form that the JSON functions of all engines accept. */
import { INSIGHTS_TABLE_COLUMNS } from '../../../cloudtrail/columns/insights.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { MAX_DEPTH, portableJson } from '../../../cloudtrail/decoder/portable-json.js';
import { columnsOf } from '../../../cloudtrail/table-columns.js';
import type { TableConfig } from '../../../cloudtrail/table-config.js';
import type { Transform } from '../../../cloudtrail/transform.js';
import { rowsOf } from '../../support/columns.js';

const portable = (text: string): string | undefined => {
  const bytes = Buffer.from(`[${text}]`);
  return portableJson(bytes, 1, bytes.length - 1)?.toString();
};
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const NAME = 'é'.repeat(25_001);

const CASES: [what: string, delivered: string, stored: string | undefined][] = [
  ['a first half alone', '{"a":"x\\ud83d"}', '{"a":"x\\ufffd"}'],
  ['a second half alone', '{"a":"\\uDE00y"}', '{"a":"\\ufffdy"}'],
  ['the halves the wrong way round', '["\\ude00\\ud83d"]', '["\\ufffd\\ufffd"]'],
  ['a half before a pair', '"\\ud83d\\ud83d\\ude00"', '"\\ufffd\\ud83d\\ude00"'],
  ['a half in a name', '{"\\ud83d":{"b":1}}', '{"\\ufffd":{"b":1}}'],
  ['names that become equal', '{"\\ud83d":1,"\\ud83e":2}', '{"\\ufffd":2}'],
  ['a pair', '"\\ud83d\\ude00"', undefined],
  ['a backslash before what looks like a half', '"\\\\ud83d"', undefined],
  ['U+0000, U+FFFF and an escape that needs none', '"\\u0000\\uffff\\/"', undefined],
  ['a number beyond a double', '[1e999,-1E+400]', '["1e999","-1E+400"]'],
  ['the largest double', '[1.7976931348623157e308,5e-324,1e-999]', undefined],
  ['zero with a large exponent', '0.0e999', '"0.0e999"'],
  ['a number of many digits', '9'.repeat(309), `"${'9'.repeat(309)}"`],
  ['a number of more characters than Jackson takes', `0.${'1'.repeat(999)}`, `"0.${'1'.repeat(999)}"`],
  ['a whole number beyond 64 bits', '123456789012345678901234567890', undefined],
  ['equal names', '{"a":1,"b":{"c":1,"\\u0063":2},"a":3}', '{"a":3,"b":{"\\u0063":2}}'],
  ['equal names in different objects', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', undefined],
  ['the levels that are taken', nested(MAX_DEPTH), undefined],
  ['one more', nested(MAX_DEPTH + 1), `${'['.repeat(MAX_DEPTH)}"[]"${']'.repeat(MAX_DEPTH)}`],
  ['a very long name', `{"${NAME}":1}`, `{"${NAME.slice(1)}":1}`],
  ['white space', '{ "a" :\t[ ] }', undefined],
];

describe.each(CASES)('%s', (_what, delivered, stored) => {
  it(stored === undefined ? 'stays as it is' : 'is stored in a form that all accept', () => {
    expect(portable(delivered)).toBe(stored);
    if (stored !== undefined) expect(portable(stored)).toBeUndefined();
  });

  it('is stored in that form in every JSON column, with the original beside it', () => {
    const table: TableConfig = {
      key: 'default',
      name: 't',
      columns: [{ name: 'team.raw', type: 'string', doc: '', from: ['new', 'x'], convert: 'json' }],
    };
    const decoder = new FileDecoder(columnsOf(table));
    const record = `{"eventTime":"2024-03-05T12:00:00Z","requestParameters":${delivered},"responseElements":{"a":[${delivered}]},"new":{"x":${delivered}}}`;
    decoder.decode(Buffer.from(`{"Records":[{"eventTime":"2024-03-05T12:00:00Z"}, ${record} ]}`), 'f');
    const [other, row] = rowsOf(decoder.take()[0]);
    const inside = portable(`{"a":[${delivered}]}`) ?? `{"a":[${delivered}]}`;
    const unmapped = `{"new":{"x":${delivered}}}`;
    expect(row['aws.cloudtrail.request_parameters']).toBe(stored ?? delivered);
    expect(row['aws.cloudtrail.response_elements']).toBe(inside);
    expect(row['team.raw']).toBe(stored ?? delivered);
    expect(row['aws.cloudtrail.unmapped']).toBe(portable(unmapped) ?? unmapped);
    const isChanged = [delivered, `{"a":[${delivered}]}`, unmapped].some((text) => portable(text) !== undefined);
    expect(row['event.original']).toBe(isChanged ? record : null);
    expect(other['event.original']).toBeNull();
  });
});

test('a transform may set event.original, even if it is filled already', () => {
  const transform: Transform = (row) => {
    row.set('event.original', 'mine');
  };
  const decoder = new FileDecoder(columnsOf({ key: 'default', name: 't', columns: [] }), 'records', { transform });
  const { rejects } = decoder.decode(Buffer.from('{"Records":[{"eventTime":"2024-03-05T12:00:00Z"}]}'), 'f');
  expect([rejects, rowsOf(decoder.take()[0])[0]['event.original']]).toEqual([[], 'mine']);
});

test('equal names inside a list column are also noticed in the surrounding text', () => {
  const decoder = new FileDecoder(INSIGHTS_TABLE_COLUMNS);
  const details = (attribution: string): string => `{"insightContext":{"attributions":[{"insight":[${attribution}]}]}}`;
  const record = `{"eventTime":"2024-03-05T12:00:00Z","insightDetails":${details('{"value":"a","value":"b"}')}}`;
  decoder.decode(Buffer.from(`{"Records":[${record}]}`), 'f');
  const [row] = rowsOf(decoder.take()[0]);
  expect(row['aws.cloudtrail.insight_details_raw']).toBe(details('{"value":"b"}'));
  expect(row['event.original']).toBe(record);
});
