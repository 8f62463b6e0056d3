/**
 * Splits SQL into statements, while it is typed. Pure. DuckDB's parser counts statements, but neither says where one ends nor
 * whether one has only begun, so the lexical rules are here; test/unit/query/statements.test.ts compares the two.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html, whose rules DuckDB has
 */

type Kind = 'space' | 'line comment' | 'comment' | 'text' | 'word' | 'end' | 'other';

interface Lexeme {
  kind: Kind;
  text: string;
  /** What has to close it, if the SQL ends before that. */
  open?: string;
}

/** SQL in its statements. */
export interface SplitSql {
  /** The whole ones, without the semicolon and what is around them; none that is empty. */
  statements: string[];
  /** What follows the last semicolon; empty if that is only spaces and comments. */
  rest: string;
  /** What would close the quotes or the comment in which the SQL ends: `'`, `"`, `*` + `/`, `$tag$`. */
  open?: string;
}

/** Splits SQL at the semicolons that are not in quotes or comments. */
export function splitStatements(sql: string): SplitSql {
  const statements: string[] = [];
  let text = '';
  let isEmpty = true;
  let open: string | undefined;
  for (const lexeme of lexemesOf(sql)) {
    ({ open } = lexeme);
    if (lexeme.kind === 'end') {
      if (!isEmpty) statements.push(text.trim());
      text = '';
      isEmpty = true;
      continue;
    }
    text += lexeme.text;
    isEmpty &&= IGNORED.has(lexeme.kind) && open === undefined;
  }
  return { statements, rest: isEmpty ? '' : text.trim(), ...(open === undefined ? {} : { open }) };
}

/** The same SQL on one line; `undefined` if a line ends in quotes. */
export function onOneLine(sql: string): string | undefined {
  let line = '';
  for (const { kind, text } of lexemesOf(sql.trim())) {
    if (kind === 'space') line += text.includes('\n') ? ' ' : text;
    else if (kind === 'line comment') line += `/*${text.slice(2).replaceAll('*/', '* /').replaceAll('/*', '/ *')} */`;
    else if (text.includes('\n') && kind !== 'comment') return undefined;
    else line += text.replaceAll('\n', ' ');
  }
  return line;
}

const IGNORED: ReadonlySet<Kind> = new Set(['space', 'line comment', 'comment']);

/** In this order. `E'…'` has backslash escapes. A dollar in a word begins no quotes. */
const SIMPLE: readonly (readonly [Kind, RegExp])[] = [
  ['space', /\s+/y],
  ['line comment', /--[^\n\r]*/y],
  ['text', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y],
  ['text', /'(?:[^']|'')*'/y],
  ['text', /"(?:[^"]|"")*"/y],
  ['text', /\$((?:[\p{L}_][\p{L}\p{N}_]*)?)\$[\s\S]*?\$\1\$/uy],
  ['word', /(?![eE]')[\p{L}\p{N}_][\p{L}\p{N}_$]*/uy],
  ['end', /;/y],
];
/** Quotes that are not closed: tried after all of these. */
const OPEN = /(?:[eE]?(?<quote>['"])|(?<dollar>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$))/uy;
const COMMENT_MARK = /\/\*|\*\//g;

function* lexemesOf(sql: string): Generator<Lexeme> {
  for (let at = 0; at < sql.length; ) {
    const lexeme = lexemeAt(sql, at);
    yield lexeme;
    at += lexeme.text.length;
  }
}

function lexemeAt(sql: string, at: number): Lexeme {
  if (sql.startsWith('/*', at)) return commentAt(sql, at);
  for (const [kind, pattern] of SIMPLE) {
    pattern.lastIndex = at;
    const found = pattern.exec(sql);
    if (found !== null) return { kind, text: found[0] };
  }
  OPEN.lastIndex = at;
  const { quote, dollar } = OPEN.exec(sql)?.groups ?? {};
  const open = quote ?? dollar;
  return open === undefined
    ? { kind: 'other', text: String.fromCodePoint(sql.codePointAt(at) as number) }
    : { kind: 'text', text: sql.slice(at), open };
}

/** Comments can be nested. */
function commentAt(sql: string, start: number): Lexeme {
  let depth = 0;
  COMMENT_MARK.lastIndex = start;
  for (let mark = COMMENT_MARK.exec(sql); mark !== null; mark = COMMENT_MARK.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return { kind: 'comment', text: sql.slice(start, COMMENT_MARK.lastIndex) };
  }
  return { kind: 'comment', text: sql.slice(start), open: '*/' };
}
