/**
 * The SQL of a view over the files of a table. Pure.
 *
 * The view is a UNION ALL with one branch per partition day, and each branch has a filter with the time range of its rows. So a
 * query for some days only opens the files of those days: DuckDB's optimizer detects that `ts >= …` and a branch's filter
 * exclude each other before it opens any file. Without the filters, DuckDB prunes files by their footers, and would have to
 * read the footers of all files.
 */
import { POSITION_DELETE_SCHEMA } from '../iceberg/position-deletes.js';
import type { Schema } from '../iceberg/types.js';
import { DAY_MS } from '../protocol/days.js';
import type { PlannedData, PlannedFile, PlannedTable } from './plan.js';
import { fileUrl, identifier, readParquet, readParquetByName, sqlLiteral, typeOf } from './sql-text.js';

/** A branch adds 2 ms of planning to every query (with 121 columns); if there are more days, a branch covers several. */
const MAX_BRANCHES = 400;
const DAY_SECONDS = DAY_MS / 1_000;
const NONE: ReadonlySet<string> = new Set();

/** Maps the location of a file to the path or URL from which DuckDB reads it. */
export type FileUrls = (location: string) => string;

/**
 * A SELECT of all live rows; for a table without files, one that returns no rows.
 * @param sameSchema URLs of the files that have exactly the columns of the schema: see file-schemas.ts
 */
export function selectOf(
  { schema, dayColumn, files }: PlannedTable,
  urls: FileUrls = fileUrl,
  sameSchema: ReadonlySet<string> = NONE,
): string {
  if (files.length === 0) return selectOfNoRows(schema);
  const branches: string[] = [];
  for (const group of groupsOf(files)) {
    const filter = dayColumn === undefined ? '' : timeFilter(dayColumn, group);
    const withDeletes = group.filter(({ deletes }) => deletes.length > 0);
    const withoutDeletes = group.filter(({ deletes }) => deletes.length === 0);
    const isSame = ({ file }: PlannedFile): boolean => sameSchema.has(urls(file.path));
    const byName = withoutDeletes.filter(isSame);
    const byId = withoutDeletes.filter((one) => !isSame(one));
    if (byName.length > 0)
      branches.push(`${selectFrom(schema, readParquetByName(pathsOf(byName).map(urls)))}${filter}`);
    if (byId.length > 0)
      branches.push(`${selectFrom(schema, readParquet(pathsOf(byId).map(urls), schema.fields))}${filter}`);
    if (withDeletes.length > 0) branches.push(`${selectLiveRows(schema, withDeletes, urls)}${filter}`);
  }
  return branches.join('\nUNION ALL ');
}

/** Groups files by day, in order; files without a day are a separate group. */
function groupsOf(files: readonly PlannedData[]): PlannedData[][] {
  const byDay = new Map<number, PlannedData[]>();
  for (const one of files) {
    const ofDay = byDay.get(one.file.day);
    if (ofDay === undefined) byDay.set(one.file.day, [one]);
    else ofDay.push(one);
  }
  const without = byDay.get(Number.NaN) ?? [];
  byDay.delete(Number.NaN);
  const days = [...byDay].sort(([one], [two]) => one - two).map(([, ofDay]) => ofDay);
  const daysPerGroup = Math.ceil(days.length / MAX_BRANCHES);
  const groups: PlannedData[][] = [];
  for (let at = 0; at < days.length; at += daysPerGroup) groups.push(days.slice(at, at + daysPerGroup).flat());
  if (without.length > 0) groups.push(without);
  return groups;
}

/** The time range of a group; by definition of the partitions, all of its rows are in it. */
function timeFilter(column: string, group: readonly PlannedData[]): string {
  const [first, last] = [group[0].file.day, group[group.length - 1].file.day];
  if (Number.isNaN(first)) return '';
  const [from, until] = [first, last + 1].map((day) => `to_timestamp(${day * DAY_SECONDS})`);
  return ` WHERE ${identifier(column)} >= ${from} AND ${identifier(column)} < ${until}`;
}

function namesOf({ fields }: Schema): string {
  return fields.map(({ name }) => identifier(name)).join(', ');
}

const selectFrom = (schema: Schema, from: string): string => `SELECT ${namesOf(schema)} FROM ${from}`;

const pathsOf = (files: readonly PlannedFile[]): string[] => files.map(({ file }) => file.path);

/**
 * Selects the live rows of files with deletes. `day` and `age` restrict deletes to the files that they apply to, as in the
 * plan.
 */
function selectLiveRows(schema: Schema, files: readonly PlannedData[], urls: FileUrls): string {
  const deletes = [...new Set(files.flatMap((one) => one.deletes))];
  const data = readParquet(pathsOf(files).map(urls), schema.fields, ", filename => '_file', file_row_number => true");
  return `SELECT ${namesOf(schema)} FROM ${data} AS rows
    ANTI JOIN (
      SELECT data.url AS _file, deleted.pos AS file_row_number
      FROM ${readParquet(pathsOf(deletes).map(urls), POSITION_DELETE_SCHEMA.fields, ", filename => '_delete'")} AS deleted
      JOIN (VALUES ${valuesOf(files, urls)}) AS data(path, url, day, age) ON data.path = deleted.file_path
      JOIN (VALUES ${valuesOf(deletes, urls)}) AS source(path, url, day, age) ON source.url = deleted._delete
      WHERE data.age <= source.age AND data.day IS NOT DISTINCT FROM source.day
    ) AS gone USING (_file, file_row_number)`;
}

function valuesOf(files: readonly PlannedFile[], urls: FileUrls): string {
  const rows = files.map(({ file: { path, day }, sequenceNumber }) => {
    const partition = Number.isNaN(day) ? 'NULL::BIGINT' : `${day}::BIGINT`;
    return `(${sqlLiteral(path)}, ${sqlLiteral(urls(path))}, ${partition}, ${sequenceNumber}::BIGINT)`;
  });
  return rows.join(', ');
}

/** A SELECT with the columns of a table, and without rows. */
export function selectOfNoRows({ fields }: Schema): string {
  const columns = fields.map(({ name, type }) => `NULL::${typeOf(type)} AS ${identifier(name)}`);
  return `SELECT ${columns.join(', ')} WHERE FALSE`;
}
