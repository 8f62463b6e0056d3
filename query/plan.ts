/** Plans views: the files of a table's current snapshot, from its manifests. Does not open any data files. */
import type { LoadedTable } from '../iceberg/catalog.js';
import { deletesOf, type ScanOptions, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, Schema } from '../iceberg/types.js';

/** A file without its column bounds, which would use most of the memory. */
export interface PlannedFile {
  file: Pick<DataFile, 'path' | 'day'> & Partial<Pick<DataFile, 'bytes'>>;
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

/** Which files a plan has. */
export interface PlanOptions extends Pick<ScanOptions, 'dayRange' | 'withoutMetrics'> {
  /** Called once for each live data file of the days; false leaves it out. */
  keep?: (file: DataFile) => boolean;
}

/** Reads the manifests of the current snapshot. */
export async function planTable(
  table: LoadedTable,
  signal?: AbortSignal,
  { keep = () => true, ...scan }: PlanOptions = {},
): Promise<PlannedTable> {
  const files: PlannedFile[] = [];
  for await (const { file, sequenceNumber } of scanDataFiles(table, { ...scan, signal })) {
    const { path, day, bytes } = file;
    if (keep(file)) files.push({ file: { path, day, bytes }, sequenceNumber });
  }
  const schema = currentSchema(table.metadata);
  const dayColumn = dayColumnOf(table);
  // A search often needs no file at all, and then no deletes either.
  if (files.length === 0) return { schema, dayColumn, files: [] };
  const deletes = new Map<number, PlannedFile[]>();
  for await (const { file, sequenceNumber } of scanDeletes(table, { ...scan, signal })) {
    const { path, day, bytes } = file;
    const ofDay = deletes.get(day);
    if (ofDay === undefined) deletes.set(day, [{ file: { path, day, bytes }, sequenceNumber }]);
    else ofDay.push({ file: { path, day, bytes }, sequenceNumber });
  }
  const planned = files.map((file) => ({ ...file, deletes: deletesOf(file, deletes.get(file.file.day) ?? []) }));
  return { schema, dayColumn, files: planned };
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
