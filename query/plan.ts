/** Plans views: the files of a table's current snapshot, from its manifests. Does not open any data files. */
import { decodeBound } from '../iceberg/bounds.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { type Condition, columnsOf, daysOf, remainderOf } from '../iceberg/condition.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import { POSITION_DELETE_SCHEMA } from '../iceberg/position-deletes.js';
import { deletesOf, type ScanOptions, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema, snapshotById } from '../iceberg/snapshot.js';
import type { DataFile, NestedField, Schema } from '../iceberg/types.js';
import type { TableIndex } from './table-index.js';

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

interface PlannedDelete extends PlannedFile {
  /** The first and last path of a data file that it deletes rows of; absent if unknown. */
  first?: Buffer;
  last?: Buffer;
}

const [{ id: PATH_FIELD }] = POSITION_DELETE_SCHEMA.fields;

/** Which files a plan has, apart from a condition. */
export interface PlanOptions extends Pick<ScanOptions, 'dayRange' | 'columns' | 'metricsOf'> {
  /** Called once for each live data file of the days, with the metrics of `columns`; false leaves it out. */
  keep?: (file: DataFile) => boolean;
  /** Leaves out more of the files that the condition leaves. */
  index?: Pick<TableIndex, 'isOpen' | 'filter'>;
}

/**
 * Reads the manifests of the current snapshot: all of them, or those of the days that the condition is about. Files of which no
 * row can satisfy the condition are left out, by their bounds and then by the index.
 */
export async function planTable(
  table: LoadedTable,
  condition?: Condition,
  signal?: AbortSignal,
  { dayRange, columns, metricsOf, keep = () => true, index }: PlanOptions = {},
): Promise<PlannedTable> {
  const schema = currentSchema(table.metadata);
  const day = dayColumnOf(table);
  const snapshot = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
  const manifests = snapshot === undefined ? [] : await manifestsOf(table, snapshot, signal);
  const options = { signal, manifests, dayRange: dayRange ?? daysToScan(table, condition, day) };
  const isOpen = index?.isOpen ?? (() => false);
  const metrics = new Set([...columnsOf(condition), ...(columns ?? [])]);
  const found: (PlannedFile & { path: string; remainder: Condition | boolean })[] = [];
  for await (const { file, sequenceNumber } of scanDataFiles(table, { ...options, columns: metrics, metricsOf })) {
    const remainder = condition === undefined || remainderOf(condition, file, isOpen, day?.id);
    if (remainder === false || !keep(file)) continue;
    const { path, bytes } = file;
    found.push({ file: { path, day: file.day, bytes }, sequenceNumber, path, remainder });
  }
  const left = index === undefined ? found : await index.filter(found, signal);
  const files = left.map(({ file, sequenceNumber }) => ({ file, sequenceNumber, deletes: [] as PlannedFile[] }));
  // A search often needs no file at all, and then no deletes either.
  if (files.length === 0) return { schema, dayColumn: day?.name, files };
  const deletes = new Map<number, PlannedDelete[]>();
  const days = new Set(files.map((one) => one.file.day));
  for await (const { file, sequenceNumber } of scanDeletes(table, { ...options, columns: new Set([PATH_FIELD]) })) {
    if (!days.has(file.day)) continue;
    const ofDay = deletes.get(file.day) ?? [];
    const [first, last] = [file.lowerBounds[PATH_FIELD], file.upperBounds[PATH_FIELD]].map(pathBound);
    const { path, bytes, referencedDataFile } = file;
    ofDay.push({ file: { path, day: file.day, bytes, referencedDataFile }, sequenceNumber, first, last });
    deletes.set(file.day, ofDay);
  }
  for (const one of files) {
    const path = Buffer.from(one.file.path);
    one.deletes.push(...deletesOf(one, deletes.get(one.file.day) ?? []).filter((other) => mayName(other, path)));
  }
  return { schema, dayColumn: day?.name, files };
}

function pathBound(bound: string | undefined): Buffer | undefined {
  const path = bound === undefined ? undefined : decodeBound('string', bound);
  return path instanceof Buffer ? path : undefined;
}

function mayName({ first, last }: PlannedDelete, path: Buffer): boolean {
  return (
    (first === undefined || Buffer.compare(first, path) <= 0) && (last === undefined || Buffer.compare(path, last) <= 0)
  );
}

/** The days whose manifests are to be read; `undefined`: all, and files without a day. */
function daysToScan(
  { metadata }: LoadedTable,
  condition: Condition | undefined,
  day: NestedField | undefined,
): ScanOptions['dayRange'] {
  if (condition === undefined || day === undefined) return undefined;
  // Files of another writer's spec without a day can have rows of any day.
  if (!metadata['partition-specs'].every(({ fields }) => fields.some(({ transform }) => transform === 'day')))
    return undefined;
  return daysOf(condition, day.id);
}

/** The column of the day partitions; `undefined` if another writer has ever partitioned by the day of another column. */
function dayColumnOf({ metadata }: LoadedTable): NestedField | undefined {
  const fields = metadata['partition-specs'].flatMap((spec) =>
    spec.fields.filter(({ transform }) => transform === 'day'),
  );
  const sources = new Set(fields.map((field) => field['source-id']));
  if (sources.size !== 1) return undefined;
  const [source] = sources;
  const column = currentSchema(metadata).fields.find(({ id }) => id === source);
  return column?.type === 'timestamptz' ? column : undefined;
}
