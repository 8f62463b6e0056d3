/**
 * Judges the digests and the log files of one delivery day. Days are independent: objects of the day are judged by
 * digests of the day before, the day itself and the day after.
 */
import { deliveryTime, parseObjectKey } from '../cloudtrail/object-key.js';
import { tableOf } from '../cloudtrail/table-config.js';
import { counted } from '../text/numbers.js';
import { Coverage, DIGEST_DELAY_MS } from './coverage.js';
import { type Digest, dayOf, isOfDay, parseDigestName, placeOf } from './digest.js';
import { digestVerdict, withoutRow } from './judge-digest-entries.js';
import {
  type AbsentDigest,
  type JudgedDigest,
  type JudgedDigests,
  judgeDigests,
  type Origin,
} from './judge-digests.js';
import { byDigest, judgeFile, type LedgerFile, type Mention, Mentions, notValid } from './judge-files.js';
import type { KeyRing } from './keys.js';
import { isoSeconds } from './signature.js';
import type { Verdict } from './verdict.js';

const HOUR_MS = 3_600_000;

/** What is known about a delivery day. */
export interface DayEvidence {
  /** `YYYY-MM-DD`. */
  day: string;
  /** The digests that end on the day before, the day and the day after. */
  digests: readonly Digest[];
  /** All objects of the day in the ledger, digests included; one entry for each version. */
  ledger: readonly LedgerFile[];
  origin: Origin;
  keys: KeyRing;
  /** Milliseconds since the epoch. */
  now: number;
  /** A commit of the day is announced, but not complete: tables may have rows of objects that the ledger will have. */
  committing?: boolean;
}

/** A log file that a digest lists, or a digest that it refers to, and that is in neither the ledger nor the digest table. */
export type UnknownObject = { key: string } & ({ mention: Mention } | { absent: AbsentDigest });

/** Where an unknown object was found: in the bucket; nowhere; or only in a table, which has rows of it. */
export type FoundIn = 'bucket' | 'nowhere' | 'table';

/** The verdicts of a day, except those of unknown objects: see {@link judgeUnknown}. */
export interface DayVerdicts {
  verdicts: Verdict[];
  unknown: UnknownObject[];
  /** Files that no digest of these three days lists, although the digests of their hour exist and are valid. */
  unnamed: { verdict: Verdict; file: LedgerFile }[];
  coverage: Coverage;
}

/** Judges a delivery day. */
export function judgeDay({ day, digests, ledger, origin, keys, now, committing }: DayEvidence): DayVerdicts {
  const judged = judgeDigests(digests, origin, keys);
  const coverage = new Coverage(judged, now);
  const result: DayVerdicts = { verdicts: [], unknown: [], unnamed: [], coverage };
  const entered = new Map<string, LedgerFile[]>();
  for (const file of ledger) {
    if (tableOf(file.kind) === 'digest') entered.set(file.key, [...(entered.get(file.key) ?? []), file]);
  }
  judgeDigestsOf(day, judged, entered, committing === true, result);
  const mentions = mentionsOf(day, judged, origin, result.verdicts);
  const known = new Set<string>();
  const stops = new Stops(coverage);
  for (const file of ledger) {
    known.add(file.key);
    if (entered.has(file.key)) continue;
    const verdict = judgeFile(file, mentions, coverage);
    if (verdict.code === 'not_in_digest') result.unnamed.push({ verdict, file });
    else result.verdicts.push(verdict);
    if (verdict.code === 'no_digest') stops.add(verdict);
  }
  result.verdicts.push(...stops.verdicts());
  for (const [key, [first, ...others]] of mentions.byKey) {
    if (known.has(key)) continue;
    result.unknown.push({ key, mention: [first, ...others].find(({ by }) => by.trusted) ?? first });
  }
  return result;
}

/** Judges an object that is in neither the ledger nor the digest table. */
export function judgeUnknown(object: UnknownObject, where: FoundIn, now: number): Verdict {
  const { key } = object;
  if ('absent' in object) return judgeAbsent(object.absent, where, now);
  const { mention } = object;
  const base = { kind: 'log file', key, ...placeIn(key, mention.by.digest), ...byDigest(mention) } as const;
  if (!mention.by.trusted) return { ...base, ...notValid(mention.by) };
  const code = ({ bucket: 'not_ingested', nowhere: 'missing', table: 'ledger_row_missing' } as const)[where];
  const found = {
    bucket: 'The bucket has it, but it is not ingested.',
    nowhere: 'Neither the bucket nor the ledger has it.',
    table: 'A table has rows from it, but the ledger has no entry.',
  }[where];
  return { ...base, code, message: `The digest lists it. ${found}` };
}

function judgeAbsent({ key, by, before, hash }: AbsentDigest, where: FoundIn, now: number): Verdict {
  const name = parseDigestName(key);
  const base = { kind: 'digest', key, ...placeIn(key, by), trail: name?.trail, sha256: hash } as const;
  if (where !== 'nowhere') {
    const due = by.end + DIGEST_DELAY_MS < now ? '' : ' It may not have been delivered yet.';
    return { ...base, code: 'digest_not_ingested', message: `The bucket has it, but the digest table does not.${due}` };
  }
  const more = before === undefined ? Number.NaN : Math.round((by.start - before.end) / HOUR_MS) - 1;
  const others =
    before === undefined
      ? ' The digests before it are missing too.'
      : more > 0
        ? ` No digest covers the time from ${isoSeconds(before.end)} to ${isoSeconds(by.start)}: about ${counted(more, 'more digest')} before it ${more === 1 ? 'is' : 'are'} missing.`
        : '';
  return { ...base, code: 'digest_missing', message: `${by.key} refers to it as the previous digest.${others}` };
}

