/**
 * A day's objects in parts that fit into memory: an object belongs to the slice that its file name says. Not its key: rows
 * know the address, which has the key at its end, and behind a bucket that may have moved since.
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
