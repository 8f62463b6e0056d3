/** Comparing texts without making strings of them. */

/** From this length on the engine's memcmp is worth its call. */
const LONG_BYTES = 96;

/** Are `a[aFrom..aTo)` and `b[bFrom..bTo)` the same bytes? */
export function sameBytes(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  if (aTo - aFrom >= LONG_BYTES) return Buffer.prototype.compare.call(a, b, bFrom, bTo, aFrom, aTo) === 0;
  for (let i = aFrom, j = bFrom; i < aTo; ) if (a[i++] !== b[j++]) return false;
  return true;
}
