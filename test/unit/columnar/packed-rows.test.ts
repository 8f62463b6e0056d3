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

test('packed rows are unpacked unchanged, with any text, including empty text, and with absent properties', () => {
  fc.assert(
    fc.property(fc.array(row), (rows: Row[]) => {
      const packed = packRows(rows, { texts: ['one', 'two'], numbers: ['three'] });
      expect(unpackRows<Row>(structuredClone(packed))).toEqual(rows.map((one) => ({ ...one })));
    }),
  );
});
