/** Determines which object of the ledger a listed object is. */
import { mapConcurrent } from '../storage/concurrency.js';
import type { ListedObject } from '../storage/object-store.js';
import { ETAGS_AT_ONCE, withEtag } from '../storage/with-etag.js';
import type { AuditContext } from './context.js';
import type { LedgerSlice } from './ledger-slice.js';

/**
 * Adds the ETags of objects that the ledger has, if the listing lacks them. Objects with the size and the modification time in
 * the ledger have its ETag; others are read. Objects that were deleted in the meantime are left out.
 */
export async function identify(
  { bucket, signal }: AuditContext,
  ledger: LedgerSlice,
  page: readonly ListedObject[],
): Promise<ListedObject[]> {
  const found = page.map((object): ListedObject | undefined => {
    const same = ledger.keys.get(object.key)?.objects.find(({ state }) => isSame(object, state));
    return object.etag === undefined && same !== undefined ? { ...object, etag: same.etag } : object;
  });
  const unsure = [...page.keys()].filter(
    (index) => found[index]?.etag === undefined && ledger.keys.has(page[index].key),
  );
  await mapConcurrent(unsure, ETAGS_AT_ONCE, async (index) => {
    found[index] = await withEtag(bucket, page[index], signal);
  });
  return found.filter((object) => object !== undefined);
}

type Identity = { size: number; lastModified?: number };

function isSame(one: Identity, other: Identity): boolean {
  return one.size === other.size && one.lastModified === other.lastModified;
}
