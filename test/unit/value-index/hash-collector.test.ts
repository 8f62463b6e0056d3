import fc from 'fast-check';
import { HASH_BITS } from '../../../value-index/hash';
import { HashCollector } from '../../../value-index/hash-collector';

const hash = fc.oneof(
  fc.nat({ max: 2 ** HASH_BITS - 1 }),
  // Few different ones.
  fc.nat({ max: 20 }).map((number) => number * 2 ** 40),
  // In the same bucket.
  fc.nat({ max: 5_000 }),
);

it('returns each hash once, in order', () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 5_000 }), fc.nat({ max: 10_000 }), (hashes, expected) => {
      const collector = new HashCollector(expected);
      for (const one of hashes) collector.add(one);
      expect([...collector.take()]).toEqual([...new Set(hashes)].sort((one, two) => one - two));
    }),
  );
});

it('puts many hashes that begin with the same bits in order', () => {
  const collector = new HashCollector();
  const first = 2 ** 47;
  for (let one = 200_000; one > 0; one--) collector.add(first + one);
  const hashes = collector.take();
  expect([hashes.length, hashes[0], hashes[199_999]]).toEqual([200_000, first + 1, first + 200_000]);
});
