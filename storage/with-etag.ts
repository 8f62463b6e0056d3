/** ETags of objects whose listing has none. */
import { ObjectNotFound, StorageAccessDenied } from '../errors/index.js';
import { unreadEtag } from './file-etag.js';
import type { ListedObject, ObjectInfo, ObjectStore } from './object-store.js';

/** Number of objects to request at once: the store reads each of them. */
export const ETAGS_AT_ONCE = 16;

/**
 * Returns the object as it is now, with its ETag; `undefined` if it is gone. The ETag of an object without read
 * permission changes once it can be read.
 */
export async function withEtag(
  store: ObjectStore,
  { key, size, lastModified, etag }: ListedObject,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  if (etag !== undefined) return { key, size, lastModified, etag };
  try {
    const now = await store.head(key, { metadata: false, signal });
    return { key, size: now.size, lastModified: now.lastModified, etag: now.etag };
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    if (!(error instanceof StorageAccessDenied)) throw error;
    return { key, size, lastModified, etag: unreadEtag('unreadable', { size, lastModified }) };
  }
}
