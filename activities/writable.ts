/** Can the warehouse be written? Asked before any work, so that a read-only one is no surprise of the first commit. */
import { StorageAccessDenied } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { WORK_AREA } from './work-area.js';

const KEY = `${WORK_AREA}/check/writable`;
const BODY = Buffer.from('Written by the last run when it began, to see whether it may.\n');

/** Throws `StorageAccessDenied` with the warehouse and the permission in its message. Writes one object, always the same. */
export async function assertWritable(warehouse: ObjectStore, signal?: AbortSignal): Promise<void> {
  await orReadOnly(warehouse, warehouse.put(KEY, BODY, { signal }));
}

/** A write of the warehouse: when it is refused, the error says what that means. */
export async function orReadOnly<T>(warehouse: ObjectStore, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof StorageAccessDenied)) throw error;
    const rights = warehouse.uri.startsWith('file:')
      ? `Make it writable for the user that runs Trailmill, with all that is in it (and mount it read-write), or set another warehouse.`
      : String(error.cure ?? 'Grant s3:PutObject on all of it to whoever runs Trailmill.');
    throw new StorageAccessDenied(`The warehouse ${warehouse.uri} may not be written: ${error.message}`, rights, {
      cause: error,
    });
  }
}
