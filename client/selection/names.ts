/** Checks that the accounts, regions and kinds in a filter exist in the bucket. */

import { UserMistake } from '../../errors/index.js';
import { allows, matches } from '../../plan/source-filter.js';
import type { SourceFilter } from '../../protocol/messages.js';
import { nearest } from '../../text/nearest.js';
import { counted } from '../../text/numbers.js';

/** A place: the files of one account, kind and region. */
export interface KeyPlace {
  account: string;
  region: string;
  kind: string;
}

interface Part {
  flag: '--account' | '--region' | '--kind';
  /** Singular and plural. */
  one: string;
  many: string;
  of: keyof KeyPlace;
  list: keyof SourceFilter;
}

const PARTS: readonly Part[] = [
  { flag: '--account', one: 'account', many: 'accounts', of: 'account', list: 'accounts' },
  { flag: '--region', one: 'region', many: 'regions', of: 'region', list: 'regions' },
  { flag: '--kind', one: 'kind', many: 'kinds', of: 'kind', list: 'kinds' },
];

/** The most names that are listed. */
const MOST_NAMES = 20;

/** A filter as text: `account 111122223333 and region eu-west-1`; empty for an empty filter. */
export function filterWords(filter: SourceFilter): string {
  const text = PARTS.flatMap(({ one, many, list }) => {
    const names = filter[list] ?? [];
    return names.length === 0 ? [] : [`${names.length === 1 ? one : many} ${shortList(names)}`];
  });
  return text.join(' and ');
}

/** True if the filter has a name that no place in `matching` has. `matching`: all places that the filter selects. */
export function namesWithout(matching: readonly KeyPlace[], filter: SourceFilter): boolean {
  return PARTS.some(({ of, list }) => {
    const existing = new Set(matching.map((place) => place[of]));
    return (filter[list] ?? []).some((name) => !existing.has(name));
  });
}

/**
 * Throws a {@link UserMistake} for names that no place has, and for names that no place has together. Returns remarks on names
 * that exist, but select nothing in combination with the others.
 * @param all all existing places
 * @param where the address of their parent folder
 */
export function checkNames(all: readonly KeyPlace[], filter: SourceFilter, where: string): string[] {
  const unknown = PARTS.flatMap((part) => unknownOf(part, all, filter));
  if (unknown.length > 0) {
    throw new UserMistake(
      `No CloudTrail files of ${unknown.map(({ text }) => text).join(', and none of ')} under ${where}.`,
      unknown.map(({ cure }) => cure).join(' '),
    );
  }
  const matching = all.filter((place) => matches({ ...place, prefix: '' }, filter));
  if (matching.length === 0) {
    throw new UserMistake(
      `No CloudTrail files of ${filterWords(filter)} together under ${where}.`,
      together(all, filter) || 'Use fewer of --account, --region and --kind.',
    );
  }
  return PARTS.flatMap(({ one, of, list }) => {
    const existing = new Set(matching.map((place) => place[of]));
    const unused = (filter[list] ?? []).filter((name) => !existing.has(name));
    return unused.map((name) => `No CloudTrail files of ${one} ${name} match the other filters.`);
  });
}

function unknownOf(
  { one, many, of, list }: Part,
  all: readonly KeyPlace[],
  filter: SourceFilter,
): { text: string; cure: string }[] {
  const existing = [...new Set(all.map((place) => place[of]))].sort();
  const unknown = (filter[list] ?? []).filter((name) => !existing.includes(name));
  if (unknown.length === 0) return [];
  const text = `${unknown.length === 1 ? one : many} ${shortList(unknown)}`;
  const closest = new Set(unknown.flatMap((name) => nearest(name, existing) ?? []));
  const first = [...closest].map((name) => `${name} (closest)`);
  const names = [...first, ...existing.filter((name) => !closest.has(name))];
  const cure =
    existing.length === 0
      ? `There are no ${many}.`
      : `There ${existing.length === 1 ? 'is' : 'are'} ${counted(existing.length, one)}: ${shortList(names)}.`;
  return [{ text, cure }];
}

/** For each part of the filter, the names that exist together with the other parts. */
function together(all: readonly KeyPlace[], filter: SourceFilter): string {
  const sentences = PARTS.flatMap(({ many, of, list }) => {
    if ((filter[list] ?? []).length === 0) return [];
    const others = { ...filter, [list]: undefined };
    const names = new Set(
      all
        .filter(
          ({ account, region, kind }) =>
            allows(others.accounts, account) && allows(others.regions, region) && allows(others.kinds, kind),
        )
        .map((place) => place[of]),
    );
    return names.size === 0
      ? []
      : [`With ${filterWords(others)}, the existing ${many} are ${shortList([...names].sort())}.`];
  });
  return sentences.join(' ');
}

function shortList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')}, … and ${more} more` : names.join(', ');
}
