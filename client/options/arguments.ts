/** Parses command-line arguments. Each error comes with a hint. */
import { isListedRegion, isRegionName, nearestRegion } from '../../aws/regions.js';
import { ACCOUNT_PATTERN, KINDS, kindOf } from '../../cloudtrail/object-key.js';
import { UserMistake } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';

/** Parses one item of a list option; throws a {@link UserMistake} if it is not valid. */
type ParseItem = (item: string) => string;

/** Parser for options that may be repeated and take commas: `--region eu-west-1,us-east-1 --region sa-east-1`. */
export function listOf(parse: ParseItem): (text: string, previous: string[] | undefined) => string[] {
  return (text, previous) => {
    const words = text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .map(parse);
    return [...new Set([...(previous ?? []), ...words])];
  };
}

/** Parses a 12-digit account id; hyphens are removed. */
export function parseAccount(word: string): string {
  const digits = word.replace(/-/g, '');
  if (ACCOUNT_PATTERN.test(digits)) return digits;
  throw new UserMistake(
    `--account "${word}" is not an AWS account id.`,
    'An account id has 12 digits, for example --account 123456789012.',
  );
}

/** Accepts any name in the format of a region: AWS adds regions faster than this program is released. See {@link regionNotes}. */
export function parseRegion(word: string): string {
  if (isRegionName(word)) return word;
  const meant = nearestRegion(word);
  throw new UserMistake(
    `--region "${word}" does not look like an AWS region.`,
    meant === undefined
      ? 'Write it as in the keys of the bucket, for example --region eu-west-1.'
      : `Did you mean --region ${meant}? It is written as in the keys of the bucket.`,
  );
}

/** Notes about requested regions that are not in the list: they may be new, or misspelled. */
export function regionNotes(regions: readonly string[] = []): string[] {
  return regions
    .filter((region) => !isListedRegion(region))
    .map((region) => {
      const meant = nearestRegion(region);
      const hint = meant === undefined ? '' : ` If you meant ${meant}, write --region ${meant}.`;
      return `--region ${region} is not in this version's list of AWS regions; it is used as given.${hint}`;
    });
}

/** Parses one of {@link KINDS}, in any spelling that is found in buckets. */
export function parseKind(word: string): string {
  const known = kindOf(word);
  if (known !== undefined) return known;
  const meant = nearest(word, KINDS);
  throw new UserMistake(
    `--kind "${word}" is unknown.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}The kinds are ${KINDS.join(', ')}.`,
  );
}

/** Parser for a whole number from `least` to `most` (default: the largest safe integer). */
export function wholeNumber(flag: string, least: number, most?: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const fits = value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && fits) return value;
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new UserMistake(
      `${flag} "${text}" is not a whole number ${range}.`,
      `For example ${flag} ${Math.max(least, 3)}.`,
    );
  };
}

/** Parser for one of the given words. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const known = words.find((word) => word === text);
    if (known !== undefined) return known;
    const meant = nearest(text, words);
    throw new UserMistake(
      `${flag} "${text}" is unknown.`,
      `${meant === undefined ? '' : `Did you mean ${meant}? `}It is one of ${words.join(', ')}.`,
    );
  };
}
