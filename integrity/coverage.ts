/**
 * Which times the digests of a place cover. A log file that no digest lists is only suspicious if all digests of its time
 * exist and are proven.
 */
import { chainOf, type Digest, parseDigestName, placeOf } from './digest.js';
import type { JudgedDigest, JudgedDigests } from './judge-digests.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * A log file is listed by the digest of the period in which it was delivered: its name has the minute in which CloudTrail
 * began to write it, which may be a little earlier.
 */
const DELIVERY_MS = 15 * MINUTE_MS;
/** The digest of a period is delivered at most this long after its end: AWS gives no figure; in practice it takes minutes. */
export const DIGEST_DELAY_MS = 2 * HOUR_MS;

/** The digest that lists a log file is delivered at most this long after the file. */
export const DIGEST_DUE_MS = DELIVERY_MS + HOUR_MS + DIGEST_DELAY_MS;

/** The state of a time according to the digests of a place: see {@link Coverage.at}. */
export type CoverageState = 'covered' | 'not_valid' | 'no_digest' | 'not_due';

/** A time without a digest within a chain or after it. */
export interface Hole {
  from: number;
  to: number;
  /** The last digest before it; absent if the window begins in the gap. */
  after?: JudgedDigest;
  /** The digest after the gap continues the chain, so the digests in the gap existed. */
  continued: boolean;
}

interface Chain {
  digests: readonly JudgedDigest[];
  holes: readonly Hole[];
}

/**
 * The coverage of all places by the digests of a window. Where one chain has proven digests, a chain without any does not count:
 * anyone who can write to the bucket can add digests of a trail that does not exist.
 */
export class Coverage {
  private readonly places = new Map<string, Chain[]>();
  private readonly ignored = new Set<string>();
  private readonly proven = new Set<string>();

  /** @param now milliseconds since the epoch */
  constructor(
    { chains }: JudgedDigests,
    private readonly now: number,
  ) {
    const backfilled: { chain: string; place: string }[] = [];
    for (const [chain, digests] of chains) {
      const { key } = digests[0].digest;
      if (digests.some(({ trusted }) => trusted)) this.proven.add(chain);
      const place = placeOf(key);
      // Backfilled digests list single files, not all files of a time.
      if (parseDigestName(key)?.backfill) {
        if (digests.every(isUnproven)) backfilled.push({ chain, place });
        continue;
      }
      const ofPlace = this.places.get(place) ?? [];
      ofPlace.push({ digests, holes: holesOf(digests) });
      this.places.set(place, ofPlace);
    }
    for (const [place, all] of this.places) {
      const proven = all.filter(({ digests }) => digests.some(({ trusted }) => trusted));
      if (proven.length === 0) continue;
      for (const { digests } of all)
        if (!digests.some(({ trusted }) => trusted)) this.ignored.add(chainOf(digests[0].digest.key));
      this.places.set(place, proven);
      for (const one of backfilled) if (one.place === place) this.ignored.add(one.chain);
    }
  }

  /** Whether the chain of a digest does not count. */
  ignores({ key }: Digest): boolean {
    return this.ignored.has(chainOf(key));
  }

  /** Whether the chain of a digest has proven digests in the window. */
  proves({ key }: Digest): boolean {
    return this.proven.has(chainOf(key));
  }

  /** The state of a log file of this place that was delivered at `time` and that no digest lists. */
  at(place: string, time: number): CoverageState {
    const late = this.now >= time + DIGEST_DUE_MS;
    const [from, to] = [time, time + DELIVERY_MS];
    let covered = false;
    let hole = false;
    for (const { digests, holes } of this.places.get(place) ?? []) {
      const near = digests.filter(({ digest }) => digest.start <= to && digest.end >= from);
      if (near.some(({ trusted }) => !trusted)) return 'not_valid';
      hole ||= holes.some((one) => one.from < to && one.to > from);
      covered ||= near.length > 0;
    }
    if (covered && !hole) return 'covered';
    return late ? 'no_digest' : 'not_due';
  }

  /**
   * The end or the gap of a chain that a log file without a digest falls into: the digest that should have a next one.
   */
  stoppedBefore(place: string, time: number): JudgedDigest | undefined {
    for (const { holes } of this.places.get(place) ?? []) {
      const hole = holes.find((one) => !one.continued && one.from <= time && one.to > time);
      if (hole?.after !== undefined) return hole.after;
    }
    return undefined;
  }
}

/** The times without a digest: before the first digest if it continues an earlier one, between digests, and after the last. */
function holesOf(digests: readonly JudgedDigest[]): Hole[] {
  const holes: Hole[] = [];
  const [{ digest: first }] = digests;
  if (first.previous !== undefined) holes.push({ from: Number.NEGATIVE_INFINITY, to: first.start, continued: true });
  let after = digests[0];
  for (const next of digests.slice(1)) {
    const { start, previous } = next.digest;
    if (start > after.digest.end)
      holes.push({ from: after.digest.end, to: start, after, continued: previous !== undefined });
    if (next.digest.end > after.digest.end) after = next;
  }
  holes.push({ from: after.digest.end, to: Number.POSITIVE_INFINITY, after, continued: false });
  return holes;
}

/** Whether it is not known to be wrong. A failed digest is reported as a separate failure. */
function isUnproven({ code }: JudgedDigest): boolean {
  return code === 'unknown_key' || code === 'no_signature';
}
