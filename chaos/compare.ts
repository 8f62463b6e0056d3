/**
 * The tables of one bucket from two runs, row for row: what went through chaos, and what nothing disturbed.
 *
 * Left out is only what names the run. Of an event that the bucket has more than once, it depends on the order of commits
 * which of its files the row names; so there the columns that say so are left out too, and of the files of such events
 * the ledger has to agree in the sum of what became rows and what was repeated. A file that was rewritten for a while is
 * another object for whoever looked then, and its events are deliveries of their own.
 */
import { allTables, nameOf, TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import type { Catalog } from '../iceberg/catalog.js';
import { type OpenTables, openTables, type Row } from '../query/open-tables.js';

export interface Comparison {
  /** Rows of each table, in the undisturbed warehouse. */
  rows: Partial<Record<TableRole, number>>;
  /** Lines for a person; empty: the warehouses are equal. */
  differences: string[];
}

/** Rows shown of each table and side. */
const SHOWN = 3;
/** Characters of a row that are shown. */
const WIDTH = 600;

const OF_THE_RUN: readonly string[] = ['batch', 'run', 'attempt'];
/** Columns that name the file, from the top of the row. */
const OF_THE_FILE: readonly (readonly string[])[] = [
  ['log', 'file', 'path'],
  ['aws', 'cloudtrail', 'record_index'],
];
/** Which of its rows a file kept decides these; `records` and `duplicates` are added up. */
const OF_KEPT_ROWS: readonly string[] = ['first_event_time', 'last_event_time', 'records', 'duplicates'];

/** The tables of one run. */
export interface Tables {
  catalog: Catalog;
  namespace: string;
}

export interface Expected {
  source: string;
  /** Ids of events that were delivered more than once. */
  repeated: ReadonlySet<string>;
  /** Key and ETag, with a line break between them, of all objects in the bucket. */
  objects: ReadonlySet<string>;
  /** Keys of objects that were others for a while. */
  rewritten: ReadonlySet<string>;
}

export async function compareTables(found: Tables, undisturbed: Tables, expected: Expected): Promise<Comparison> {
  const { source, repeated, objects, rewritten } = expected;
  const comparison: Comparison = { rows: {}, differences: [] };
  const open = ({ catalog, namespace }: Tables) => openTables(catalog, namespace, { source });
  const [left, right] = [await open(found), await open(undisturbed)];
  try {
    const shared = await filesOfRepeated(right, source, repeated, await filesOfRepeated(left, source, repeated));
    for (const row of await rowsOf(right, nameOf(source, 'ledger')))
      if (rewritten.has(String(row.key))) shared.add(String(row.path));
    const isStray = (row: Row): boolean => !objects.has(`${row.key}\n${row.etag}`);
    for (const role of TABLE_ROLES) {
      const name = nameOf(source, role);
      const [all, wanted] = await Promise.all([left, right].map((tables) => rowsOf(tables, name)));
      comparison.rows[role] = wanted.length;
      const canonical = (row: Row): string => canonicalOf(row, role, repeated, shared);
      const is = role === 'ledger' ? all.filter((row) => !isStray(row)) : all;
      comparison.differences.push(...differencesOf(name, is.map(canonical), wanted.map(canonical)));
      if (role === 'ledger') comparison.differences.push(...sumsOf(name, all, wanted, all.filter(isStray)));
    }
    return comparison;
  } finally {
    left.close();
    right.close();
  }
}

/** A table that nobody has made yet has no rows. */
async function rowsOf(tables: OpenTables, name: string): Promise<Row[]> {
  return tables.names.includes(name) ? tables.query(`SELECT * FROM "${name}"`) : [];
}

type Nested = { [name: string]: Nested | undefined } | undefined;

const at = (row: Row, path: readonly string[]): unknown =>
  path.reduce<Nested>((value, name) => value?.[name], row as Nested);

function idOf(row: Row): string {
  return String(at(row, ['event', 'id']));
}

/** Addresses of the files that either warehouse names for a repeated event, and of all others that have one. */
async function filesOfRepeated(
  tables: OpenTables,
  source: string,
  repeated: ReadonlySet<string>,
  files = new Set<string>(),
): Promise<Set<string>> {
  for (const { key } of allTables(source)) {
    for (const row of await rowsOf(tables, nameOf(source, key))) {
      if (repeated.has(idOf(row))) files.add(String(at(row, OF_THE_FILE[0])));
    }
  }
  // A file of which nothing was kept is named by no row.
  for (const row of await rowsOf(tables, nameOf(source, 'ledger'))) {
    if (Number(row.duplicates ?? 0) > 0) files.add(String(row.path));
  }
  return files;
}

function canonicalOf(row: Row, role: TableRole, repeated: ReadonlySet<string>, shared: ReadonlySet<string>): string {
  const copy = structuredClone(row) as Record<string, unknown>;
  for (const name of OF_THE_RUN) delete copy[name];
  if (role === 'ledger') {
    if (!shared.has(String(row.path))) return textOf(copy);
    for (const name of OF_KEPT_ROWS) delete copy[name];
    if (String(row.error ?? '').startsWith('replaced:')) delete copy.error;
    copy['records + duplicates'] = Number(row.records ?? 0) + Number(row.duplicates ?? 0);
  } else if (role !== 'rejects' && repeated.has(idOf(row))) {
    for (const path of OF_THE_FILE) {
      const parent = at(copy as Row, path.slice(0, -1)) as Record<string, unknown> | undefined;
      if (parent != null) delete parent[path[path.length - 1]];
    }
  }
  return textOf(copy);
}

/** The same text for the same values, in whatever order the columns come; a null is as good as no column. */
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
  const tooMany: string[] = [];
  for (const [text, count] of counts) {
    if (count > 0) missing.push(`${count} × ${text.slice(0, WIDTH)}`);
    if (count < 0) tooMany.push(`${-count} × ${text.slice(0, WIDTH)}`);
  }
  if (missing.length + tooMany.length === 0) return [];
  return [
    `${name}: ${found.length} rows instead of ${wanted.length}; ${missing.length} are missing, ${tooMany.length} are too many`,
    ...missing
      .sort()
      .slice(0, SHOWN)
      .map((line) => `  missing   ${line}`),
    ...tooMany
      .sort()
      .slice(0, SHOWN)
      .map((line) => `  too many  ${line}`),
  ];
}

/** However the repeats fell: as many rows were kept, and as many were left out; of strays all came again. */
function sumsOf(name: string, found: readonly Row[], wanted: readonly Row[], strays: readonly Row[]): string[] {
  const sum = (rows: readonly Row[], column: string): number =>
    rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
  return ['records', 'duplicates', 'rejects', 'dropped'].flatMap((column) => {
    const again = column === 'duplicates' ? sum(strays, 'records') + sum(strays, 'duplicates') : 0;
    const [is, shouldBe] = [sum(found, column), sum(wanted, column) + again];
    return is === shouldBe ? [] : [`${name}: the sum of ${column} is ${is} instead of ${shouldBe}`];
  });
}
