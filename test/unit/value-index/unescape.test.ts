import fc from 'fast-check';
import { withoutEscapes } from '../../../value-index/unescape';

/** What is between the quotes; `undefined` if it is left to `JSON.parse`. */
function read(inner: string): string | undefined {
  const bytes = Buffer.from(`"${inner}"`);
  const out = new Uint8Array(bytes.length);
  const length = withoutEscapes(bytes, 1, bytes.length - 1, out);
  return length < 0 ? undefined : Buffer.from(out.subarray(0, length)).toString();
}

function parsed(inner: string): string | undefined {
  try {
    return JSON.parse(`"${inner}"`);
  } catch {
    return undefined;
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\b',
    '\\f',
    '\\n',
    '\\r',
    '\\t',
    '\\u0041',
    '\\u003D',
    '\\u00e9',
    '\\u',
    '\\x',
  ),
  fc.constantFrom('\\u00', '\\u12G4', '\n', 'ñ', '日本', '\u{1f600}'),
  fc.string({ unit: 'grapheme' }).filter((text) => !/["\\]/.test(text)),
);

it('reads a string of JSON as JSON.parse does, or leaves it to JSON.parse', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', '\\'), (pieces, end) => {
      const inner = pieces.join('') + end;
      const text = read(inner);
      if (text !== undefined) expect(text).toBe(parsed(inner));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['{\\"Version\\":\\"2012-10-17\\"}', '{"Version":"2012-10-17"}'],
  ['a\\u003db', 'a=b'],
  ['a\\tñ', 'a\tñ'],
])('reads %s itself', (inner, text) => {
  expect(read(inner)).toBe(text);
});
