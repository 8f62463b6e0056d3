/**
 * The SQL of a view over the files of a table. Pure.
 *
 * The files stand in branches, one for each partition day, and each branch says which times its rows are of. That is how a
 * question about some days opens the files of those days alone: DuckDB's optimizer sees that `ts >= …` and a branch
 * exclude each other, before any file is opened. By itself it prunes by what a file's footer says, for which it has to
 * read the footers of a whole year.
 */
import { POSITION_DELETE_SCHEMA } from '../iceberg/position-deletes.js';
import type { Schema } from '../iceberg/types.js';
import type { PlannedData, PlannedFile, PlannedTable } from './plan.js';
import { identifier, literal, placeOfFile, readParquet, typeOf } from './sql-text.js';

/** A branch costs every query 2 ms of planning (121 columns); where there are more days, a branch has several. */
const MOST_BRANCHES = 400;
const DAY_SECONDS = 86_400;

/** Where DuckDB finds a file, by its location. */
export type Places = (location: string) => string;

/** A SELECT of all live rows; of a table without files one without rows. */
export function selectOf({ schema, dayColumn, files }: PlannedTable, places: Places = placeOfFile): string {
  if (files.length === 0) return emptySelect(schema);
  const branches: string[] = [];
  for (const group of groupsOf(files)) {
    const when = dayColumn === undefined ? '' : timesOf(dayColumn, group);
    const whole = group.filter(({ deletes }) => deletes.length === 0);
    const touched = group.filter(({ deletes }) => deletes.length > 0);
    if (whole.length > 0) branches.push(`${selectWhole(schema, whole, places)}${when}`);
    if (touched.length > 0) branches.push(`${selectTouched(schema, touched, places)}${when}`);
  }
  return branches.join('\nUNION ALL ');
}

/** Files by their days, in order; those without a day by themselves. */
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
  const together = Math.ceil(days.length / MOST_BRANCHES);
  const groups: PlannedData[][] = [];
  for (let at = 0; at < days.length; at += together) groups.push(days.slice(at, at + together).flat());
  if (without.length > 0) groups.push(without);
  return groups;
}

/** By definition of the partition, all of its rows are of these times. */
function timesOf(column: string, group: readonly PlannedData[]): string {
  const [first, last] = [group[0].file.day, group[group.length - 1].file.day];
  if (Number.isNaN(first)) return '';
  const [from, until] = [first, last + 1].map((day) => `to_timestamp(${day * DAY_SECONDS})`);
  return ` WHERE ${identifier(column)} >= ${from} AND ${identifier(column)} < ${until}`;
}

function namesOf({ fields }: Schema): string {
  return fields.map(({ name }) => identifier(name)).join(', ');
}

function selectWhole(schema: Schema, files: readonly PlannedData[], places: Places): string {
  return `SELECT ${namesOf(schema)} FROM ${readParquet(pathsOf(files).map(places), schema.fields)}`;
}

const pathsOf = (files: readonly PlannedFile[]): string[] => files.map(({ file }) => file.path);

/** Files of which rows may be deleted, without those rows. Days and ages say once more what the plan knows of each file. */
function selectTouched(schema: Schema, files: readonly PlannedData[], places: Places): string {
  const deletes = [...new Set(files.flatMap((one) => one.deletes))];
  const data = readParquet(pathsOf(files).map(places), schema.fields, ", filename => '_file', file_row_number => true");
  return `SELECT ${namesOf(schema)} FROM ${data} AS rows
    ANTI JOIN (
      SELECT data.place AS _file, deleted.pos AS file_row_number
      FROM ${readParquet(pathsOf(deletes).map(places), POSITION_DELETE_SCHEMA.fields, ", filename => '_delete'")} AS deleted
      JOIN (VALUES ${valuesOf(files, places)}) AS data(path, place, day, age) ON data.path = deleted.file_path
      JOIN (VALUES ${valuesOf(deletes, places)}) AS source(path, place, day, age) ON source.place = deleted._delete
      WHERE data.age <= source.age AND data.day IS NOT DISTINCT FROM source.day
    ) AS gone USING (_file, file_row_number)`;
}

function valuesOf(files: readonly PlannedFile[], places: Places): string {
  const rows = files.map(({ file: { path, day }, sequenceNumber }) => {
    const partition = Number.isNaN(day) ? 'NULL::BIGINT' : `${day}::BIGINT`;
    return `(${literal(path)}, ${literal(places(path))}, ${partition}, ${sequenceNumber}::BIGINT)`;
  });
  return rows.join(', ');
}

function emptySelect({ fields }: Schema): string {
  const columns = fields.map(({ name, type }) => `NULL::${typeOf(type)} AS ${identifier(name)}`);
  return `SELECT ${columns.join(', ')} WHERE FALSE`;
}
