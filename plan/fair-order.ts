/** In which order the batches of a day are ingested, so that an account with many does not hold up the others. Pure. */

/**
 * The accounts take turns, in the order in which they came: the first batch of each, then the second of each, and so on.
 * A batch of several accounts, all of which are small, counts as a first one.
 *
 * @param accounts of each batch; `undefined`: of several
 * @returns numbers of batches; `undefined` where it is the order that they have
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
