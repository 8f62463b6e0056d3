/** DuckDB's errors in ours: a mistake in the SQL, or files that cannot be read. Pure. */
import { StorageUnavailable, type TrailmillError, UserMistake } from '../errors/index.js';
import { type BareKeyword, sqlName } from './keywords.js';
import { identifier } from './sql-text.js';

/** The query was stopped, because somebody asked for it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Kinds of errors that say something of the machine or of the store; all others say something of the SQL. */
const NOT_THE_SQL = /^(IO|HTTP|Out of Memory|INTERNAL|FATAL|Serialization|Invalid Configuration) Error:/i;

export interface SqlContext {
  /** Tables of the source that nobody has made yet. */
  missing: readonly string[];
  /** `storage catalog at …`. */
  catalog: string;
  /** Where DuckDB reads S3 through it: what to show of a text of DuckDB, and why an object could not be read. */
  relay?: { withoutPlaces(text: string): string; readonly failure: TrailmillError | undefined };
  /** Keywords that stand in the place of columns: with quotes around them DuckDB's parser takes the SQL. */
  keywords?: readonly BareKeyword[];
  /** First parts of the names of columns. */
  columns?: readonly string[];
}

/** What to throw instead of an error of DuckDB. Its message shows the line, and names that are near. */
export function sqlError(error: unknown, context: SqlContext): TrailmillError | Interrupted {
  const { missing, catalog, relay } = context;
  const said = messageOf(error);
  const text = (relay?.withoutPlaces(said) ?? said).replace(/^(Failed to extract statements: |Error: )+/, '');
  if (/^INTERRUPT Error/.test(text)) return new Interrupted(text);
  const unknown = /Table with name "?([^\s"]+)"? does not exist/.exec(text)?.[1].toLowerCase();
  const table = missing.find((name) => name.toLowerCase() === unknown);
  if (table !== undefined) {
    return new UserMistake(
      `There is no table ${table} in the ${catalog}: nothing was ingested into it yet.`,
      'Start a backfill first; or check --warehouse, the catalog, and the name in log_source.yml. `trailmill tables` lists what there is.',
    );
  }
  if (NOT_THE_SQL.test(text)) {
    const reason = /^HTTP Error/.test(text) ? relay?.failure : undefined;
    const lines = ['DuckDB cannot finish the query.', text, ...(reason === undefined ? [] : [reason.message])];
    return new StorageUnavailable(lines.join('\n'), reason?.cure ?? cureOf(text));
  }
  return new UserMistake(
    `The SQL cannot be run.\n${text}`,
    quotesMissing(context.keywords ?? []) ??
      quotedWhole(text, context.columns ?? []) ??
      '`trailmill tables --columns` lists the tables and their columns.',
  );
}

function quotesMissing(keywords: readonly BareKeyword[]): string | undefined {
  if (keywords.length === 0) return undefined;
  const names = [...new Set(keywords.map(({ keyword }) => keyword))];
  const right = [...new Set(keywords.map((one) => one.right))];
  const what = names.length === 1 ? `${names[0]} is an SQL keyword` : `${names.join(' and ')} are SQL keywords`;
  return `${what}: write ${right.join(' and ')}`;
}

/** `"group.name"` is one name with a dot in it, and no column has such a name. */
function quotedWhole(text: string, columns: readonly string[]): string | undefined {
  const name = /Referenced column "([^"]+\.[^"]+)" not found/.exec(text)?.[1];
  const first = name?.split('.')[0].toLowerCase();
  if (name === undefined || !columns.some((column) => column.toLowerCase() === first)) return undefined;
  return `${identifier(name)} is one name with a dot in it. Members of a column are outside of its quotes: write ${sqlName(name)}`;
}

function cureOf(text: string): string {
  if (/Out of Memory/i.test(text)) {
    return "Ask for less at once (days, columns), or let DuckDB use more: SET memory_limit = '8GB'; before the query.";
  }
  if (/\b404\b|No files found/.test(text)) {
    return 'A file that the query names is gone. Where it is one of a table, compaction may have replaced it meanwhile: ask again.';
  }
  if (/\b40[013]\b|AccessDenied|Forbidden|ExpiredToken/i.test(text)) {
    return 'Whoever runs Trailmill needs s3:GetObject on the files of the tables; credentials that have ended meanwhile are got anew by asking again.';
  }
  return 'Ask again; where it stays so, see what the message names.';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
