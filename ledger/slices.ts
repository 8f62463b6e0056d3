/**
 * A part of a day's objects that fits in memory. An object's slice depends on its file name rather than its key: table rows
 * have the object's address, and the part before the key may differ if the bucket has been moved since.
 */
export interface Slice {
  index: number;
  of: number;
}

/** The slice that contains all objects. */
export const SINGLE_SLICE: Slice = { index: 0, of: 1 };

/** Tests whether an object is in a slice. 32-bit FNV-1a of the characters after the last slash. */
export function isInSlice(keyOrPath: string, { index, of }: Slice): boolean {
  if (of === 1) return true;
  let hash = 0x811c9dc5;
  for (let at = keyOrPath.lastIndexOf('/') + 1; at < keyOrPath.length; at++)
    hash = Math.imul(hash ^ keyOrPath.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % of === index;
}
