/** A bucket that is to be tampered with: its chains, its log files, and what has to be found afterwards. */
import type { IntegrityCode } from '../../errors/index';
import { chainOf, parseDigestName, placeOf } from '../../integrity/digest';
import type { Verdict } from '../../integrity/verdict';
import { keyPairOf } from '../../sample/key-pair';
import { Random } from '../../sample/random';
import {
  type Bucket,
  type BucketObject,
  contentOf,
  type DigestContent,
  isDigestKey,
  type SigningKey,
  signingKey,
} from './digest-files';

/** What is tampered with. The functions change `bucket`, so give them a copy of the map; bodies are never changed in place. */
export interface Target {
  bucket: Bucket;
  /** The bucket name in the digests. */
  bucketName: string;
  /** The key pairs that CloudTrail signs with. */
  keys: readonly SigningKey[];
}

/** A verdict that must be there. */
export interface Expected {
  key: string;
  code: IntegrityCode;
  /** Other codes that are also correct. */
  or?: readonly IntegrityCode[];
}

/** Changes to the ledger after everything was ingested, by key. */
export interface LedgerEdits {
  deleted?: readonly string[];
  /** The new SHA-256. */
  hashes?: Readonly<Record<string, string>>;
}

/** What was done, and what must be found. */
export interface Tampering {
  kind: string;
  expected: readonly Expected[];
  /** Verdicts that are not false alarms, but need not be there. */
  may?: readonly { key: string; code: IntegrityCode }[];
  ledger?: LedgerEdits;
}

/** Tampers with a bucket. */
export type Tamper = (target: Target, random: Random) => Tampering;

/** A digest in its run. */
export interface Link {
  key: string;
  object: BucketObject;
  content: DigestContent;
  run: Run;
  index: number;
}

/** Digests that are linked without a break, oldest first. */
export interface Run {
  /** As `chainOf` returns it: a trail that was stopped has two runs in one chain. */
  chain: string;
  place: string;
  backfill: boolean;
  links: Link[];
}

export type Position = 'first' | 'middle' | 'last';

/** All runs of digests. */
export function runsOf(bucket: Bucket): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  // A chain's keys differ only in their times, so they are in chronological order.
  for (const key of [...bucket.keys()].filter(isDigestKey).sort()) {
    const object = bucket.get(key)!;
    const content = contentOf(object);
    const chain = chainOf(key);
    let run = open.get(chain);
    if (run === undefined || content.previousDigestS3Object === null) {
      run = { chain, place: placeOf(key), backfill: parseDigestName(key)?.backfill === true, links: [] };
      runs.push(run);
      open.set(chain, run);
    }
    run.links.push({ key, object, content, run, index: run.links.length });
  }
  return runs;
}

/** A digest at a position of a run that has at least `length` digests; `middle` has one before it and one after it. */
export function pickLink(
  { bucket }: Pick<Target, 'bucket'>,
  random: Random,
  position: Position,
  { length = 3, fits = () => true }: { length?: number; fits?: (link: Link) => boolean } = {},
): Link {
  const links = runsOf(bucket)
    .filter((run) => run.links.length >= length)
    .flatMap(({ links: all }) =>
      position === 'first' ? all.slice(0, 1) : position === 'last' ? all.slice(-1) : all.slice(1, -1),
    )
    .filter(fits);
  if (links.length === 0) throw new Error(`The sample has no ${position} digest for this kind of tampering.`);
  return random.pick(links);
}

export const namesFiles = ({ content }: Link): boolean => content.logFiles.length > 0;
export const filesOf = ({ content }: Link): string[] => content.logFiles.map(({ s3Object }) => s3Object);
export const logKeys = (bucket: Bucket): string[] => [...bucket.keys()].filter((key) => !isDigestKey(key));

/** Log files that are listed by a digest that is itself not proven. */
export const unproven = (keys: readonly string[]): Expected[] => keys.map((key) => ({ key, code: 'digest_not_valid' }));

/**
 * Log files that no digest lists any longer, because theirs are gone. Ordinary digests leave a hole. Backfilled ones leave
 * none: the ordinary digests of the hour are there and valid, and do not list the file.
 */
export const undigested = ({ run }: Link, keys: readonly string[]): Expected[] =>
  keys.map((key) => ({ key, code: run.backfill ? 'not_in_digest' : 'no_digest', or: ['digest_not_valid'] }));

/** Delivery time in the name of a log file, milliseconds since the epoch. */
export function timeOfLog(key: string): number {
  const [, year, month, day, hour, minute] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/.exec(key)!.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** Times in names may be up to this much earlier than the delivery. */
const DELIVERY_MS = 15 * 60_000;

/** Whether all trails that deliver to the place of this key have digests for its time. */
export function isCovered(bucket: Bucket, key: string): boolean {
  const time = timeOfLog(key);
  const chains = new Map<string, boolean>();
  for (const { chain, place, backfill, links } of runsOf(bucket)) {
    if (backfill || place !== placeOf(key)) continue;
    const covers =
      Date.parse(links[0].content.digestStartTime) <= time &&
      Date.parse(links[links.length - 1].content.digestEndTime) >= time + DELIVERY_MS;
    chains.set(chain, chains.get(chain) === true || covers);
  }
  return chains.size > 0 && [...chains.values()].every(Boolean);
}

/** An unused key of the same account, region, kind and minute. */
export function otherKey(key: string, random: Random): string {
  return key.replace(/_[A-Za-z0-9]{16}\.json\.gz$/, `_${random.from('abcdefghijklmnop', 16)}.json.gz`);
}

let attacker: SigningKey | undefined;

/** The key pair of an attacker. */
export function attackerKey(): SigningKey {
  attacker ??= signingKey(
    keyPairOf(new Random('attacker')).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  );
  return attacker;
}

/**
 * Compares the verdicts of a tampered bucket with what was expected. Everything else must be as it is without tampering.
 * @param before the verdicts of the bucket before it was tampered with
 * @returns a line for each verdict that is missing or has another code, and for each false alarm
 */
export function mistakesOf(
  { expected, may = [] }: Tampering,
  before: readonly Verdict[],
  after: readonly Verdict[],
): string[] {
  const codesBefore = codesByKey(before);
  const codesAfter = codesByKey(after);
  const allowed = new Map<string, Set<string>>();
  const allow = (key: string, codes: readonly string[]): void => {
    allowed.set(key, new Set([...(allowed.get(key) ?? []), ...codes]));
  };
  const lines: string[] = [];
  for (const { key, code, or = [] } of expected) {
    allow(key, [code, ...or]);
    const found = codesAfter.get(key);
    if (![code, ...or].some((one) => found?.has(one))) {
      lines.push(`not found: ${code} of ${key}, but ${[...(found ?? ['no verdict'])].join(', ')}`);
    }
  }
  for (const { key, code } of may) allow(key, [code]);
  for (const [key, codes] of codesAfter) {
    for (const code of codes) {
      if (code === 'valid' || allowed.get(key)?.has(code) || codesBefore.get(key)?.has(code)) continue;
      lines.push(`false alarm: ${code} of ${key}`);
    }
  }
  return lines;
}

function codesByKey(verdicts: readonly Verdict[]): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  for (const { key, code = 'valid' } of verdicts) codes.set(key, (codes.get(key) ?? new Set()).add(code));
  return codes;
}
