/** Reading four bytes at a time gives the same answers as reading them one by one. */
import fc from 'fast-check';
import { endsOfPlain, firstByte, sameWords, Text, wordsOf } from '../../../columnar/words';

const ends = (byte: number): boolean => byte === 34 || byte === 92 || byte < 32;
/** Bytes around those that matter, more often than others. */
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 31, 32, 33, 34, 35, 91, 92, 93, 127, 128, 162, 220, 255));
const bytes = fc.uint8Array({ maxLength: 40 });

test('the first byte that ends the plain part of a JSON string is found in every word', () => {
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), (word) => {
      const mask = endsOfPlain(wordsOf(Uint8Array.from(word)).getInt32(0, true));
      const found = mask === 0 ? -1 : firstByte(mask);
      expect(found).toBe(word.findIndex(ends));
    }),
    { numRuns: 20_000 },
  );
});

test('texts are equal if all of their bytes are, wherever they are', () => {
  fc.assert(
    fc.property(bytes, fc.nat(5), fc.nat(5), fc.option(fc.nat(39)), (text, aFrom, bFrom, changed) => {
      const at = (from: number): Uint8Array => Uint8Array.from([...new Array(from).fill(7), ...text]);
      const [a, b] = [at(aFrom), at(bFrom)];
      const isChanged = changed !== null && changed < text.length;
      if (isChanged) b[bFrom + changed] ^= 1;
      expect(sameWords(wordsOf(a), aFrom, wordsOf(b), bFrom, text.length)).toBe(!isChanged);
    }),
  );
});

test('a Text has its bytes, and words to its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const { words, length } = new Text(text);
      const utf8 = Buffer.from(text);
      expect([length, Buffer.from(words.buffer, 0, length).equals(utf8)]).toEqual([utf8.length, true]);
      if (length > 0) expect(() => words.getInt32(length - 1, true)).not.toThrow();
    }),
  );
});
