/** What folders of the warehouse hold, by listing them: a request for each thousand objects. */
import { StorageAccessDenied } from '../errors/index.js';
import { WORK_AREA } from '../run/work-keys.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Objects and bytes below a prefix. */
export interface StoredBytes {
  objects: number;
  bytes: number;
  /** False if there may be more: listing stopped after {@link MAX_PAGES} requests, or is not allowed. */
  complete: boolean;
}

/** A kind of objects in the work area, such as `plans`. */
export interface WorkAreaKind extends StoredBytes {
  kind: string;
}

/** The most requests for one folder: 200,000 objects. */
const MAX_PAGES = 200;
const SIDE_BY_SIDE = 8;

/** Lists everything below a prefix, which ends with a slash. */
export async function storedBelow(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<StoredBytes> {
  const sum: StoredBytes = { objects: 0, bytes: 0, complete: true };
  let pages = 0;
  try {
    for await (const { objects } of store.list(prefix, { signal, onUnusable: () => {} })) {
      if (pages++ === MAX_PAGES) return { ...sum, complete: false };
      sum.objects += objects.length;
      for (const { size } of objects) sum.bytes += size;
    }
    return sum;
  } catch (error) {
    // Whoever may only read the tables still sees the rest.
    if (error instanceof StorageAccessDenied) return { ...sum, complete: false };
    throw error;
  }
}

/** The kinds of objects in the work area of a warehouse, the largest first. */
export async function workAreaOf(warehouse: ObjectStore, signal?: AbortSignal): Promise<WorkAreaKind[]> {
  const folders: string[] = [];
  for await (const { prefixes } of warehouse.list(`${WORK_AREA}/`, { delimiter: '/', signal, onUnusable: () => {} }))
    folders.push(...prefixes);
  const kinds = await mapConcurrent(folders, SIDE_BY_SIDE, async (folder) => ({
    kind: folder.slice(WORK_AREA.length + 1, -1),
    ...(await storedBelow(warehouse, folder, signal)),
  }));
  return kinds.sort((one, two) => two.bytes - one.bytes);
}
