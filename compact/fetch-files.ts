/** Copies the files of a day to disk, and reads which of their rows are deleted. */
import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectNotFound } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { missingFileError, readTableFile, unreadableFileError, wrongSizeError } from '../iceberg/damage.js';
import { contradictsName } from '../iceberg/hashed-name.js';
import { keyOf } from '../iceberg/location.js';
import type { DataFile } from '../iceberg/types.js';
import { type DeletedRows, mergeDeletes } from '../ingest/tasks/deleted-rows.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { DayChoice } from './choose.js';

/** Files that are fetched at once, and bytes of a file that are read at once: their product is the memory needed. */
const AT_ONCE = 4;
const PART_BYTES = 8 << 20;
/** Bytes of files that are sorted by one task: enough for several runs of sorted rows, so that few runs are small. */
const GROUP_BYTES = 64 << 20;

/** A data file on disk. */
export interface LocalFile {
  path: string;
  file: DataFile;
}

/** Returns functions that each copy some of the files to disk, in the order of their addresses. */
export function localFiles(
  table: LoadedTable,
  { files }: DayChoice,
  directory: string,
): ((signal?: AbortSignal) => Promise<LocalFile[]>)[] {
  const groups: LocalFile[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  files.forEach(({ data: { file } }, index) => {
    if (bytes + file.bytes > GROUP_BYTES) bytes = groups.push([]) * 0;
    bytes += file.bytes;
    groups[groups.length - 1].push({ file, path: join(directory, `source-${index}.parquet`) });
  });
  return groups.map((group) => async (signal) => {
    await mapConcurrent(group, AT_ONCE, ({ file, path }) => fetchFile(table, file, path, signal));
    return group;
  });
}

/** Copies a data file to disk. Throws `Damaged` if it is missing, or does not match the table's metadata. */
async function fetchFile(table: LoadedTable, file: DataFile, target: string, signal?: AbortSignal): Promise<void> {
  const { store, identifier } = table;
  const of = { path: file.path, bytes: file.bytes, kind: 'data file', of: identifier.name } as const;
  if (file.bytes <= PART_BYTES) {
    await writeFile(target, await readTableFile(store, of, (body) => body, signal));
    return;
  }
  const hash = createHash('sha256');
  const to = await open(target, 'wx');
  let from = 0;
  try {
    for (;;) {
      const part = await store
        .getRange(keyOf(store, file.path), { from, length: PART_BYTES }, { signal })
        .catch((error: unknown) => {
          throw error instanceof ObjectNotFound ? missingFileError(file.path, of.kind, of.of, { cause: error }) : error;
        });
      hash.update(part);
      await to.write(part);
      from += part.length;
      if (part.length < PART_BYTES) break;
    }
  } finally {
    await to.close();
  }
  if (from !== file.bytes) throw wrongSizeError(of, from);
  if (contradictsName(file.path, hash))
    throw unreadableFileError(file.path, of.kind, of.of, 'its content does not match its checksum (SHA-256)');
}

/** Returns the deleted rows of the files of a choice, by address. Delete files are read one after the other, each once. */
export async function readDayDeletes(
  table: LoadedTable,
  pool: Pick<DecoderPool, 'readDeletes'>,
  { files }: DayChoice,
  signal?: AbortSignal,
): Promise<DeletedRows> {
  const { store, identifier } = table;
  const applyTo = new Map<string, { bytes: number; paths: Set<string> }>();
  for (const { data, deletes } of files) {
    for (const { file } of deletes) {
      const known = applyTo.get(file.path);
      if (known === undefined) applyTo.set(file.path, { bytes: file.bytes, paths: new Set([data.file.path]) });
      else known.paths.add(data.file.path);
    }
  }
  const found = await mapConcurrent([...applyTo], AT_ONCE, async ([path, { bytes, paths }]) => {
    const from = { path, bytes, kind: 'delete file', of: identifier.name } as const;
    const all = await readTableFile(store, from, (body) => pool.readDeletes(body, signal), signal);
    return new Map(Array.from(all).filter(([of]) => paths.has(of)));
  });
  return found.length === 0 ? new Map() : mergeDeletes(found);
}
