/** What Tab completes: tables, views, columns and their members, SQL keywords, commands and saved queries. Pure. */
import type { ColumnNode, TableColumns } from '../../../query/column-tree.js';
import { KEYWORDS, sqlName } from '../../../query/keywords.js';
import { splitStatements } from '../../../query/statements.js';
import { splitWords } from '../../../text/words.js';

/** What there is to complete. */
export interface Names {
  tables: readonly TableColumns[];
  /** Commands with their dot, and what can follow each. */
  commands: ReadonlyMap<string, readonly string[]>;
}

/** What the text before the cursor can become, and the end of it that each of them replaces. */
export type Completion = [hits: string[], replaced: string];

/** Words that are often used and not reserved. */
const OTHER_WORDS = splitWords(
  `by between count sum avg min max first last over partition filter within interval timestamptz timestamp date varchar
   bigint double boolean nulls insert update delete copy set load view macro temp explain approx_count_distinct date_trunc
   list string_agg json_extract regexp_matches coalesce exists values over rows range preceding following current row`,
);
const WORDS: readonly string[] = [...new Set([...KEYWORDS, ...OTHER_WORDS])].sort();

/** Behind these, only a table can be. */
const BEFORE_TABLE = /\b(from|join|describe|desc|summarize|table|into|update)\s+$/i;
/** The name before the cursor, which may have parts, the last of which may be empty. */
const NAME =
  /(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*)(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*))*\.?(?:"[^"]*)?$|"[^"]*$/u;
const PART = /"((?:[^"]|"")*)"?|[^."]+/g;

/**
 * Completes the last word.
 * @param before lines of the statement that were entered before this one
 * @param line up to the cursor
 */
export function complete(before: string, line: string, { tables, commands }: Names): Completion {
  if (before === '' && line.startsWith('.')) return completeCommand(line, commands);
  const { rest, open } = splitStatements(`${before}${line}`);
  // In a comment to the end of the line, quotes would open nothing.
  const isComment = open === undefined && splitStatements(`${before}${line}'`).open === undefined;
  if (isComment || (open !== undefined && open !== '"')) return [[], line];
  const written = NAME.exec(line)?.[0] ?? '';
  const { above, last } = partsOf(written);
  if (above.length > 0) return [membersOf(above, last, rest, tables), last];
  const names = tables.map(({ name }) => sqlName(name));
  if (BEFORE_TABLE.test(line.slice(0, line.length - written.length))) return [startingWith(names, last), last];
  if (last === '') return [[], ''];
  const columns = tablesIn(rest, tables).flatMap((table) => table.columns.map(({ name }) => sqlName(name)));
  const words = /^[^a-z]+$/.test(last) ? WORDS.map((word) => word.toUpperCase()) : WORDS;
  return [[...new Set([...startingWith([...columns, ...names], last), ...startingWith(words, last)])], last];
}

function completeCommand(line: string, commands: ReadonlyMap<string, readonly string[]>): Completion {
  const [, command, argument] = /^(\.\w*)(?:\s+(?:.*\s)?(\S*))?$/.exec(line) ?? [];
  if (argument === undefined) return [startingWith([...commands.keys()], line), line];
  return [startingWith(commands.get(command) ?? [], argument), argument];
}

/** `aws.cloudtrail.us` → above `aws`, `cloudtrail`; last `us`, as it is written. */
function partsOf(written: string): { above: string[]; last: string } {
  const parts = [...written.matchAll(PART)].map(([text, quoted]) => ({
    text,
    name: quoted?.replaceAll('""', '"') ?? text,
  }));
  const last = written.endsWith('.') || written === '' ? undefined : parts.pop();
  return { above: parts.map(({ name }) => name), last: last?.text ?? '' };
}

/** The members of the struct, or the columns of the table or alias, of this path. */
function membersOf(path: readonly string[], last: string, sql: string, tables: readonly TableColumns[]): string[] {
  const [first, ...others] = path;
  const aliased = tableOf(first, sql, tables);
  const roots = tablesIn(sql, tables).map(({ columns }) => membersAt(columns, path));
  const nodes = [...(aliased === undefined ? [] : membersAt(aliased.columns, others)), ...roots.flat()];
  return startingWith([...new Set(nodes.map(({ name }) => sqlName(name)))], last);
}

function membersAt(columns: readonly ColumnNode[], path: readonly string[]): readonly ColumnNode[] {
  if (path.length === 0) return columns;
  const [first, ...rest] = path;
  const column = columns.find(({ name }) => isSame(name, first));
  return column === undefined ? [] : membersAt(column.members, rest);
}

/** The table of this name or alias. */
function tableOf(name: string, sql: string, tables: readonly TableColumns[]): TableColumns | undefined {
  const named = (text: string): TableColumns | undefined => tables.find((table) => isSame(table.name, text));
  for (const [, table, alias] of sql.matchAll(
    /\b(?:from|join)\s+([\p{L}_][\p{L}\p{N}_]*)\s+(?:as\s+)?([\p{L}_][\p{L}\p{N}_]*)/giu,
  ))
    if (isSame(alias, name)) return named(table);
  return named(name);
}

/** The tables that the SQL names; if it names none yet, all. */
function tablesIn(sql: string, tables: readonly TableColumns[]): readonly TableColumns[] {
  const words = new Set(sql.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  const named = tables.filter(({ name }) => words.has(name.toLowerCase()));
  return named.length === 0 ? tables : named;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Names in quotes are found without them, too. */
function startingWith(names: readonly string[], start: string): string[] {
  const wanted = start.toLowerCase();
  const bare = wanted.replace(/^"/, '');
  return names.filter((name) => {
    const lower = name.toLowerCase();
    return lower.startsWith(wanted) || (lower.startsWith('"') && lower.slice(1).startsWith(bare));
  });
}
