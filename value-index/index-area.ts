/** The location of a table's index: objects of the work area, which no reader of the table sees and no other program removes. */
import { randomUUID } from 'node:crypto';
import { WORK_AREA } from '../run/work-keys.js';
import type { ObjectStore } from '../storage/object-store.js';

/** A stored segment. */
export interface StoredSegment {
  key: string;
  /** Bytes of the whole object, and of its header. */
  size: number;
  headerBytes: number;
  /** Milliseconds since the epoch. */
  lastModified: number;
}

/** Key prefix of the segments of a table. */
function indexPrefix(tableUuid: string): string {
  return `${WORK_AREA}/index/${tableUuid}/`;
}

const NAME = /-(\d+)\.values$/;

/** The segments of a table, in the order of their keys. */
export async function listSegments(
  store: ObjectStore,
  tableUuid: string,
  signal?: AbortSignal,
): Promise<StoredSegment[]> {
  const found: StoredSegment[] = [];
  for await (const { objects } of store.list(indexPrefix(tableUuid), { signal })) {
    for (const { key, size, lastModified } of objects) {
      const headerBytes = Number(NAME.exec(key)?.[1]);
      if (headerBytes > 0) found.push({ key, size, headerBytes, lastModified });
    }
  }
  return found;
}

/** Stores a segment under a new name, which has the length of its header, so that one request reads it. Returns its key. */
export async function storeSegment(
  store: ObjectStore,
  tableUuid: string,
  segment: { bytes: Uint8Array; headerBytes: number },
  signal?: AbortSignal,
): Promise<string> {
  const key = `${indexPrefix(tableUuid)}${randomUUID()}-${segment.headerBytes}.values`;
  await store.put(key, segment.bytes, { signal });
  return key;
}
