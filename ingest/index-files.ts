/** Indexes data files that have no index: those of a compaction, of another writer, or of an earlier version. */
import { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { readTableFile } from '../iceberg/damage.js';
import type { DataFile } from '../iceberg/types.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { storeSegment } from '../value-index/index-area.js';
import { segmentOfFiles } from '../value-index/segment-writer.js';
import type { DecoderPool } from './threads/decoder-pool.js';

/** Files that are read at once, each with its content in memory; larger ones are read one after the other. */
const READ_AT_ONCE = 2;
const LARGE_BYTES = 32 << 20;
/** Values of a segment: 8 bytes each in memory. */
const MAX_VALUES = 4_000_000;

type IndexedFile = Pick<DataFile, 'path' | 'bytes'>;

/**
 * Reads the data files and stores an index of them, in one segment or a few. A file that has an index gets a second one, which
 * does no harm. After an error, segments that are already stored remain, and are useful. Returns the number of indexed files,
 * and the files that are missing or cannot be read.
 */
export async function indexFiles(
  warehouse: ObjectStore,
  table: Pick<LoadedTable, 'store' | 'identifier' | 'metadata'>,
  pool: DecoderPool,
  files: readonly IndexedFile[],
  signal?: AbortSignal,
): Promise<{ indexed: number; damaged: Damaged[] }> {
  const uuid = table.metadata['table-uuid'];
  const damaged: Damaged[] = [];
  let pending: { path: string; values: Float64Array }[] = [];
  const flush = async (): Promise<void> => {
    if (pending.length === 0) return;
    const taken = pending;
    pending = [];
    await storeSegment(warehouse, uuid, await segmentOfFiles(taken), signal);
  };
  const index = async ({ path, bytes }: IndexedFile): Promise<void> => {
    signal?.throwIfAborted();
    const file = { path, bytes, kind: 'data file', of: table.identifier.name } as const;
    try {
      const values = await readTableFile(table.store, file, (body) => pool.readValues(body, signal), signal);
      pending.push({ path, values });
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      damaged.push(error);
    }
    if (pending.reduce((sum, one) => sum + one.values.length, 0) > MAX_VALUES) await flush();
  };
  const isLarge = ({ bytes }: IndexedFile): boolean => bytes > LARGE_BYTES;
  await mapConcurrent(
    files.filter((file) => !isLarge(file)),
    READ_AT_ONCE,
    index,
  );
  for (const file of files.filter(isLarge)) await index(file);
  await flush();
  return { indexed: files.length - damaged.length, damaged };
}
