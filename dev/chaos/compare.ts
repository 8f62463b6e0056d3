/**
 * Compares the tables of a disturbed and an undisturbed run over the same bucket, row by row.
 *
 * Only the columns that depend on the run are ignored. If the bucket has an event more than once, the order of commits
 * determines which of its files the row names. For such events the columns with the file are also ignored, and in the ledger
 * only the sum of rows and duplicates of their files must match. A file that was temporarily rewritten is another object for a
 * run that read it at that moment, and its events are separate deliveries.
 */
import { allTables, INGEST_ROLES, type TableRole, tableNameOf } from '../../cloudtrail/tables.js';
import type { Catalog } from '../../iceberg/catalog.js';
import { type OpenTables, openTables, type Row } from '../../query/open-tables.js';

/** What differs between the disturbed tables and the undisturbed ones. */
export interface Comparison {
  /** Number of rows of each table in the undisturbed warehouse. */
  rows: Partial<Record<TableRole, number>>;
  /** Lines to print; empty if the warehouses are equal. */
  differences: string[];
}

/** Maximum number of missing rows and of extra rows that are shown per table. */
const MAX_ROWS = 3;
/** Maximum number of characters of a row that are shown. */
const MAX_WIDTH = 600;

/**
 * The modification time is not known if a file was read just after it was written, and builds before it was recorded have none. The
 * configuration is not recorded for files with repeats, unless they were read again.
 */
const RUN_COLUMNS: readonly string[] = ['batch', 'run', 'attempt', 'last_modified', 'version', 'config'];
/** Paths of the columns that name the file. */
const FILE_COLUMNS: readonly (readonly string[])[] = [
  ['log', 'file', 'path'],
  ['aws', 'cloudtrail', 'record_index'],
];
/** Ledger columns that depend on which duplicates were kept; `records` and `duplicates` are added up. */
const KEPT_ROW_COLUMNS: readonly string[] = ['first_event_time', 'last_event_time', 'records', 'duplicates'];

/** The tables of one run. */
export interface ComparedTables {
  catalog: Catalog;
  namespace: string;
}

/** What the comparison has to know about the bucket. */
export interface BucketFacts {
  source: string;
  /** Ids of events that were delivered more than once. */
  repeated: ReadonlySet<string>;
  /** Key and ETag of all objects in the bucket, separated by a line feed. */
  objects: ReadonlySet<string>;
  /** Keys of objects that were temporarily rewritten. */
  rewritten: ReadonlySet<string>;
  /** Two builds took part: the texts of their messages may differ. */
  twoBuilds: boolean;
}

/** Compares the tables of a disturbed run with those of an undisturbed one. */
export async function compareTables(
  found: ComparedTables,
  undisturbed: ComparedTables,
  facts: BucketFacts,
): Promise<Comparison> {
  const { source, repeated, objects, rewritten, twoBuilds } = facts;
  const comparison: Comparison = { rows: {}, differences: [] };
  const open = ({ catalog, namespace }: ComparedTables) => openTables(catalog, namespace, { source });
  const [left, right] = [await open(found), await open(undisturbed)];
  try {
    const shared = await filesOfRepeated(right, source, repeated, await filesOfRepeated(left, source, repeated));
    for (const row of await rowsOf(right, tableNameOf(source, 'ledger')))
      if (rewritten.has(String(row.key))) shared.add(String(row.path));
    const isStray = (row: Row): boolean => !objects.has(`${row.key}\n${row.etag}`);
    for (const role of INGEST_ROLES) {
      const name = tableNameOf(source, role);
      const [all, wanted] = await Promise.all([left, right].map((tables) => rowsOf(tables, name)));
      comparison.rows[role] = wanted.length;
      const canonical = (row: Row): string =>
        canonicalOf(twoBuilds ? withoutTexts(row, role) : row, role, repeated, shared);
      const actual = role === 'ledger' ? all.filter((row) => !isStray(row)) : all;
      comparison.differences.push(...differencesOf(name, actual.map(canonical), wanted.map(canonical)));
      if (role === 'ledger') comparison.differences.push(...sumsOf(name, all, wanted, all.filter(isStray)));
    }
    return comparison;
  } finally {
    left.close();
    right.close();
  }
}

/** Rows that were read, by table. Each table is needed more than once. */
const read = new WeakMap<OpenTables, Map<string, Promise<Row[]>>>();

