/** Orders the batches of a day so that an account with many batches does not delay the others. Pure. */

/**
 * Orders batches round-robin by account: the first batch of each account, then the second of each, and so on. A batch with
 * files of several accounts, all of which are small, counts as a first one.
 *
 * @param accounts the account of each batch; `undefined` if it has files of several
 * @returns the indexes of the batches in the new order; `undefined` if the order does not change
 */
export function fairOrder(accounts: readonly (string | undefined)[]): number[] | undefined {
  const taken = new Map<string, number>();
  const turns = accounts.map((account) => {
    if (account === undefined) return 0;
    const turn = taken.get(account) ?? 0;
    taken.set(account, turn + 1);
    return turn;
  });
  const order = [...accounts.keys()].sort((a, b) => turns[a] - turns[b] || a - b);
  return order.every((index, place) => index === place) ? undefined : order;
}
