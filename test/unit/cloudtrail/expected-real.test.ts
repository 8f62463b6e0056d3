/** Real records against columns that were told by hand, not by any code: test/expected/real-records.txt. */
import { expectedRow, readExpected, rowOf } from '../../support/expected.js';
import { describeWithRealData, realFiles } from '../../support/real-data.js';

describeWithRealData('real records', () => {
  const expected = readExpected('real-records.txt');
  const records = new Map<string, string>();
  beforeAll(() => {
    for (const { bytes } of realFiles())
      for (const record of JSON.parse(Buffer.from(bytes).toString()).Records)
        records.set(record.eventID, JSON.stringify(record));
  });

  it.each([...expected.keys()])('%s has exactly the columns that the table says', (id) => {
    const record = records.get(id) as string;
    const row = { ...expectedRow(record, expected.get(id) as never), 'event.id': id };
    expect(rowOf(record)).toEqual(row);
  });
});