function judgeDigestsOf(
  day: string,
  { byKey, others, chains, absent }: JudgedDigests,
  entered: ReadonlyMap<string, readonly LedgerFile[]>,
  committing: boolean,
  { verdicts, unknown }: DayVerdicts,
): void {
  const all = [...byKey.values(), ...others];
  const rows = new Set(all.map(({ digest }) => `${digest.key} ${digest.sha256}`));
  for (const judged of all) {
    const { key, end } = judged.digest;
    if (dayOf(key, end) === day) verdicts.push(digestVerdict(judged, entered.get(key) ?? [], committing));
  }
  const named = new Map(absent.map((one) => [one.key, one]));
  for (const file of [...entered.values()].flat()) {
    // The ledger's hash of a digest that the table has may differ: see digestVerdict.
    if (byKey.has(file.key) && (file.status === 'ingested' || rows.has(`${file.key} ${file.sha256}`))) continue;
    verdicts.push(withoutRow(file, named.get(file.key)));
  }
  for (const one of absent) {
    if (dayOf(one.key, one.by.start) === day && !entered.has(one.key)) unknown.push({ key: one.key, absent: one });
  }
  for (const chain of chains.values()) {
    for (const [index, judged] of chain.entries()) {
      const { key, start, end, previous } = judged.digest;
      if (previous !== undefined || dayOf(key, end) !== day || !judged.trusted) continue;
      // Backfilled digests have their own gaps: they cover no time.
      if (parseDigestName(key)?.backfill) continue;
      // Other digests may have been copied from another chain. Their signatures are checked only here, where it
      // matters.
      const before = chain.slice(0, index).findLast(({ trusted }) => trusted)?.digest;
      if (before === undefined || before.end >= start) continue;
      const message = `No digest covers the time from ${isoSeconds(before.end)} to ${isoSeconds(start)}.`;
      verdicts.push({ ...chainVerdict(judged.digest), at: start, code: 'trail_restarted', message });
    }
  }
}

/** Collects what the digests say about log files of the day. Files in other buckets become verdicts. */
function mentionsOf(day: string, { byKey }: JudgedDigests, origin: Origin, verdicts: Verdict[]): Mentions {
  const mentions = new Mentions();
  for (const by of byKey.values()) {
    const place = placeOf(by.digest.key);
    for (const { bucket, key: object, hash } of by.digest.files) {
      const isHere = bucket === origin.bucket && object.startsWith(origin.prefix);
      const key = isHere ? object.slice(origin.prefix.length) : object;
      if (!isOfDay(key, by.digest.end, day)) continue;
      // Verdicts from forged digests about other places must not depend on which places are read together.
      if (!by.trusted && placeOf(key) !== place) continue;
      if (isHere) mentions.add(key, { by, hash });
      else if (by.trusted) {
        const message = `It was delivered to s3://${bucket}/${object}.`;
        const base = { kind: 'log file', key, ...placeIn(key, by.digest), ...byDigest({ by }) } as const;
        verdicts.push({ ...base, code: 'other_bucket', message });
      }
    }
  }
  return mentions;
}

/** Chains that end although log files are still delivered. */
class Stops {
  private readonly stops = new Map<JudgedDigest, { files: number; last: number }>();

  constructor(private readonly coverage: Coverage) {}

  /** Adds a log file that no digest covers. */
  add({ key, at }: Verdict): void {
    const before = this.coverage.at(placeOf(key), at) === 'no_digest' && this.coverage.stoppedBefore(placeOf(key), at);
    if (!before) return;
    const { files = 0, last = 0 } = this.stops.get(before) ?? {};
    this.stops.set(before, { files: files + 1, last: Math.max(last, at) });
  }

  verdicts(): Verdict[] {
    return [...this.stops].map(([{ digest }, { files, last }]) => ({
      ...chainVerdict(digest),
      at: digest.end,
      code: 'digests_stop',
      message: `It is the last digest of the trail and ends at ${isoSeconds(digest.end)}, but ${files} log files were delivered after it, up to ${isoSeconds(last)}.`,
    }));
  }
}

function chainVerdict({ key, account, region }: Digest): Omit<Verdict, 'at'> {
  return { kind: 'chain', key, account, region, trail: parseDigestName(key)?.trail };
}

/** Account, region and time of an object by its key; those of the digest that lists it, if the key does not have them. */
function placeIn(key: string, { account, region, end }: Digest): Pick<Verdict, 'account' | 'region' | 'at'> {
  const parsed = parseObjectKey(key);
  return { account: parsed?.account ?? account, region: parsed?.region ?? region, at: timeOf(key, end) };
}

/** The time in the name of a key on the day of its folders; midnight of that day if the name has none. */
function timeOf(key: string, fallback: number): number {
  return deliveryTime(key, dayOf(key, fallback));
}
