/** Maps DuckDB's errors to Trailmill's: invalid SQL, or files that cannot be read. Pure. */
import { tableNameOf } from '../cloudtrail/tables.js';
import { StorageUnavailable, type TrailmillError, UserMistake } from '../errors/index.js';
import { type BareKeyword, sqlName } from './keywords.js';
import { otherName } from './other-names.js';
import { identifier } from './sql-text.js';

/** The query was stopped by the user. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Kinds of errors that are caused by the machine or the store; all others are caused by the SQL. */
const NOT_AN_SQL_ERROR = /^(IO|HTTP|Out of Memory|INTERNAL|FATAL|Serialization|Invalid Configuration) Error:/i;

/** A table that does not exist yet, and the flat view that would be over it. */
export interface MissingTable {
  name: string;
  view: string;
}

/** The context of a failed query, for its message. */
export interface SqlContext {
  /** Tables of the source that do not exist yet. */
  missing: readonly MissingTable[];
  /** The catalog's description: `storage catalog at …`. */
  catalog: string;
  /** The relay, if DuckDB reads S3 through it: replaces relay URLs in messages, and knows why an object could not be read. */
  relay?: { withS3Uris(text: string): string; readonly failure: TrailmillError | undefined };
  /** Unquoted keywords used as column names: DuckDB parses the SQL if they are quoted. */
  keywords?: readonly BareKeyword[];
  /** First parts of the column names. */
  columns?: readonly string[];
  /** The SQL, to recognize CloudTrail's names in it. */
  sql?: string;
}

/** Returns the error to throw instead of a DuckDB error. DuckDB's message shows the line and suggests similar names. */
export function sqlError(error: unknown, context: SqlContext): TrailmillError | Interrupted {
  const { missing, catalog, relay } = context;
  const message = messageOf(error);
  const text = (relay?.withS3Uris(message) ?? message).replace(/^(Failed to extract statements: |Error: )+/, '');
  if (/^INTERRUPT Error/.test(text)) return new Interrupted(text);
  const unknown = /Table with name "?([^\s"]+)"? does not exist/.exec(text)?.[1].toLowerCase();
  const table = missing.find(({ name, view }) => name.toLowerCase() === unknown || view === unknown)?.name;
  if (table !== undefined) {
    const isIntegrity = table.endsWith(tableNameOf('', 'integrity'));
    return new UserMistake(
      `The table ${table} does not exist in the ${catalog}: nothing has been ${isIntegrity ? 'verified' : 'ingested into it'} yet.`,
      `${isIntegrity ? 'Run `trailmill verify`' : 'Start a backfill'} first; or check --warehouse, the catalog, and the name in log_source.yml. \`trailmill tables\` lists the existing tables.`,
    );
  }
  if (NOT_AN_SQL_ERROR.test(text)) {
    const reason = /^HTTP Error/.test(text) ? relay?.failure : undefined;
    const lines = ['DuckDB could not complete the query.', text, ...(reason === undefined ? [] : [reason.message])];
    return new StorageUnavailable(lines.join('\n'), reason?.cure ?? cureOf(text));
  }
  return new UserMistake(
    `The SQL is not valid.\n${text}`,
    quotesMissing(context.keywords ?? []) ??
      quotedWhole(text, context.columns ?? []) ??
      otherName(text, context.sql ?? '') ??
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

/** `"group.name"` is a single name that contains a dot, and no column has such a name. */
function quotedWhole(text: string, columns: readonly string[]): string | undefined {
  const name = /Referenced column "([^"]+\.[^"]+)" not found/.exec(text)?.[1];
  const first = name?.split('.')[0].toLowerCase();
  if (name === undefined || !columns.some((column) => column.toLowerCase() === first)) return undefined;
  return `${identifier(name)} is a single name that contains a dot. Quote the parts of a nested column separately: write ${sqlName(name)}`;
}

function cureOf(text: string): string {
  if (/Out of Memory/i.test(text)) {
    return "Query fewer days or columns, or allow DuckDB to use more memory: SET memory_limit = '8GB'; before the query.";
  }
  if (/\b404\b|No files found/.test(text)) {
    return 'A file that the query reads does not exist. If it belongs to a table, compaction may have replaced it in the meantime: run the query again.';
  }
  if (/\b40[013]\b|AccessDenied|Forbidden|ExpiredToken/i.test(text)) {
    return 'The identity that runs Trailmill needs s3:GetObject on the files of the tables. If credentials have expired in the meantime, run the query again.';
  }
  return 'Run the query again; if it keeps failing, check what the message names.';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
