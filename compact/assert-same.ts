/** Proves that a compaction has the rows that it read, before it is committed. */
import { TableUnusable } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { unreadableFileError } from '../iceberg/damage.js';
import type { Schema } from '../iceberg/types.js';
import { fromDayNumber } from '../protocol/days.js';
import type { Compactor } from './compactor.js';
import type { LocalFile } from './fetch-files.js';
import type { OutputFile } from './output.js';
import { addSum, noRows, type RowSum, sameSum } from './row-hash.js';
import type { KeyPath } from './sort-keys.js';

/** A new data file on disk. */
export interface Output extends OutputFile {
  /** Also on disk. */
  eventList?: string;
}

/**
 * Every row of the files must have been read, and every deleted one left out.
 * @param deleted positions of deleted rows, by the address of the file
 * @param sorted rows that were read of each file, and the sum of the live ones
 */
export function assertRows(
  { identifier }: LoadedTable,
  files: readonly LocalFile[],
  deleted: ReadonlyMap<string, Float64Array>,
  { fileRows, sum }: { fileRows: number[]; sum: RowSum },
): void {
  let live = 0;
  files.forEach(({ file }, index) => {
    if (fileRows[index] !== file.rows)
      throw unreadableFileError(
        ...([file.path, 'data file', identifier.name] as const),
        `it has ${fileRows[index]} rows instead of ${file.rows}`,
      );
    live += file.rows - (deleted.get(file.path)?.filter((position) => position < file.rows).length ?? 0);
  });
  if (live !== sum.rows) throw different(identifier.name, `${sum.rows} rows were read instead of ${live}`);
}

function different(table: string, what: string): TableUnusable {
  return new TableUnusable(
    `The rewritten rows of ${table} differ from the rows of its files: ${what}. Nothing was changed.`,
    'Run it again. If it fails again, report it as a defect of Trailmill.',
  );
}

/** What a compaction has written: the files, and the sum of the rows that they must have. */
export interface Rewritten {
  table: Pick<LoadedTable, 'identifier'>;
  /** Days since 1970-01-01. */
  day: number;
  schema: Schema;
  keys: readonly KeyPath[];
  sum: RowSum;
  outputs: Output[];
}

/** Reads the new files again, and gives them their event lists. Throws `TableUnusable` if a value or the order of the rows differs. */
export async function assertSame(
  compactor: Compactor,
  { table, day, schema, keys, sum, outputs }: Rewritten,
  signal?: AbortSignal,
): Promise<void> {
  const { name } = table.identifier;
  const where = `day ${fromDayNumber(day)}`;
  const found = noRows();
  for (const output of outputs) {
    const checked = await compactor.check({ path: output.path, rows: output.rows, schema, keys }, signal);
    addSum(found, checked.sum);
    output.eventList = checked.eventList;
    if (!checked.inOrder) throw different(name, `${where} is not sorted`);
  }
  if (found.rows !== sum.rows) throw different(name, `${where} has ${found.rows} rows instead of ${sum.rows}`);
  if (!sameSum(found, sum)) throw different(name, `a value of ${where} differs`);
}
