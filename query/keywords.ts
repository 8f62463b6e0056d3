/**
 * Column names that are SQL keywords, such as `group` and `table`, and must be quoted. Pure. The words are those that DuckDB's
 * `duckdb_keywords()` lists as `reserved` or `type_function`, which cannot be unquoted column names;
 * test/unit/query/keywords.test.ts compares the two. After a dot, DuckDB accepts them unquoted; Trino and Athena do not.
 */
import { splitWords } from '../text/words.js';
import { identifier } from './sql-text.js';

/** DuckDB keywords that must be quoted when used as column names. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  splitWords(`
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect
    into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary
    qualify references returning select show some summarize symmetric table then to trailing true union unique unpivot
    using variadic when where window with
    anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike inner is
    isnull join left like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast
    unpack verbose`),
);

/** A column name for SQL: parts that are keywords, or contain more than letters, digits and `_`, are quoted. */
export function sqlName(name: string): string {
  return name
    .split('.')
    .map((part) => (/^[a-z_][a-z0-9_]*$/i.test(part) && !KEYWORDS.has(part.toLowerCase()) ? part : identifier(part)))
    .join('.');
}

/** Strings, quoted names, comments, dollar-quoted strings; words with the dotted members that follow; any other character. */
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|(?<word>[\p{L}_][\p{L}\p{N}_]*)(?<members>(?:\.(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*))*)|[\s\S]/gu;

/** The names in the SQL, each in its dotted parts; not those in strings and comments. */
export function namesIn(sql: string): string[][] {
  return [...sql.matchAll(TOKENS)].flatMap(({ 0: text, groups }) => {
    if (groups?.word === undefined) return text[0] === '"' ? [[unquoted(text)]] : [];
    return [[groups.word, ...[...(groups.members ?? '').matchAll(MEMBER)].map(([, part]) => unquoted(part))]];
  });
}

const MEMBER = /\.("(?:[^"]|"")*"|[^."]+)/g;
const unquoted = (name: string): string => (name[0] === '"' ? name.slice(1, -1).replaceAll('""', '"') : name);

/** An unquoted keyword used as a column name. */
export interface BareKeyword {
  /** As written: `group.name`. */
  written: string;
  /** Correctly quoted: `"group".name`. */
  right: string;
  keyword: string;
  /** Its offset in the SQL. */
  start: number;
}

/** Finds unquoted words in the SQL that are keywords and the first part of a column name. */
export function bareKeywords(sql: string, columns: Iterable<string>): BareKeyword[] {
  const reserved = new Set([...columns].map((name) => name.toLowerCase()).filter((name) => KEYWORDS.has(name)));
  const found: BareKeyword[] = [];
  for (const { 0: written, index, groups } of sql.matchAll(TOKENS)) {
    const { word, members = '' } = groups ?? {};
    if (word === undefined || !reserved.has(word.toLowerCase())) continue;
    // `GROUP BY`, `ORDER BY`: used as a keyword.
    if (members === '' && /^\s+by\b/i.test(sql.slice(index + written.length))) continue;
    const keyword = word.toLowerCase();
    found.push({ written, right: `${identifier(keyword)}${members}`, keyword, start: index });
  }
  return found;
}

/** Returns the SQL with these keywords quoted. */
export function withQuotes(sql: string, bare: readonly BareKeyword[]): string {
  let text = sql;
  for (const { written, right, start } of [...bare].sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + right + text.slice(start + written.length);
  return text;
}
