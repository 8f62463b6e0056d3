/** Organization trails and single-account trails, which may deliver to the same bucket. */
import { kindOf, LOGS_FOLDER, parseLogsFolders, type SourcePrefix } from './object-key.js';

/** The trails that deliver to a bucket. */
export interface Trails {
  organizations: { id: string; accounts: number }[];
  /** Number of accounts with files of a trail that is not an organization trail. */
  accountsOutside: number;
  /** Accounts with both, such as an old and a new trail, which may have delivered the same events. */
  accountsInBoth: string[];
}

/** Determines the organization trails and single-account trails from the prefixes of the sources. */
export function trailsOf(sources: readonly SourcePrefix[]): Trails {
  const outside = new Set<string>();
  const inside = new Map<string, Set<string>>();
  for (const { prefix, account } of sources) {
    const folders = prefix.split('/');
    const { organization } = parseLogsFolders(folders.slice(folders.lastIndexOf(LOGS_FOLDER) + 1), kindOf);
    if (organization === undefined) outside.add(account);
    else inside.set(organization, (inside.get(organization) ?? new Set()).add(account));
  }
  const members = new Set([...inside.values()].flatMap((accounts) => [...accounts]));
  return {
    organizations: [...inside].map(([id, accounts]) => ({ id, accounts: accounts.size })),
    accountsOutside: outside.size,
    accountsInBoth: [...outside].filter((account) => members.has(account)),
  };
}
