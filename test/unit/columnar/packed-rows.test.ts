/** Rows that travel to another thread are the same there. */
import fc from 'fast-check';
import { packRows, unpackRows } from '../../../columnar/packed-rows';

interface Row {
  one?: string;
  two?: string;
  three?: number;
}

const row = fc.record(
  { one: fc.string({ unit: 'binary' }), two: fc.string(), three: fc.integer() },
  { requiredKeys: [] },
);

test('packed rows are the same rows, with any text, also an empty one, and with properties that are absent', () => {
  fc.assert(
    fc.property(fc.array(row), (rows: Row[]) => {
      const packed = packRows(rows, { texts: ['one', 'two'], numbers: ['three'] });
      expect(unpackRows<Row>(structuredClone(packed))).toEqual(rows.map((one) => ({ ...one })));
    }),
  );
});
