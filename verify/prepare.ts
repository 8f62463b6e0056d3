/** Prepares a verification: determines where the objects were delivered, and gets the public keys of the digests. */
import { parseDigestName } from '../integrity/digest.js';
import type { Origin } from '../integrity/judge-digests.js';
import { originOf, placesSaidBy } from '../integrity/origin.js';
import { addDays } from '../protocol/days.js';
import type { SourceFilter } from '../protocol/messages.js';
import { MOST_TRAILS, type VerifyPlan } from '../protocol/verify-messages.js';
import { addWantedKeys, ensureKeys, type WantedKey } from '../public-keys/ensure-keys.js';
import { assertDigestsKept, loadVerifiedTables, type VerifyContext } from './context.js';
import { digestsOf, slicesOf } from './read-day.js';

/** Maximum number of unknown keys in a result: more than a region has in years. */
const MOST_UNKNOWN = 20;

/**
 * Returns the plan of a verification. Throws `UserMistake` if the ledger or the digest table does not exist, or lacks
 * digests of these days.
 */
export async function prepareVerify(
  context: VerifyContext,
  { from, to, filter }: { from: string; to: string; filter: SourceFilter },
): Promise<VerifyPlan> {
  const tables = await loadVerifiedTables(context);
  assertDigestsKept(tables, from);
  const keys = new Map<string, WantedKey>();
  const said = new Map<string, number>();
  const trails = new Set<string>();
  // Reads one day at a time; digests of the day before and after are links of the chains.
  for (let day = addDays(from, -1); day <= addDays(to, 1); day = addDays(day, 1)) {
    for (const places of await slicesOf(context, tables, { from: day, to: day }, filter)) {
      const digests = await digestsOf(context, tables, day, places);
      addWantedKeys(keys, digests);
      for (const { key } of digests) {
        const name = parseDigestName(key);
        if (name !== undefined && trails.size < MOST_TRAILS) trails.add(name.trail);
      }
      placesSaidBy(digests, said);
    }
  }
  const { known, unknown } = await ensureKeys(context, [...keys.values()], context.signal);
  const { origin, assumed } = originOf(context.config, context.bucket.uri, said);
  const { origin: most } = originOf({}, '', said);
  const place = ({ bucket, prefix }: Origin): string => `${bucket}/${prefix}`.replace(/\/$/, '');
  return {
    origin,
    assumed,
    keys: { known: known.length, unknown: unknown.slice(0, MOST_UNKNOWN) },
    ...(most.bucket === '' || place(most) === place(origin) ? {} : { said: place(most) }),
    trails: [...trails].sort(),
  };
}