/** The rows of a table; none if it does not exist. */
async function rowsOf(tables: OpenTables, name: string): Promise<Row[]> {
  if (!tables.names.includes(name)) return [];
  const byName = read.get(tables) ?? new Map<string, Promise<Row[]>>();
  read.set(tables, byName);
  const rows = byName.get(name) ?? tables.query(`SELECT * FROM "${name}"`);
  byName.set(name, rows);
  return rows;
}

type Nested = { [name: string]: Nested | undefined } | undefined;

const at = (row: Row, path: readonly string[]): unknown =>
  path.reduce<Nested>((value, name) => value?.[name], row as Nested);

function idOf(row: Row): string {
  return String(at(row, ['event', 'id']));
}

/** Adds the addresses of all files that have a repeated event to `files`, according to the rows of a warehouse and its ledger. */
async function filesOfRepeated(
  tables: OpenTables,
  source: string,
  repeated: ReadonlySet<string>,
  files = new Set<string>(),
): Promise<Set<string>> {
  for (const { key } of allTables(source)) {
    for (const row of await rowsOf(tables, tableNameOf(source, key))) {
      if (repeated.has(idOf(row))) files.add(String(at(row, FILE_COLUMNS[0])));
    }
  }
  // If no event of a file was kept, no row has its address.
  for (const row of await rowsOf(tables, tableNameOf(source, 'ledger'))) {
    if (Number(row.duplicates ?? 0) > 0) files.add(String(row.path));
  }
  return files;
}

/** The row without the texts of messages. Only the code of the problem of a quarantined or skipped file remains. */
function withoutTexts(row: Row, role: TableRole): Row {
  if (role === 'rejects') return { ...row, message: null };
  if (role !== 'ledger') return row;
  const error = row.error == null ? null : `${String(row.error).split(':')[0]}:`;
  return { ...row, error, notes: null };
}

function canonicalOf(row: Row, role: TableRole, repeated: ReadonlySet<string>, shared: ReadonlySet<string>): string {
  const copy = structuredClone(row) as Record<string, unknown>;
  for (const name of RUN_COLUMNS) delete copy[name];
  if (role === 'ledger') {
    if (!shared.has(String(row.path))) return textOf(copy);
    for (const name of KEPT_ROW_COLUMNS) delete copy[name];
    if (String(row.error ?? '').startsWith('replaced:')) delete copy.error;
    copy['records + duplicates'] = Number(row.records ?? 0) + Number(row.duplicates ?? 0);
  } else if (role !== 'rejects' && repeated.has(idOf(row))) {
    for (const path of FILE_COLUMNS) {
      const parent = at(copy as Row, path.slice(0, -1)) as Record<string, unknown> | undefined;
      if (parent != null) delete parent[path[path.length - 1]];
    }
  }
  return textOf(copy);
}

/** The same text for the same values, independent of the order of columns; null is the same as a missing column. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([, member]) => member !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function differencesOf(name: string, found: readonly string[], wanted: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of wanted) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) - 1);
  const missing: string[] = [];
  const extra: string[] = [];
  for (const [text, count] of counts) {
    if (count > 0) missing.push(`${count} × ${text.slice(0, MAX_WIDTH)}`);
    if (count < 0) extra.push(`${-count} × ${text.slice(0, MAX_WIDTH)}`);
  }
  if (missing.length + extra.length === 0) return [];
  return [
    `${name}: ${found.length} rows instead of ${wanted.length}; ${missing.length} missing, ${extra.length} extra`,
    ...missing
      .sort()
      .slice(0, MAX_ROWS)
      .map((line) => `  missing  ${line}`),
    ...extra
      .sort()
      .slice(0, MAX_ROWS)
      .map((line) => `  extra    ${line}`),
  ];
}

/** Whichever duplicates were kept, their numbers must match; all events of strays were delivered again. */
function sumsOf(name: string, found: readonly Row[], wanted: readonly Row[], strays: readonly Row[]): string[] {
  const sum = (rows: readonly Row[], column: string): number =>
    rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
  return ['records', 'duplicates', 'rejects', 'dropped'].flatMap((column) => {
    const redelivered = column === 'duplicates' ? sum(strays, 'records') + sum(strays, 'duplicates') : 0;
    const [actual, expected] = [sum(found, column), sum(wanted, column) + redelivered];
    return actual === expected ? [] : [`${name}: the sum of ${column} is ${actual} instead of ${expected}`];
  });
}
