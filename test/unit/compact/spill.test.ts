/** How many sorted runs a compaction merges at once: see compact/spill. */
import fc from 'fast-check';
import { blockBytesFor, mergeable, type Run } from '../../../compact/spill';

const runsOf = (count: number, blockBytes: number): Run[] =>
  Array.from({ length: count }, (_, number) => ({ path: `run-${number}`, blockBytes }));

test('blocks are as small as needed to merge all expected runs at once, up to 2,000 runs in the default memory', () => {
  const memory = 192 << 20;
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2_000 }), (runs) => {
      expect(mergeable(runsOf(runs, blockBytesFor(runs, memory)), memory)).toBe(runs);
    }),
  );
});

test('blocks are no smaller than is worth a read, and no larger than 384 KiB', () => {
  expect(blockBytesFor(1_000_000, 1 << 20)).toBe(48 << 10);
  expect(blockBytesFor(0, 1 << 30)).toBe(384 << 10);
});

test('runs of different blocks are merged at once as long as two blocks of each fit', () => {
  const runs = [...runsOf(2, 384 << 10), ...runsOf(100, 64 << 10)];
  expect(mergeable(runs, 2 * (2 * 384 + 5 * 64) * 1024)).toBe(7);
});

test('two runs are merged however little memory there is', () => {
  expect(mergeable(runsOf(9, 384 << 10), 1)).toBe(2);
});
