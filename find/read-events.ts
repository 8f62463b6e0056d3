/** Reads the events of a search with DuckDB. */
import type { DuckDBListValue, DuckDBValue } from '@duckdb/node-api';
import { currentSchema } from '../iceberg/snapshot.js';
import { type OpenTables, openTables } from '../query/open-tables.js';
import { sqlValueText } from '../query/values.js';
import { EVENT_COLUMNS, type FoundEvent } from './events.js';
import { Matcher } from './match.js';
import { searchSql } from './sql.js';
import type { Chosen, FoundValue, OnEvent, SearchPlace, SearchRequest } from './types.js';

/** Calls back for each event that has a needle, newest first, and adds them up in `values`. */
export async function readEvents(
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
