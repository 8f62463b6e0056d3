/** Searches the tables of a log source for values. */
import { tableNameOf } from '../cloudtrail/tables.js';
import { UserMistake } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { LeafField } from '../iceberg/schema.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { fromDayNumber } from '../protocol/days.js';
import { planTable } from '../query/plan.js';
import { nearest } from '../text/nearest.js';
import { SEARCHED_ROLES, searchedLeaves } from '../value-index/columns.js';
import { ValueIndex } from '../value-index/lookup.js';
import { mayHold } from './bounds.js';
import { searchedColumns } from './sql.js';
import type { Chosen, FoundValue, Looked, OnEvent, SearchPlace, SearchRequest, SearchResult } from './types.js';

/** Searches the default and the insights table. Throws `UserMistake` if neither exists, or neither has the column. */
export async function search(place: SearchPlace, request: SearchRequest, onEvent: OnEvent): Promise<SearchResult> {
  const { catalog, namespace, source, signal } = place;
  const { needles, days } = request;
  const chosen: Chosen[] = [];
  const missing: string[] = [];
  const loaded = await Promise.all(
    SEARCHED_ROLES.map(async (role) => {
      const name = tableNameOf(source, role);
      return { name, table: await catalog.loadTable({ namespace, name }, signal) };
    }),
  );
  const looked: Looked = {
    tables: [],
    missing,
    columns: 0,
    firstDay: null,
    lastDay: null,
    files: 0,
    opened: 0,
    withoutIndex: 0,
    problems: [],
  };
  const seen = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  for (const { name, table } of loaded) {
    if (table === undefined) {
      missing.push(name);
      continue;
    }
    const columns = searchedColumns(currentSchema(table.metadata), request.within);
    if (columns.length === 0) continue;
    const index = await ValueIndex.open(place.warehouse, table.metadata['table-uuid'], signal);
    const candidates = await index.candidates(needles);
    looked.problems.push(...index.problems);
    const leaves = request.within === undefined ? undefined : leavesOf(table, columns);
    const plan = await planTable(table, undefined, signal, {
      dayRange: days,
      // If all columns are searched, a JSON text may always contain a needle, so bounds rule out nothing.
      columns: leaves && new Set(leaves.map(({ id }) => id)),
      keep: (file) => {
        const { path, day } = file;
        looked.files++;
        if (day < seen.first) seen.first = day;
        if (day > seen.last) seen.last = day;
        if (leaves !== undefined && !mayHold(file, leaves, needles)) return false;
        const { mayHave, isCovered } = candidates(path);
        if (mayHave && !isCovered) looked.withoutIndex++;
        return mayHave;
      },
    });
    looked.tables.push(name);
    looked.columns = Math.max(looked.columns, columns.length);
    looked.opened += plan.files.length;
    chosen.push({ table, plan, columns });
  }
  assertColumn(loaded, request.within, looked);
  if (missing.length === loaded.length) throw nothingYet(missing, catalog.description);
  looked.firstDay = dayText(days?.from ?? seen.first);
  looked.lastDay = dayText(days?.to ?? seen.last);
  const values = needles.map(
    ({ given, kind }): FoundValue => ({ value: given, kind, events: 0, firstSeen: null, lastSeen: null }),
  );
  const open = chosen.filter(({ plan }) => plan.files.length > 0);
  if (open.length > 0) {
    // Imported here: DuckDB takes a tenth of a second to load, and most absent values need no file.
    const { readEvents } = await import('./read-events.js');
    await readEvents(place, request, open, values, onEvent);
  }
  return { values, looked };
}

/** The searched leaves of columns. */
function leavesOf({ metadata }: LoadedTable, columns: readonly string[]): LeafField[] {
  const isOf = (path: string): boolean =>
    columns.some((column) => path === column || path.startsWith(`${column}.element`));
  return searchedLeaves(currentSchema(metadata)).filter(({ path }) => isOf(path));
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
  const names = [...new Set(schemas.flatMap((schema) => searchedColumns(schema)))];
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
