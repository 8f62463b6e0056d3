/** Trails of an organization and trails of single accounts, which may deliver to one bucket side by side. */
import { ORGANIZATION_PATTERN, type SourcePrefix } from './object-key.js';

export interface Trails {
  organizations: { id: string; accounts: number }[];
  /** Accounts with files of a trail that is not an organization's. */
  accountsOutside: number;
  /** Accounts with both: an old and a new trail, which may have delivered the same events. */
  accountsInBoth: string[];
}

export function trailsOf(sources: readonly SourcePrefix[]): Trails {
  const outside = new Set<string>();
  const inside = new Map<string, Set<string>>();
  for (const { prefix, account } of sources) {
    // …/[o-ORGID/]ACCOUNT/KIND/REGION/
    const before = prefix.split('/').at(-5) ?? '';
    if (!ORGANIZATION_PATTERN.test(before)) outside.add(account);
    else inside.set(before, (inside.get(before) ?? new Set()).add(account));
  }
  const members = new Set([...inside.values()].flatMap((accounts) => [...accounts]));
  return {
    organizations: [...inside].map(([id, accounts]) => ({ id, accounts: accounts.size })),
    accountsOutside: outside.size,
    accountsInBoth: [...outside].filter((account) => members.has(account)),
  };
}
