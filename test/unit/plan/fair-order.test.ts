/** One account with many batches does not delay those with few. */
import fc from 'fast-check';
import { fairOrder } from '../../../plan/fair-order';

test('accounts take turns, and those of a shared batch do not wait', () => {
  expect(fairOrder(['a', 'a', 'a', undefined, 'b', 'b'])).toEqual([0, 3, 4, 1, 5, 2]);
});

test('batches that are already in order are not changed', () => {
  expect(fairOrder([])).toBeUndefined();
  expect(fairOrder(['a', 'a', 'a'])).toBeUndefined();
  expect(fairOrder([undefined, 'a', 'b', undefined])).toBeUndefined();
});

test('every batch comes once, and none after more of another account than its own has had (property)', () => {
  const account = fc.constantFrom('a', 'a', 'a', 'a', 'b', 'c', undefined);
  fc.assert(
    fc.property(fc.array(account, { maxLength: 60 }), (accounts) => {
      const order = fairOrder(accounts) ?? [...accounts.keys()];
      expect([...order].sort((x, y) => x - y)).toEqual([...accounts.keys()]);
      const had = new Map<string, number>();
      for (const index of order) {
        const mine = accounts[index];
        if (mine === undefined) continue;
        had.set(mine, (had.get(mine) ?? 0) + 1);
        const later = order.slice(order.indexOf(index) + 1).filter((other) => accounts[other] !== undefined);
        for (const other of later) {
          const theirs = accounts[other] as string;
          expect(had.get(mine) as number).toBeLessThanOrEqual((had.get(theirs) ?? 0) + 1);
        }
      }
    }),
  );
});
