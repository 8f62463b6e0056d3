/** Where the objects of a bucket were delivered: digests refer to the original bucket, also in a copy. */
import type { Digest } from './digest.js';
import type { Origin } from './judge-digests.js';

/**
 * Counts the places (`bucket/prefix/`) that digests give as their delivery location. Digests with a different key are left
 * out.
 */
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
 * no bucket; then it is the place that most digests give.
 */
export function originOf(
  { integrity }: { integrity?: { bucket?: string } },
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
