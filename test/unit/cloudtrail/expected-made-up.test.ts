/** Made-up records of each kind against columns that were told by hand: test/expected/made-up-records.txt. */
import { type ExpectedRecord, expectedRow, readExpected, rowOf } from '../../support/expected.js';

const RECORDS = readExpected('made-up-records.txt');

test.each([...RECORDS.keys()])('%s', (name) => {
  const expected = RECORDS.get(name) as ExpectedRecord;
  const record = expected.record as string;
  expect(rowOf(record)).toEqual(expectedRow(record, expected));
});
