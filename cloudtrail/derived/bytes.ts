/** Comparing texts without making strings of them. */

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
  for (let i = aFrom, j = bFrom; i < aTo; ) if (a[i++] !== b[j++]) return false;
  return true;
}
