/** Saved queries on the command line: which one is meant, the values of its parameters, and the list of all. */
import { UserMistake } from '../../errors/index.js';
import { nextDay } from '../../protocol/days.js';
import type { SqlParameter, SqlParameters } from '../../query/parameters.js';
import { allSavedQueries, isQueryName, savedQuery } from '../../query/saved-queries.js';
import {
  A,
  type ParameterType,
  parametersIn,
  parameterText,
  type QueryParameter,
  type SavedQuery,
} from '../../query/saved-query.js';
import { nearest } from '../../text/nearest.js';
import { parseDayRange } from '../options/days.js';
import { RESERVED_OPTIONS } from './options.js';
import { boundFor, type ParameterValues, refuseUnused } from './parameters.js';

/** SQL, and the values of its parameters. */
export interface Question {
  sql: string;
  /** Absent: it has none. */
  parameters?: SqlParameters;
  /** The saved query that it is of. */
  saved?: SavedQuery;
}

/** What the command line says beside the SQL or the name of a query. */
export interface Given {
  from?: string;
  to?: string;
  /** The words behind it: `--name`, `value`. */
  rest: readonly string[];
  /** Values of parameters by their names. */
  values?: ParameterValues;
  /** Milliseconds since the epoch. */
  now: number;
}

/** All days that events can be of: what a range without an end stands for. */
const FIRST_TIME = '1970-01-01T00:00:00Z';
const LAST_TIME = '9999-12-31T00:00:00Z';

const DUCKDB_TYPES = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
} as const satisfies Record<ParameterType, SqlParameter['type']>;

/** The question that SQL, or the name of a saved query, stands for. Throws `UserMistake` for parameters that it does not have. */
export function questionOf(text: string, project: string, given: Given): Question {
  if (!isQueryName(text)) return ofSql(text, given);
  const saved = savedQuery(text.trim(), { project, taken: RESERVED_OPTIONS });
  const values = optionsIn(
    [...given.rest, ...[...(given.values ?? [])].map(([name, value]) => `${flagOf(name)}=${value}`)],
    saved.parameters.map(({ name }) => name),
    `The saved query ${saved.name}`,
  );
  const parameters = Object.fromEntries(saved.parameters.map((one) => [one.name, valueFor(one, values, saved)]));
  if (!saved.hasRange) refuseRange(given, `The saved query ${saved.name}`, saved.sql);
  return { sql: saved.sql, parameters: { ...parameters, ...rangeFor(saved.sql, given) }, saved };
}

/** SQL of a user may have `$from`, `$to` and parameters of its own. */
function ofSql(sql: string, given: Given): Question {
  optionsIn(given.rest, [], 'The SQL');
  refuseRange(given, 'The SQL', sql);
  refuseUnused(sql, given.values);
  return withParameters(sql, given, (name) => `Add --param ${name}=VALUE.`);
}

/** SQL with the values that it has parameters for. `cure`: how to set a value that is missing. */
export function withParameters(sql: string, given: Omit<Given, 'rest'>, cure: (name: string) => string): Question {
  const parameters = { ...boundFor(sql, given.values ?? new Map(), cure), ...rangeFor(sql, given) };
  return Object.keys(parameters).length === 0 ? { sql } : { sql, parameters };
}

function refuseRange({ from, to }: Given, what: string, sql: string): void {
  const used = parametersIn(sql);
  for (const [flag, value] of Object.entries({ from, to })) {
    if (value === undefined || used.has(flag)) continue;
    throw new UserMistake(
      `${what} has no $${flag}, so --${flag} would do nothing.`,
      `Write WHERE event_time >= $from AND event_time < $to in it, or omit --${flag}.`,
    );
  }
}

/** `$from` is the start of the first day, `$to` the end of the last one. */
function rangeFor(sql: string, { from, to, now }: Omit<Given, 'rest'>): SqlParameters {
  const range = parseDayRange(from, to, now);
  const times = {
    from: range.from === undefined ? FIRST_TIME : `${range.from}T00:00:00Z`,
    to: range.to === undefined ? LAST_TIME : `${nextDay(range.to)}T00:00:00Z`,
  };
  const used = parametersIn(sql);
  const entries = Object.entries(times).filter(([name]) => used.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, { type: 'TIMESTAMPTZ', value }]));
}

function valueFor(
  parameter: QueryParameter,
  values: ReadonlyMap<string, string>,
  { name: query }: SavedQuery,
): SqlParameter {
  const { name, type, description } = parameter;
  const given = values.get(name);
  if (given === undefined && parameter.default === undefined) {
    throw new UserMistake(
      `The saved query ${query} needs ${flagOf(name)} (${A[type]}): ${description}.`,
      `\`trailmill query --list ${query}\` shows its parameters.`,
    );
  }
  const value = given === undefined ? (parameter.default as string | null) : parameterText(type, given);
  if (value === undefined) {
    throw new UserMistake(`${flagOf(name)} "${given}" is not ${A[type]}.`, `It is ${description}.`);
  }
  return { type: DUCKDB_TYPES[type], value };
}

/** The option of a parameter: `--at-least` for `at_least`. */
export const flagOf = (name: string): string => `--${name.replaceAll('_', '-')}`;

/** Values by the names of parameters. */
function optionsIn(words: readonly string[], names: readonly string[], what: string): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const [, flag, joined] = /^(--[^=]+)(?:=(.*))?$/s.exec(words[at]) ?? [];
    const name = flag?.slice(2).replaceAll('-', '_');
    if (name === undefined || !names.includes(name)) throw unknownOption(flag ?? words[at], names, what);
    if (values.has(name)) throw new UserMistake(`${flag} is given twice.`, 'Omit one of them.');
    const value = joined ?? words[++at];
    if (value === undefined) throw new UserMistake(`${flag} has no value.`, `Write ${flag} VALUE.`);
    values.set(name, value);
  }
  return values;
}

function unknownOption(word: string, names: readonly string[], what: string): UserMistake {
  if (!word.startsWith('-')) {
    return new UserMistake(
      `"${word}" is one word too many.`,
      'Put the SQL in quotes, and name the parameters of a saved query: --name value.',
    );
  }
  const flags = [...names.map(flagOf), ...[...RESERVED_OPTIONS].map((option) => `--${option}`)];
  const meant = nearest(word, flags);
  const own = names.length === 0 ? 'no parameters of its own' : `the parameters ${names.map(flagOf).join(', ')}`;
  return new UserMistake(
    `Unknown option ${word}. ${what} has ${own}.`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}See \`trailmill query --help\`.`,
  );
}

/** All saved queries of a project, for `--list`. */
export const savedQueriesOf = (project: string) => allSavedQueries({ project, taken: RESERVED_OPTIONS });

/** The saved query of this name, for `--list NAME`. */
export const savedQueryOf = (name: string, project: string): SavedQuery =>
  savedQuery(name, { project, taken: RESERVED_OPTIONS });
