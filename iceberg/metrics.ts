/** Column metrics of a data file from the footer of its Parquet file (spec, "Data File Fields"). */
import type { FileMetaData, Statistics } from 'hyparquet';
import { TableUnusable } from '../errors/index.js';
import { compareRaw, encodeBound, MAX_LOOKUP_CODE_POINTS, type RawBound } from './bounds.js';
import { type LeafField, leafFields } from './schema.js';
import type { ColumnSpec, DataFile, Schema } from './types.js';

/** The footer of a Parquet file. */
export type Footer = FileMetaData;

/** Reads the footer of a Parquet file. Statistics keep their exact values (microseconds, bytes). */
export async function readFooter(parquet: Uint8Array): Promise<Footer> {
  // hyparquet is only available as an ES module.
  const { parquetMetadata } = await import('hyparquet');
  return parquetMetadata(parquet, {
    geoparquet: false,
    parsers: {
      // The default parsers convert to dates in milliseconds, which lowers upper bounds, and to strings from bytes that may be
      // truncated.
      timestampFromMicroseconds: (micros) => micros,
      dateFromDays: (days) => days,
      stringFromBytes: (bytes) => bytes,
    },
  });
}

/** Metrics of one leaf over all row groups. */
interface ColumnMetrics {
  bytes: number;
  values: number;
  /** `undefined`: a row group has no null count. */
  nulls: number | undefined;
  lower: RawBound | undefined;
  upper: RawBound | undefined;
  /** A row group with values has no statistics, so the file has no bounds. */
  unbounded: boolean;
}

/**
 * The data file for a Parquet file: counts and bounds by the field ids in the footer. Leaves that are not in the schema are
 * ignored. Leaves inside lists have counts of elements and no bounds. Throws `TableUnusable` for a column without a field id.
 * The bounds of lookup columns are as long as in the footer; those of other strings have 16 code points.
 */
export function dataFileOf(file: {
  /** Full address. */
  path: string;
  /** Size of the whole file. */
  bytes: number;
  /** Partition value: days since 1970-01-01. */
  day: number;
  schema: Schema;
  footer: Footer;
  /** Defines which columns are lookup columns; without it, none is. */
  columns?: readonly Pick<ColumnSpec, 'name' | 'lookup'>[];
}): DataFile {
  const { path, bytes, day, schema, footer, columns = [] } = file;
  const lookups = new Set(columns.flatMap(({ name, lookup }) => (lookup ? [name] : [])));
  const result: DataFile = {
    path,
    bytes,
    rows: Number(footer.num_rows),
    day,
    columnSizes: {},
    valueCounts: {},
    nullCounts: {},
    lowerBounds: {},
    upperBounds: {},
  };
  const leaves = new Map(Array.from(leafFields(schema), (leaf) => [leaf.id, leaf]));
  // In the flat schema, the elements with a type are the columns, in the same order as in the row groups.
  footer.schema
    .filter((element) => element.type !== undefined)
    .forEach((element, column) => {
      if (element.field_id === undefined) {
        throw new TableUnusable(`The Parquet column ${element.name} of ${path} has no field id.`);
      }
      const leaf = leaves.get(element.field_id);
      if (leaf === undefined) return;
      const most = lookups.has(leaf.path) ? MAX_LOOKUP_CODE_POINTS : undefined;
      addMetrics(result, leaf, metricsOf(footer, column), most);
    });
  return result;
}

function addMetrics(file: DataFile, leaf: LeafField, metrics: ColumnMetrics, most: number | undefined): void {
  file.columnSizes[leaf.id] = metrics.bytes;
  file.valueCounts[leaf.id] = metrics.values;
  if (metrics.nulls !== undefined) file.nullCounts[leaf.id] = metrics.nulls;
  if (leaf.insideList || metrics.unbounded) return;
  const { lower, upper } = metrics;
  const low = lower === undefined ? undefined : encodeBound(leaf.type, lower, 'lower', most);
  const high = upper === undefined ? undefined : encodeBound(leaf.type, upper, 'upper', most);
  if (low) file.lowerBounds[leaf.id] = low.toString('base64');
  if (high) file.upperBounds[leaf.id] = high.toString('base64');
}

function metricsOf(footer: Footer, column: number): ColumnMetrics {
  const metrics: ColumnMetrics = {
    bytes: 0,
    values: 0,
    nulls: 0,
    lower: undefined,
    upper: undefined,
    unbounded: false,
  };
  for (const { columns } of footer.row_groups) {
    const chunk = columns[column].meta_data;
    if (!chunk) throw new TableUnusable('A Parquet file has its column metadata in another file.');
    metrics.bytes += Number(chunk.total_compressed_size);
    metrics.values += Number(chunk.num_values);
    const nulls = chunk.statistics?.null_count;
    if (nulls === undefined) metrics.nulls = undefined;
    else if (metrics.nulls !== undefined) metrics.nulls += Number(nulls);
    widen(metrics, chunk.statistics, nulls !== undefined && nulls === chunk.num_values);
  }
  return metrics;
}

/** The deprecated `min` and `max` are not used, because writers disagree on the order of strings (Parquet format, Statistics). */
function widen(metrics: ColumnMetrics, statistics: Statistics | undefined, allNull: boolean): void {
  const low = rawBound(statistics?.min_value);
  const high = rawBound(statistics?.max_value);
  if (low === undefined || high === undefined) {
    if (!allNull) metrics.unbounded = true;
    return;
  }
  if (metrics.lower === undefined || compareRaw(low, metrics.lower) < 0) metrics.lower = low;
  if (metrics.upper === undefined || compareRaw(high, metrics.upper) > 0) metrics.upper = high;
}

function rawBound(value: Statistics['min_value']): RawBound | undefined {
  return value instanceof Date || typeof value === 'string' ? undefined : value;
}
