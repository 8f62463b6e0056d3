/**
 * Names of columns that are keywords of SQL: `group` and `table` stand in quotes. Pure.
 * The words are those that DuckDB's `duckdb_keywords()` has as `reserved` or `type_function`, which no bare column can have as
 * its name; test/unit/query/keywords.test.ts compares the two. After a dot DuckDB takes them as they are; Trino and Athena do not.
 */
import { identifier } from './sql-text.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Keywords of DuckDB that are no column names without quotes. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  words(`
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect
    into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary
    qualify references returning select show some summarize symmetric table then to trailing true union unique unpivot
    using variadic when where window with
    anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike inner is
    isnull join left like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast
    unpack verbose`),
);

/** A column's name as SQL takes it: parts that are keywords, or more than letters, digits and `_`, are in quotes. */
export function sqlName(name: string): string {
  return name
    .split('.')
    .map((part) => (/^[a-z_][a-z0-9_]*$/i.test(part) && !KEYWORDS.has(part.toLowerCase()) ? part : identifier(part)))
    .join('.');
}

/** Strings, names in quotes, comments, texts between dollars; words with what follows them after dots; all else. */
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|(?<word>[\p{L}_][\p{L}\p{N}_]*)(?<members>(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*))*)|[\s\S]/gu;

/** A keyword in the place of a column. */
export interface BareKeyword {
  /** As it stands there: `group.name`. */
  written: string;
  /** As it has to be: `"group".name`. */
  right: string;
  keyword: string;
  /** Where it begins in the SQL. */
  start: number;
}

/** Words of the SQL that are keywords and the first part of a column's name, and stand there without quotes. */
export function bareKeywords(sql: string, columns: Iterable<string>): BareKeyword[] {
  const reserved = new Set([...columns].map((name) => name.toLowerCase()).filter((name) => KEYWORDS.has(name)));
  const found: BareKeyword[] = [];
  for (const { 0: written, index, groups } of sql.matchAll(TOKENS)) {
    const { word, members = '' } = groups ?? {};
    if (word === undefined || !reserved.has(word.toLowerCase())) continue;
    // `GROUP BY`, `ORDER BY`: that is what the keyword is for.
    if (members === '' && /^\s+by\b/i.test(sql.slice(index + written.length))) continue;
    const keyword = word.toLowerCase();
    found.push({ written, right: `${identifier(keyword)}${members}`, keyword, start: index });
  }
  return found;
}

/** The SQL with some of them in quotes. */
export function withQuotes(sql: string, bare: readonly BareKeyword[]): string {
  let text = sql;
  for (const { written, right, start } of [...bare].sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + right + text.slice(start + written.length);
  return text;
}
