/** Searches the tables of a log source for values. */
import { tableNameOf } from '../cloudtrail/tables.js';
import { UserMistake } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { fromDayNumber } from '../protocol/days.js';
import { planTable } from '../query/plan.js';
import { nearest } from '../text/nearest.js';
import { SEARCHED_ROLES } from '../value-index/columns.js';
import { ValueIndex } from '../value-index/lookup.js';
import { ColumnsWithNeedles, searchedColumns } from './columns.js';
import type { Chosen, FoundValue, Looked, OnEvent, SearchPlace, SearchRequest, SearchResult } from './types.js';

/** Searches the default and the insights table. Throws `UserMistake` if neither exists, or neither has the column. */
export async function search(place: SearchPlace, request: SearchRequest, onEvent: OnEvent): Promise<SearchResult> {
  const { catalog, namespace, source, signal } = place;
  const { needles, days } = request;
  const looked: Looked = {
    tables: [],
    missing: [],
    columns: 0,
    firstDay: null,
    lastDay: null,
    files: 0,
    opened: 0,
    withoutIndex: 0,
    problems: [],
  };
  const seen: SeenDays = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  const loaded = await Promise.all(
    SEARCHED_ROLES.map(async (role) => {
      const name = tableNameOf(source, role);
      const table = await catalog.loadTable({ namespace, name }, signal);
      return { name, table, chosen: table && (await choose(place, request, table, looked, seen)) };
    }),
  );
  const chosen: Chosen[] = [];
  for (const { name, table, chosen: one } of loaded) {
    if (table === undefined) looked.missing.push(name);
    if (one === undefined) continue;
    looked.tables.push(name);
    looked.opened += one.plan.files.length;
    if (one.plan.files.length > 0) chosen.push(one);
  }
  assertColumn(loaded, request.within, looked);
  if (looked.missing.length === loaded.length) throw nothingYet(looked.missing, catalog.description);
  looked.firstDay = dayText(days?.from ?? seen.first);
  looked.lastDay = dayText(days?.to ?? seen.last);
  const values = needles.map(
    ({ given, kind }): FoundValue => ({ value: given, kind, events: 0, firstSeen: null, lastSeen: null }),
  );
  if (chosen.length > 0) {
    // Imported here: DuckDB takes a tenth of a second to load, and most absent values need no file.
    const { readEvents } = await import('./read-events.js');
    await readEvents(place, request, chosen, values, onEvent);
  }
  return { values, looked };
}

/** The first and last day of the data files. */
interface SeenDays {
  first: number;
  last: number;
}

/** Chooses the files and columns of a table to read. `undefined` if it has no such column. */
async function choose(
  { warehouse, signal }: SearchPlace,
  { needles, days, within }: SearchRequest,
  table: LoadedTable,
  looked: Looked,
  seen: SeenDays,
): Promise<Chosen | undefined> {
  const columns = searchedColumns(currentSchema(table.metadata), within);
  if (columns.size === 0) return undefined;
  looked.columns = Math.max(looked.columns, columns.size);
  const index = await ValueIndex.open(warehouse, table.metadata['table-uuid'], signal);
  const candidates = await index.candidates(needles);
  looked.problems.push(...index.problems);
  const found = new ColumnsWithNeedles(columns, needles);
  const plan = await planTable(table, undefined, signal, {
    dayRange: days,
    columns: new Set([...columns.values()].flat().map(({ id }) => id)),
    metricsOf: (path) => candidates(path).mayHave,
    keep: (file) => {
      const { path, day } = file;
      looked.files++;
      if (day < seen.first) seen.first = day;
      if (day > seen.last) seen.last = day;
      const { mayHave, isCovered } = candidates(path);
      if (!mayHave || !found.add(file)) return false;
      if (!isCovered) looked.withoutIndex++;
      return true;
    },
  });
  return { table, plan, columns: found.all };
}

const dayText = (day: number): string | null => (Number.isFinite(day) ? fromDayNumber(day) : null);

function assertColumn(
  loaded: readonly { table?: LoadedTable }[],
  within: string | undefined,
  { tables }: Looked,
): void {
  if (within === undefined || tables.length > 0) return;
  const schemas = loaded.flatMap(({ table }) => (table === undefined ? [] : [currentSchema(table.metadata)]));
  if (schemas.length === 0) return;
  const names = [...new Set(schemas.flatMap((schema) => [...searchedColumns(schema).keys()]))];
  const meant = nearest(within, names);
  throw new UserMistake(
    `--in ${within} is not a searchable column.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}docs/find.md lists the searchable columns; for others, use trailmill query.`,
  );
}

function nothingYet(missing: readonly string[], catalog: string): UserMistake {
  return new UserMistake(
    `There is no table ${missing.join(' or ')} in the ${catalog}: nothing has been ingested yet.`,
    'Start a backfill first; or check --warehouse, the catalog, and the name in log_source.yml.',
  );
}
