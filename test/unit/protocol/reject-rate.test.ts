/** When a run pauses because of rejected records. */
import fc from 'fast-check';
import { pauseError } from '../../../protocol/control';
import { excessiveRejects } from '../../../protocol/reject-rate';

const totals = (events: number, rejects: number, dropped = 0, duplicates = 0) => ({
  events,
  rejects,
  dropped,
  duplicates,
});

test.each([
  [
    'more than the share',
    totals(35_200, 4_800),
    0.05,
    undefined,
    '12 % of 40,000 records were rejected; ingest.max_reject_rate allows 5 %',
  ],
  ['dropped and repeated records count too', totals(500, 100, 300, 100), 0.05, undefined, '10 % of 1,000 records'],
  ['exactly the share', totals(950, 50), 0.05, undefined, undefined],
  ['few records', totals(0, 99), 0.05, undefined, undefined],
  ['a small run', totals(90, 10), 0.05, undefined, '10 % of 100 records'],
  ['a run of an earlier version', totals(0, 5_000), undefined, undefined, undefined],
  ['switched off', totals(0, 5_000), 1, undefined, undefined],
  ['any reject is too much', totals(9_999, 1), 0, undefined, '0.01 % of 10,000'],
  ['accepted, and not twice as much', totals(8_100, 1_900), 0.05, 0.1, undefined],
  ['accepted, and twice as much', totals(8_000, 2_000), 0.05, 0.1, '20 % of 10,000'],
  ['more than half was accepted', totals(0, 9_000), 0.05, 0.6, undefined],
])('%s', (_what, counts, most, accepted, reason) => {
  const found = excessiveRejects(counts, most, accepted)?.reason;
  if (reason === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(reason);
});

test('the reason has the most common reason code, with the message of a record', () => {
  const of = (code: string, records: number, message: string) => ({ code, records, key: 'k', index: 0, message });
  const rejectedFor = [of('no_event_time', 10, 'none'), of('transform_error', 4_790, 'TypeError: x\nis undefined')];
  expect(excessiveRejects({ ...totals(35_200, 4_800), rejectedFor }, 0.05)?.reason).toBe(
    '12 % of 40,000 records were rejected; ingest.max_reject_rate allows 5 %. Mostly transform_error: TypeError: x\\nis undefined',
  );
});

test('the reason is one that a pause may have, and resuming is not followed by a pause for the same share', () => {
  const rejectedFor = fc.array(
    fc.record({
      code: fc.string(),
      records: fc.nat(),
      key: fc.string(),
      index: fc.nat(),
      message: fc.string({ maxLength: 300 }),
    }),
  );
  const counts = fc.record({
    events: fc.nat(),
    rejects: fc.nat(),
    rejectedFor,
    dropped: fc.nat(),
    duplicates: fc.nat(),
  });
  fc.assert(
    fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (all, most) => {
      const excess = excessiveRejects(all, most);
      if (excess === undefined) return;
      expect(pauseError(excess.reason)).toBeUndefined();
      expect(excessiveRejects(all, most, excess.rate)).toBeUndefined();
    }),
  );
});
