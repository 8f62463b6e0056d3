/** What a view is made of: the files of a table's current snapshot, from its manifests. No data file is opened. */
import type { LoadedTable } from '../iceberg/catalog.js';
import { deletesOf, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, Schema } from '../iceberg/types.js';

/** A file without its column bounds, which would be most of the memory. */
export interface PlannedFile {
  file: Pick<DataFile, 'path' | 'day'> & Partial<Pick<DataFile, 'bytes'>>;
  sequenceNumber: bigint;
}

export interface PlannedData extends PlannedFile {
  /** The delete files that may delete rows of it. */
  deletes: readonly PlannedFile[];
}

export interface PlannedTable {
  schema: Schema;
  /** The timestamptz column by whose day the files are partitioned; absent where it is not so clear. */
  dayColumn?: string;
  files: readonly PlannedData[];
}

/** Reads the manifests of the current snapshot. */
export async function planTable(table: LoadedTable, signal?: AbortSignal): Promise<PlannedTable> {
  const deletes = new Map<number, PlannedFile[]>();
  for await (const { file, sequenceNumber } of scanDeletes(table, { signal })) {
    const { path, day, bytes } = file;
    const ofDay = deletes.get(day);
    if (ofDay === undefined) deletes.set(day, [{ file: { path, day, bytes }, sequenceNumber }]);
    else ofDay.push({ file: { path, day, bytes }, sequenceNumber });
  }
  const files: PlannedData[] = [];
  for await (const { file, sequenceNumber } of scanDataFiles(table, { signal })) {
    const { path, day, bytes } = file;
    const planned = { file: { path, day, bytes }, sequenceNumber };
    files.push({ ...planned, deletes: deletesOf(planned, deletes.get(day) ?? []) });
  }
  return { schema: currentSchema(table.metadata), dayColumn: dayColumnOf(table), files };
}

/** Other writers may have partitioned by the day of another column at some time: then a day says nothing about a row. */
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
