/** The byte decoder against the oracle and against the records themselves, on real files. */
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { rebuild, rowsOf } from '../../support/columns.js';
import { differences, type OracleFile, type OracleRow, oracle } from '../../support/oracle.js';
import { describeWithRealData, realFiles } from '../../support/real-data.js';

const URI = 's3://b/AWSLogs/file.json.gz';

describeWithRealData('real files', () => {
  it('give the same rows as the oracle, and each record can be rebuilt', () => {
    const files = realFiles();
    const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
    let events = 0;
    for (const { bytes } of files) {
      const decoded = decoder.decode(bytes, URI);
      const expected = oracle(bytes, URI) as OracleFile;
      const records = JSON.parse(Buffer.from(bytes).toString()).Records;
      expect(decoded.rejects).toEqual([]);
      expect(decoded.records).toBe(records.length);
      const times: number[] = [];
      const days = decoder.take();
      expect(days.map((rows) => rows.day)).toEqual([...expected.days.keys()].sort((a, b) => a - b));
      for (const day of days) {
        const rows = rowsOf(day);
        const oracleRows = expected.days.get(day.day) as OracleRow[];
        expect(rows).toHaveLength(oracleRows.length);
        rows.forEach((row, index) => {
          expect(differences(row, oracleRows[index])).toEqual([]);
          expect(
            isDeepStrictEqual(
              rebuild(row, DEFAULT_TABLE_COLUMNS),
              records[row['aws.cloudtrail.record_index'] as number],
            ),
          ).toBe(true);
          times.push(Number(row.ts));
        });
      }
      expect([decoded.firstEventTime, decoded.lastEventTime]).toEqual([Math.min(...times), Math.max(...times)]);
      events += decoded.records;
    }
    expect([files.length, events]).toEqual([28, 2093]);
  });

  it('give the same rows together in one decoder as each alone', () => {
    const files = realFiles();
    const together = new FileDecoder(DEFAULT_TABLE_COLUMNS);
    const alone = new Map<number, unknown[]>();
    for (const { key, bytes } of files) {
      together.decode(bytes, key);
      const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
      decoder.decode(bytes, key);
      for (const rows of decoder.take()) alone.set(rows.day, [...(alone.get(rows.day) ?? []), ...rowsOf(rows)]);
    }
    for (const rows of together.take()) expect(isDeepStrictEqual(rowsOf(rows), alone.get(rows.day))).toBe(true);
  });
});
