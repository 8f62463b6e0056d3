/** Searches the tables of a log source for values. */
import type { DuckDBListValue, DuckDBValue } from '@duckdb/node-api';
import { tableNameOf } from '../cloudtrail/tables.js';
import { UserMistake } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import type { LeafField } from '../iceberg/schema.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { fromDayNumber } from '../protocol/days.js';
import type { HttpfsOptions } from '../query/httpfs.js';
import { type OpenTables, openTables } from '../query/open-tables.js';
import { type PlannedTable, planTable } from '../query/plan.js';
import { sqlValueText } from '../query/values.js';
import type { ObjectStore } from '../storage/object-store.js';
import { nearest } from '../text/nearest.js';
import { SEARCHED_ROLES, searchedLeaves } from '../value-index/columns.js';
import { ValueIndex } from '../value-index/lookup.js';
import type { Needle } from '../value-index/needles.js';
import { mayHold } from './bounds.js';
import { EVENT_COLUMNS, type FoundEvent } from './events.js';
import { Matcher } from './match.js';
import { searchedColumns, searchSql } from './sql.js';

/** What to search for, and where. */
export interface SearchRequest {
  needles: readonly Needle[];
  /** Event days, inclusive, days since 1970-01-01. */
  days?: { from: number; to: number };
  /** Only this column, or the columns of this struct. */
  within?: string;
}

/** Where the search gets what it needs. */
export interface SearchPlace {
  catalog: Catalog;
  /** Has the index. */
  warehouse: ObjectStore;
  namespace: string;
  source: string;
  httpfs?: HttpfsOptions;
  signal?: AbortSignal;
  /** Receives the tables that are open, so that a query can be interrupted. */
  onOpen?: (tables: OpenTables) => void;
}

/** What was found of a needle. */
export interface FoundValue {
  value: string;
  kind: Needle['kind'];
  events: number;
  /** ISO 8601, UTC; null if nothing was found. */
  firstSeen: string | null;
  lastSeen: string | null;
}

/** Where the search has looked. */
export interface Looked {
  tables: string[];
  /** Tables that do not exist yet. */
  missing: string[];
  /** Number of searched columns of the table with the most. */
  columns: number;
  /** First and last event day with data files, or that were asked for; null if there are none. */
  firstDay: string | null;
  lastDay: string | null;
  /** Live data files of these days. */
  files: number;
  /** Data files whose rows were read. */
  opened: number;
  /** Of the opened ones, those that the index does not know. */
  withoutIndex: number;
  /** Parts of the index that are not used, and why. */
  problems: string[];
}

/** The result of a search. */
export interface SearchResult {
  values: FoundValue[];
  looked: Looked;
}

/** Called for each event, newest first, with the indexes of the needles that it has. Awaited, so that a reader may be slow. */
export type OnEvent = (event: FoundEvent, needles: readonly number[]) => void | Promise<void>;

interface Chosen {
  table: LoadedTable;
  plan: PlannedTable;
  columns: string[];
}

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
    const plan = await planTable(table, signal, {
      dayRange: days,
      // Where all columns are searched, some JSON text may always have it.
      withoutMetrics: leaves === undefined,
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
  if (open.length > 0) await readEvents(place, request, open, values, onEvent);
  return { values, looked };
}

async function readEvents(
  { catalog, namespace, source, httpfs, signal, onOpen }: SearchPlace,
  { needles, days }: SearchRequest,
  chosen: readonly Chosen[],
  values: FoundValue[],
  onEvent: OnEvent,
): Promise<void> {
  const plans = new Map(chosen.map((one) => [one.table.identifier.name, one]));
  const tables = await openTables(catalog, namespace, { source, plans, httpfs, signal });
  try {
    onOpen?.(tables);
    signal?.throwIfAborted();
    const sources = chosen.map(({ table, columns }) => {
      return { schema: currentSchema(table.metadata), table: table.identifier.name, columns };
    });
    for await (const { event, found } of matchesOf(tables, searchSql(sources, needles, days), new Matcher(needles))) {
      for (const index of found) {
        const value = values[index];
        value.events++;
        value.lastSeen ??= event.time;
        value.firstSeen = event.time;
      }
      await onEvent(event, found);
    }
  } finally {
    tables.close();
  }
}

interface Match {
  event: FoundEvent;
  found: number[];
}

async function* matchesOf(tables: OpenTables, sql: string, matcher: Matcher): AsyncGenerator<Match> {
  const result = await tables.stream(sql);
  try {
    for await (const rows of result.yieldRows()) {
      for (const row of rows) {
        const { items } = row[row.length - 1] as DuckDBListValue;
        const found = matcher.matches(items as (string | null)[]);
        if (found.size === 0) continue;
        yield { event: eventOf(row), found: [...found].sort((one, two) => one - two) };
      }
    }
  } catch (error) {
    throw await tables.errorOf(error);
  }
}

/** In the order of the query's columns. */
const NAMES = ['time', 'table', ...Object.keys(EVENT_COLUMNS)];

function eventOf(row: readonly DuckDBValue[]): FoundEvent {
  return Object.fromEntries(NAMES.map((name, index) => [name, sqlValueText(row[index])])) as unknown as FoundEvent;
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
    `--in ${within} is not a column that is searched.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}Columns of texts about who, where and what are searched (docs/find.md); for others, use trailmill query.`,
  );
}

function nothingYet(missing: readonly string[], catalog: string): UserMistake {
  return new UserMistake(
    `There is no table ${missing.join(' or ')} in the ${catalog}: nothing has been ingested yet.`,
    'Start a backfill first; or check --warehouse, the catalog, and the name in log_source.yml.',
  );
}
