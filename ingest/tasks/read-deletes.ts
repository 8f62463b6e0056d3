/** Reads position-delete files. Runs in a decoder thread. */
import { readColumns } from '../../columnar/parquet.js';
import { ascending, type DeletedRows } from './deleted-rows.js';

/**
 * Reads a position-delete file (Iceberg spec, "Position Delete Files") from its Parquet bytes. Throws an `Error` if it has no
 * columns `file_path` and `pos`.
 */
export async function readDeletes(parquet: Uint8Array): Promise<DeletedRows> {
  const table = await readColumns(parquet, ['file_path', 'pos']);
  const paths = (table?.getChild('file_path') ?? null) as unknown as { get(row: number): string } | null;
  const positions = (table?.getChild('pos') ?? null) as unknown as { get(row: number): bigint } | null;
  if (table === undefined || paths === null || positions === null)
    throw new Error('The delete file has no columns file_path and pos');
  const found = new Map<string, number[]>();
  for (let row = 0; row < table.numRows; row++) {
    const path = paths.get(row);
    const of = found.get(path);
    if (of === undefined) found.set(path, [Number(positions.get(row))]);
    else of.push(Number(positions.get(row)));
  }
  return new Map(Array.from(found, ([path, list]) => [path, ascending(list)]));
}
