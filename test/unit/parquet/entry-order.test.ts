/** Entries of dictionaries are sorted in the order that bounds and readers require. */
import fc from 'fast-check';
import { sortStrings, sortWhole, unsorted } from '../../../parquet/entry-order';

const byNumber = (one: number, two: number): number => one - two;

it('strings are in the order of their bytes, even with common prefixes, zeros at the end or great length', () => {
  const part = fc.constantFrom(
    ...['', 'a', 'arn:aws:iam::123456789012:role/', '\0', '\0\0', '\0\0\0\0', 'é', '\u{10ffff}', '€', 'x'.repeat(400)],
  );
  const text = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }).map((each) => each.toWellFormed()),
  );
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 120 }), (texts) => {
      const values = texts.map((each) => Buffer.from(each));
      const data = new Uint8Array(Buffer.concat(values));
      const offsets = new Int32Array(values.length + 1);
      values.forEach((value, i) => {
        offsets[i + 1] = offsets[i] + value.length;
      });
      // Positions that are not the numbers of the entries.
      const places = Int32Array.from(values, (_, i) => values.length - 1 - i);
      const order = unsorted(values.length);
      const at = (entry: number): Buffer => values[places[entry]];
      const compare = (one: number, two: number): number => Buffer.compare(at(one), at(two));
      sortStrings(order, places, { view: new DataView(data.buffer), offsets }, compare);
      expect(Array.from(order, (entry) => at(entry).toString())).toEqual(
        [...values].sort(Buffer.compare).map((value) => value.toString()),
      );
    }),
    { numRuns: 300 },
  );
});

it('whole numbers are in order, near and far, below and above zero', () => {
  const number = fc.oneof(
    fc.integer({ min: -5, max: 300 }),
    fc.integer({ min: 1_688_947_200, max: 1_689_033_600 }).map((seconds) => seconds * 1e6),
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 62, -(2 ** 63)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(number, { maxLength: 200 }), (numbers) => {
      const order = unsorted(numbers.length);
      sortWhole(
        order,
        (entry) => numbers[entry],
        (one, two) => byNumber(numbers[one], numbers[two]),
      );
      expect(Array.from(order, (entry) => numbers[entry])).toEqual([...numbers].sort(byNumber));
    }),
    { numRuns: 300 },
  );
});
