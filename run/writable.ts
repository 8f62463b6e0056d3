/** Checks that the warehouse is writable before any work is done, instead of failing at the first commit. */
import { StorageAccessDenied } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { WORK_AREA } from './work-keys.js';

const KEY = `${WORK_AREA}/check/writable`;
const BODY = Buffer.from('Written by Trailmill at the start of a run, to check that the warehouse is writable.\n');

/** Writes one small object, always the same. Throws `StorageAccessDenied` with the warehouse and the missing permission. */
export async function assertWritable(warehouse: ObjectStore, signal?: AbortSignal): Promise<void> {
  await explainReadOnly(warehouse, warehouse.put(KEY, BODY, { signal }));
}

/** Awaits a write to the warehouse. If it is denied, throws `StorageAccessDenied` with the permission to grant. */
export async function explainReadOnly<T>(warehouse: ObjectStore, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof StorageAccessDenied)) throw error;
    const rights = warehouse.uri.startsWith('file:')
      ? `Make it and everything in it writable for the user that runs Trailmill (and mount it read-write), or set another warehouse.`
      : String(error.cure ?? 'Grant s3:PutObject on the whole warehouse to the identity that runs Trailmill.');
    throw new StorageAccessDenied(`The warehouse ${warehouse.uri} is not writable: ${error.message}`, rights, {
      cause: error,
    });
  }
}
