/** Prepares a verification: finds out where the objects were delivered, and gets the public keys of the digests. */
import type { Digest } from '../integrity/digest.js';
import type { Origin } from '../integrity/judge-digests.js';
import { addDays } from '../protocol/days.js';
import type { SourceFilter } from '../protocol/messages.js';
import type { VerifyPlan } from '../protocol/verify-messages.js';
import type { RunConfig } from '../run/config.js';
import { loadVerifiedTables, type VerifyContext } from './context.js';
import { ensureKeys, type WantedKey } from './ensure-keys.js';
import { digestsOf, slicesOf } from './read-day.js';

/** Unknown keys that a result lists: more than a region has in years. */
const MOST_UNKNOWN = 20;

/** Returns the plan of a verification. Throws `UserMistake` if the ledger or the digest table does not exist. */
export async function prepareVerify(
  context: VerifyContext,
  { from, to, filter }: { from: string; to: string; filter: SourceFilter },
): Promise<VerifyPlan> {
  const tables = await loadVerifiedTables(context);
  const keys = new Map<string, WantedKey>();
  const said = new Map<string, number>();
  // Reads a day at a time; digests of the day before and after are links of the chains.
  for (let day = addDays(from, -1); day <= addDays(to, 1); day = addDays(day, 1)) {
    for (const places of await slicesOf(context, tables, { from: day, to: day }, filter)) {
      const digests = await digestsOf(context, tables, day, places);
      for (const digest of digests) addKey(keys, digest);
      placesSaidBy(digests, said);
    }
  }
  const { known, unknown } = await ensureKeys(context, [...keys.values()], context.signal);
  const { origin, assumed } = originOf(context.config, context.bucket.uri, said);
  return { origin, assumed, keys: { known: known.length, unknown: unknown.slice(0, MOST_UNKNOWN) } };
}

function addKey(keys: Map<string, WantedKey>, { fingerprint, region, end }: Digest): void {
  const known = keys.get(`${fingerprint} ${region}`);
  const from = Math.min(known?.from ?? end, end);
  const to = Math.max(known?.to ?? end, end);
  keys.set(`${fingerprint} ${region}`, { fingerprint, region, from, to });
}

/** Counts the places that digests say they were delivered to, `bucket/prefix/`. Those whose key differs are left out. */
export function placesSaidBy(digests: readonly Digest[], said = new Map<string, number>()): Map<string, number> {
  for (const { bucket, object, key } of digests) {
    if (!object.endsWith(key)) continue;
    const place = `${bucket}/${object.slice(0, object.length - key.length)}`;
    said.set(place, (said.get(place) ?? 0) + 1);
  }
  return said;
}

/**
 * Returns where the objects were delivered: the configured bucket, or that of the location. The location of a copy on disk has
 * no bucket; then it is the place that most digests say.
 */
export function originOf(
  { integrity }: Pick<RunConfig, 'integrity'>,
  location: string,
  said: ReadonlyMap<string, number>,
): { origin: Origin; assumed: boolean } {
  if (integrity?.bucket !== undefined) return { origin: splitPlace(integrity.bucket), assumed: false };
  const s3 = /^s3:\/\/(.+)$/.exec(location);
  if (s3 !== null) return { origin: splitPlace(s3[1]), assumed: false };
  const [[place] = ['']] = [...said].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return { origin: splitPlace(place), assumed: true };
}

/** Splits `bucket/prefix`. */
function splitPlace(place: string): Origin {
  const [bucket, ...prefix] = place.split('/').filter((part) => part !== '');
  return { bucket: bucket ?? '', prefix: prefix.map((part) => `${part}/`).join('') };
}
