/** Values of the parameters of SQL: `--param name=value` for `$name`. They are bound, and never become part of the SQL. */
import { UserMistake } from '../../errors/index.js';
import type { SqlParameters } from '../../query/parameters.js';
import { parametersIn } from '../../query/saved-query.js';

/** Values by the names of parameters. */
export type ParameterValues = ReadonlyMap<string, string>;

const RANGE: ReadonlySet<string> = new Set(['from', 'to']);

/** Parses `name=value`. Throws `UserMistake` if it is something else. `flag`: `--param`, for errors. */
export function parseParameter(text: string, flag: string): [name: string, value: string] {
  const [, name, value] = /^\$?([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new UserMistake(`${flag} "${text}" is not NAME=VALUE.`, `Write ${flag} ip=192.0.2.7 for $ip in the SQL.`);
  if (RANGE.has(name))
    throw new UserMistake(`$${name} is a day, and not a parameter of its own.`, `Start with --${name} 2023-07-10.`);
  return [name, value];
}

/** Parses all values of `--param`. */
export function parseParameters(texts: readonly string[] = []): ParameterValues {
  const values = new Map<string, string>();
  for (const [name, value] of texts.map((text) => parseParameter(text, '--param'))) {
    if (values.has(name)) throw new UserMistake(`--param ${name} is given twice.`, 'Omit one of them.');
    values.set(name, value);
  }
  return values;
}

/** The values that the SQL has parameters for, apart from `$from` and `$to`. `cure`: how to set one that is missing. */
export function boundFor(sql: string, values: ParameterValues, cure: (name: string) => string): SqlParameters {
  const names = [...parametersIn(sql).keys()].filter((name) => !RANGE.has(name));
  return Object.fromEntries(
    names.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new UserMistake(`The SQL has $${name}, which has no value.`, cure(name));
      return [name, { type: 'VARCHAR', value }];
    }),
  );
}

/** Throws `UserMistake` for a value that the SQL has no parameter for. */
export function refuseUnused(sql: string, values: ParameterValues = new Map()): void {
  const used = parametersIn(sql);
  const unused = [...values.keys()].find((name) => !used.has(name));
  if (unused === undefined) return;
  throw new UserMistake(
    `The SQL has no $${unused}, so --param ${unused} would do nothing.`,
    `Write $${unused} in it, without quotes, or omit --param ${unused}.`,
  );
}
