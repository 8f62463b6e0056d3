/** What a search gets and returns. */
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import type { HttpfsOptions } from '../query/httpfs.js';
import type { OpenTables } from '../query/open-tables.js';
import type { PlannedTable } from '../query/plan.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Needle } from '../value-index/needles.js';
import type { SearchedColumn } from './columns.js';
import type { FoundEvent } from './events.js';

/** What to search for, and where. */
export interface SearchRequest {
  needles: readonly Needle[];
  /** Event days, inclusive, days since 1970-01-01. */
  days?: { from: number; to: number };
  /** Only this column, or the columns of this struct. */
  within?: string;
}

/** What the search reads from. */
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

/** What the search covered. */
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
  /** Opened data files that are not in the index. */
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

/** A table with the files to read. */
export interface Chosen {
  table: LoadedTable;
  plan: PlannedTable;
  columns: SearchedColumn[];
}
