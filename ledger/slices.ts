/**
 * A part of a day's objects that fits into memory. The slice of an object follows from its file name, not from its key:
 * rows have the address, which ends with the key, and the bucket may have moved since.
 */
export interface Slice {
  index: number;
  of: number;
}

/** The slice that has all objects. */
export const WHOLE: Slice = { index: 0, of: 1 };

/** FNV-1a, 32 bits, over the characters behind the last slash. */
export function isInSlice(keyOrPath: string, { index, of }: Slice): boolean {
  if (of === 1) return true;
  let hash = 0x811c9dc5;
  for (let at = keyOrPath.lastIndexOf('/') + 1; at < keyOrPath.length; at++)
    hash = Math.imul(hash ^ keyOrPath.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % of === index;
}
