/**
 * The set of fingerprints: it gives the same answers as a Set, and finds a member in a few steps whatever the ids have in
 * common.
 */
import fc from 'fast-check';
import { EventIdWriter, ID_WORDS } from '../../../cloudtrail/event-ids';
import { FingerprintSet, hashOf } from '../../../ledger/fingerprints';

const COUNT = 20_000;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const uuid = (digits: string): string =>
  [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');

/** Some of the pseudo-random 32 bits of `i` (xorshift and multiply), the same in each run. */
const noise = (i: number): number => Math.imul(i ^ 0x5bd1e995, 0x9e3779b1) >>> 0;

const IDS: Record<string, (i: number) => string> = {
  'with one first word, and counted in the last': (i) => `3f2a91c4-77de-4b1a-9c0e-${hex(i, 12)}`,
  'that count up from 1': (i) => uuid(hex(i + 1, 32)),
  'that count in their first word, the rest constant': (i) => `${hex(i, 8)}-0000-4000-8000-000000000000`,
  'that count in the high bits of their first word': (i) => `${hex((i << 17) >>> 0, 8)}-0000-4000-8000-000000000000`,
  'of UUIDv7, many per millisecond': (i) =>
    uuid(
      `${hex(1_709_640_000_000 + (i >> 4), 12)}7${hex(noise(i) & 0xfff, 3)}8${hex(noise(i + 1) & 0xfff, 3)}${hex(noise(i + 2), 12)}`,
    ),
  'with a constant suffix': (i) => uuid(`${hex(noise(i), 8)}${hex(i, 4)}400080001122334455667788`.slice(0, 32)),
  'in steps of 1024': (i) => uuid(hex(i * 1024, 32)),
  'that are random': (i) => uuid(hex(noise(i), 8) + hex(noise(i + 7), 8) + hex(noise(i * 3), 8) + hex(noise(i * 5), 8)),
};

/** As in a commit, of one account and second. */
function wordsOf(id: (i: number) => string): Uint32Array {
  const writer = new EventIdWriter(COUNT);
  const account = Buffer.from('111122223333');
  for (let i = 0; i < COUNT; i++) writer.write(i, account, Buffer.from(id(i)), 43_200);
  return writer.written.ids;
}

describe.each(Object.entries(IDS))('ids %s', (_what, id) => {
  const words = wordsOf(id);

  it('are found in a few steps, like random ones', () => {
    const set = new FingerprintSet();
    const offsets = Array.from({ length: COUNT }, (_, i) => i * ID_WORDS);
    expect(offsets.filter((at) => !set.add(words, at))).toEqual([]);
    // At most half full, linear probing: the longest search of 20,000 random ids is about 30 slots.
    expect(set.longestSearch).toBeLessThan(80);
    expect(offsets.filter((at, i) => set.numberOf(words, at) !== i || set.add(words, at))).toEqual([]);
  });

  it('are also spread evenly by the high bits of their hash', () => {
    const parts = new Array<number>(8).fill(0);
    for (let at = 0; at < words.length; at += ID_WORDS) parts[hashOf(words, at) >>> 29]++;
    for (const part of parts) expect(Math.abs(part - COUNT / 8)).toBeLessThan(COUNT / 40);
  });
});

it('gives the same answers as a Set, and numbers its members in their order of insertion', () => {
  // Few values for each word, so that ids share some of them and are repeated.
  const word = fc.oneof(fc.constantFrom(0, 1, 0xffffffff, 0x80000000), fc.nat({ max: 5 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 3000 }), (ids) => {
      const set = new FingerprintSet();
      const numbers = new Map<string, number>();
      const said = ids.map((id) => [set.numberOf(Uint32Array.from(id)), set.add(Uint32Array.from(id)), set.size]);
      const expected = ids.map((id) => {
        const key = id.join();
        const before = numbers.get(key) ?? -1;
        if (before < 0) numbers.set(key, numbers.size);
        return [before, before < 0, numbers.size];
      });
      expect(said).toEqual(expected);
      const found = [...numbers.keys()].map((key) =>
        set.numberOf(Uint32Array.from([7, ...key.split(',').map(Number)]), 1),
      );
      expect(found).toEqual([...numbers.values()]);
    }),
    { numRuns: 50 },
  );
});
