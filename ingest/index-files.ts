/** Indexes data files that have no index: those of a compaction, of another writer, or of an earlier version. */
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { DataFile } from '../iceberg/types.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { storeSegment } from '../value-index/index-area.js';
import { segmentOfFiles } from '../value-index/segment.js';
import type { DecoderPool } from './threads/decoder-pool.js';

/** Files that are read at once, each with its content in memory. */
const READ_AT_ONCE = 2;
/** Values of a segment: 8 bytes each in memory. */
const MAX_VALUES = 4_000_000;

/**
 * Reads the data files and stores an index of them, in one segment or a few. A file that has an index gets a second one, which
 * does no harm. Throws `Damaged` for a file that cannot be read. Returns the number of segments.
 */
export async function indexFiles(
  warehouse: ObjectStore,
  table: Pick<LoadedTable, 'store' | 'identifier' | 'metadata'>,
  pool: DecoderPool,
  files: readonly Pick<DataFile, 'path' | 'bytes'>[],
  signal?: AbortSignal,
): Promise<number> {
  const uuid = table.metadata['table-uuid'];
  let segments = 0;
  let pending: { path: string; values: Float64Array }[] = [];
  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const taken = pending;
    pending = [];
    segments++;
    await storeSegment(warehouse, uuid, await segmentOfFiles(taken), signal);
  };
  await mapConcurrent(files, READ_AT_ONCE, async ({ path, bytes }) => {
    const file = { path, bytes, kind: 'data file', of: table.identifier.name } as const;
    const values = await readTableFile(table.store, file, (body) => pool.readValues(body, signal), signal);
    pending.push({ path, values });
    if (pending.reduce((sum, one) => sum + one.values.length, 0) > MAX_VALUES) await flush();
  });
  await flush();
  return segments;
}
