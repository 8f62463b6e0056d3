/** The public keys that digests need: from the warehouse, otherwise from CloudTrail. */
import { isRegionName } from '../aws/regions.js';
import type { Digest } from '../integrity/digest.js';
import { FINGERPRINT } from '../integrity/keys.js';
import type { RunContext } from '../run/context.js';
import { loadKeys, storeKeys } from '../run/key-store.js';
import { parseAddress } from '../storage/address.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { keyFetcher, type Period } from './list-public-keys.js';

/** A key that digests refer to. The times are those of the digests, milliseconds since the epoch. */
export interface WantedKey extends Period {
  fingerprint: string;
  /** Region of the digests. */
  region: string;
}

/** A key that is not available. */
export interface UnknownKey {
  fingerprint: string;
  region: string;
  /** Why, in sentences. */
  why: string;
  /** CloudTrail could not be asked, so the key may exist. */
  notAsked?: true;
}

/** Adds the keys that digests refer to, by fingerprint and region, each with the period of all its digests. Returns `keys`. */
export function addWantedKeys(keys: Map<string, WantedKey>, digests: readonly Digest[]): Map<string, WantedKey> {
  for (const { fingerprint, region, end } of digests) {
    const id = `${fingerprint} ${region}`;
    const { from, to } = keys.get(id) ?? { from: end, to: end };
    keys.set(id, { fingerprint, region, from: Math.min(from, end), to: Math.max(to, end) });
  }
  return keys;
}

/** Number of regions to query at the same time. */
const REGIONS_AT_ONCE = 8;

/**
 * Makes sure that the warehouse has the keys, and returns the fingerprints that it has. Missing keys are requested from
 * CloudTrail, once for each region, unless the configuration has a directory of keys; all keys in the responses are
 * stored. A failed request is a reason, not an error. `now`: milliseconds since the epoch.
 */
export async function ensureKeys(
  { config, warehouse }: Pick<RunContext, 'config' | 'warehouse'>,
  wanted: readonly WantedKey[],
  signal: AbortSignal,
  now: number = Date.now(),
): Promise<{ known: string[]; unknown: UnknownKey[] }> {
  const fingerprints = new Set(wanted.map(({ fingerprint }) => fingerprint));
  const known = new Set((await loadKeys(warehouse, fingerprints, signal)).keys());
  const missing = wanted.filter(({ fingerprint }) => !known.has(fingerprint));
  const whys = new Map<string, string>();
  if (config.integrity?.keys === undefined) {
    const location = parseAddress(config.location);
    const fetchKeys = keyFetcher(location.scheme === 's3' ? location.options : {});
    await mapConcurrent([...periodsOf(missing, now)], REGIONS_AT_ONCE, async ([region, period]) => {
      const { keys, why } = await fetchKeys(region, period, signal);
      await storeKeys(warehouse, keys, { from: 'cloudtrail', region }, now, signal);
      for (const { fingerprint } of keys) known.add(fingerprint);
      if (why !== undefined) whys.set(region, why);
    });
  }
  const unknown = missing.filter(({ fingerprint }) => !known.has(fingerprint));
  return {
    known: [...fingerprints].filter((fingerprint) => known.has(fingerprint)),
    unknown: unknown.map((key) => {
      const { fingerprint, region } = key;
      const why = invalid(key, now);
      const failure = whys.get(region);
      if (why !== undefined || failure === undefined)
        return { fingerprint, region, why: why ?? absent(config, region) };
      return { fingerprint, region, why: failure, notAsked: true };
    }),
  };
}

/** For each region that can be queried, the period of all its missing keys. */
function periodsOf(missing: readonly WantedKey[], now: number): Map<string, Period> {
  const periods = new Map<string, Period>();
  for (const key of missing) {
    if (invalid(key, now) !== undefined) continue;
    const { region, from, to } = key;
    const known = periods.get(region) ?? { from, to };
    periods.set(region, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
  }
  return periods;
}

/** CloudTrail has signed digests since then: https://aws.amazon.com/blogs/aws/aws-cloudtrail-update-sse-kms-encryption-log-file-integrity-verification/ */
const FIRST_DIGESTS = Date.UTC(2015, 9, 1);
/** Milliseconds by which clocks may differ. */
const CLOCKS_DIFFER = 24 * 3_600_000;

/**
 * Digests come from the bucket: their content must not become part of a host name, or of a request that CloudTrail
 * refuses, which would affect the other keys of the region too.
 */
function invalid({ fingerprint, region, from, to }: WantedKey, now: number): string | undefined {
  if (!FINGERPRINT.test(fingerprint)) return 'It is not a fingerprint, which has 32 lowercase hexadecimal digits.';
  if (!isRegionName(region)) return `${JSON.stringify(region)} is not an AWS region.`;
  if (from >= FIRST_DIGESTS && to <= now + CLOCKS_DIFFER) return undefined;
  return 'CloudTrail did not sign digests at the time given in them.';
}

function absent({ integrity }: Pick<RunContext['config'], 'integrity'>, region: string): string {
  return integrity?.keys === undefined
    ? `CloudTrail has no key with this fingerprint in ${region} for the time of the digests.`
    : 'None of the keys in integrity.keys has this fingerprint.';
}
