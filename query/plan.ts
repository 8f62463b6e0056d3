/** Plans views: the files of a table's current snapshot, from its manifests. Does not open any data files. */
import type { LoadedTable } from '../iceberg/catalog.js';
import { deletesOf, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, Schema } from '../iceberg/types.js';

/** A file without its column bounds, which would use most of the memory. */
export interface PlannedFile {
  file: Pick<DataFile, 'path' | 'day'> & Partial<Pick<DataFile, 'bytes' | 'referencedDataFile'>>;
  sequenceNumber: bigint;
}

/** A data file with its deletes. */
export interface PlannedData extends PlannedFile {
  /** The delete files that may delete some of its rows. */
  deletes: readonly PlannedFile[];
}

/** The contents of a table's view. */
export interface PlannedTable {
  schema: Schema;
  /** The timestamptz column by whose day the files are partitioned; absent if it is ambiguous. */
  dayColumn?: string;
  files: readonly PlannedData[];
}

/** Reads the manifests of the current snapshot. */
export async function planTable(table: LoadedTable, signal?: AbortSignal): Promise<PlannedTable> {
  const deletes = new Map<number, PlannedFile[]>();
  for await (const { file, sequenceNumber } of scanDeletes(table, { signal })) {
    const { path, day, bytes, referencedDataFile } = file;
    const planned = { file: { path, day, bytes, referencedDataFile }, sequenceNumber };
    const ofDay = deletes.get(day);
    if (ofDay === undefined) deletes.set(day, [planned]);
    else ofDay.push(planned);
  }
  const files: PlannedData[] = [];
  for await (const { file, sequenceNumber } of scanDataFiles(table, { signal })) {
    const { path, day, bytes } = file;
    const planned = { file: { path, day, bytes }, sequenceNumber };
    files.push({ ...planned, deletes: deletesOf(planned, deletes.get(day) ?? []) });
  }
  return { schema: currentSchema(table.metadata), dayColumn: dayColumnOf(table), files };
}

/** The column of the day partitions; `undefined` if another writer has ever partitioned by the day of another column. */
function dayColumnOf({ metadata }: LoadedTable): string | undefined {
  const fields = metadata['partition-specs'].flatMap((spec) =>
    spec.fields.filter(({ transform }) => transform === 'day'),
  );
  const sources = new Set(fields.map((field) => field['source-id']));
  if (sources.size !== 1) return undefined;
  const [source] = sources;
  const column = currentSchema(metadata).fields.find(({ id }) => id === source);
  return column?.type === 'timestamptz' ? column.name : undefined;
}
