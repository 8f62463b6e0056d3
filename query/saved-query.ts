/**
 * Saved queries: SQL with a header of comments that says what it answers and which parameters it has.
 *
 *     -- title: Objects that were read
 *     -- description: Who read objects of a bucket,
 *     --   and how often.
 *     -- parameter: bucket text: the name of the bucket
 *     -- parameter: at_least integer = 1: the fewest reads
 *     SELECT … FROM events WHERE event_time >= $from AND event_time < $to AND …
 *
 * Pure. `$from` and `$to` need no header: they are times, set by --from and --to.
 */
import { UserMistake } from '../errors/index.js';
import { nearest } from '../text/nearest.js';

/** The types of parameters. */
export const PARAMETER_TYPES = ['text', 'integer', 'number', 'boolean'] as const;
/** What a parameter can be. */
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A parameter of a saved query; `--at-least` on the command line for `$at_least`. */
export interface QueryParameter {
  name: string;
  type: ParameterType;
  /** Null: it may be left out, and is NULL then. Absent: it must be given. */
  default?: string | null;
  description: string;
}

/** A query with a name. */
export interface SavedQuery {
  name: string;
  title: string;
  description: string;
  parameters: readonly QueryParameter[];
  /** Whether it has `$from` and `$to`. */
  hasRange: boolean;
  /** The SQL below the header. */
  sql: string;
  /** Address of the file, for messages. */
  file: string;
}

/** The parameters that every query may use without a header. */
const RANGE = ['from', 'to'] as const;

const KEYS = ['title', 'description', 'parameter'] as const;
const NAME = /^[a-z][a-z0-9_]*$/;
const PARAMETER = /^(\S+)\s+(\S+?)(?:\s+=\s+(.*?))?\s*:\s+(\S.*)$/;
/** A title stands in a list beside the name, in 80 columns. */
const MAX_TITLE = 52;

/**
 * Reads a saved query.
 * @param taken names of options of the command, which parameters must not have
 * @throws UserMistake that names the file, the line and what is allowed
 */
export function parseSavedQuery(name: string, text: string, file: string, taken: ReadonlySet<string>): SavedQuery {
  const lines = text.split(/\r?\n/);
  const wrong = (line: number, what: string, cure: string): UserMistake =>
    new UserMistake(`${file}, line ${line + 1}: ${what}`, cure);
  const entries: { key: string; value: string; line: number }[] = [];
  let end = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  );
  for (; end < lines.length && /^\s*--/.test(lines[end]); end++) {
    const comment = lines[end].trim().replace(/^--/, '');
    if (comment.trim() === '') continue;
    const more = /^ {2,}(\S.*)$/.exec(comment)?.[1];
    if (more !== undefined && entries.length > 0) {
      entries[entries.length - 1].value += ` ${more.trim()}`;
      continue;
    }
    const [, key, value] = /^\s*([A-Za-z]+):\s*(.*)$/.exec(comment) ?? [];
    if (!KEYS.some((known) => known === key)) {
      const meant = key === undefined ? undefined : nearest(key, KEYS);
      throw wrong(
        end,
        `"${lines[end].trim()}" is not a valid header line.`,
        `${meant === undefined ? '' : `Did you mean "-- ${meant}: …"? `}The header has lines "-- title: …", "-- description: …" and "-- parameter: NAME TYPE [= DEFAULT]: what it is"; a continuation line begins with two more spaces.`,
      );
    }
    entries.push({ key, value: value.trim(), line: end });
  }
  const only = (key: string): string => {
    const [first, second] = entries.filter((entry) => entry.key === key);
    if (second !== undefined) throw wrong(second.line, `the header has more than one ${key}.`, 'Omit one of them.');
    if (first === undefined || first.value === '')
      throw wrong(first?.line ?? 0, `the header has no ${key}.`, `Begin the file with a line "-- ${key}: …".`);
    return first.value;
  };
  const title = only('title');
  if (title.length > MAX_TITLE)
    throw wrong(
      0,
      `the title has ${title.length} characters.`,
      `Use at most ${MAX_TITLE}; the description can be long.`,
    );
  const description = only('description');
  const sql = lines.slice(end).join('\n').trim();
  if (sql === '') throw wrong(lines.length - 1, 'there is no SQL below the header.', 'Write the query there.');

  const used = parametersIn(sql);
  const parameters: QueryParameter[] = [];
  for (const { value, line } of entries.filter(({ key }) => key === 'parameter')) {
    const parameter = parseParameter(value, (what, cure) => wrong(line, what, cure));
    const { name: own } = parameter;
    if (parameters.some((other) => other.name === own))
      throw wrong(line, `the parameter ${own} is declared twice.`, 'Omit one of them.');
    if (RANGE.some((other) => other === own) || taken.has(own.replaceAll('_', '-')))
      throw wrong(
        line,
        `the parameter cannot be called ${own}.`,
        `--${own} is an option of the command: choose another name.`,
      );
    if (!used.has(own))
      throw wrong(line, `the SQL does not use the parameter ${own}.`, `Write $${own} in the SQL, or omit the line.`);
    parameters.push(parameter);
  }
  const undeclared = [...used.keys()].find((one) => !isRange(one) && !parameters.some((other) => other.name === one));
  if (undeclared !== undefined) {
    throw wrong(
      end + (used.get(undeclared) as number),
      `the header does not declare the parameter $${undeclared}.`,
      `Add a line "-- parameter: ${undeclared} text: what it is". Types: ${PARAMETER_TYPES.join(', ')}. $from and $to need no line.`,
    );
  }
  return { name, title, description, parameters, hasRange: RANGE.some((one) => used.has(one)), sql, file };
}

const isRange = (name: string): boolean => RANGE.some((one) => one === name);

function parseParameter(text: string, wrong: (what: string, cure: string) => UserMistake): QueryParameter {
  const [, name, type, value, description] = PARAMETER.exec(text) ?? [];
  const form =
    'Write "-- parameter: NAME TYPE [= DEFAULT]: what it is", for example "-- parameter: at_least integer = 1: the fewest calls".';
  if (name === undefined) throw wrong(`"${text}" is not a parameter.`, form);
  if (!NAME.test(name)) throw wrong(`"${name}" cannot be the name of a parameter.`, 'Use small letters, digits and _.');
  const known = PARAMETER_TYPES.find((one) => one === type);
  if (known === undefined)
    throw wrong(`"${type}" is not a type.`, `The types are ${PARAMETER_TYPES.join(', ')}. ${form}`);
  const common = { name, type: known, description };
  if (value === undefined) return common;
  if (value === 'null') return { ...common, default: null };
  const valid = parameterText(known, value);
  if (valid === undefined) throw wrong(`the default "${value}" is not ${A[known]}.`, 'Correct it, or omit it.');
  return { ...common, default: valid };
}

/** What a value must be, for messages. */
export const A: Readonly<Record<ParameterType, string>> = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

/** The value in the form in which it is bound; `undefined` if it is not of the type. */
export function parameterText(type: ParameterType, text: string): string | undefined {
  if (type === 'text') return text;
  const word = text.trim().toLowerCase();
  if (type === 'boolean') return word === 'true' || word === 'false' ? word : undefined;
  if (type === 'integer') return /^[-+]?\d{1,18}$/.test(word) ? word.replace('+', '') : undefined;
  return word !== '' && Number.isFinite(Number(word)) ? String(Number(word)) : undefined;
}

/** Strings, quoted names, comments and dollar-quoted texts, which have no parameters; parameters. */
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|(?<![\w$])\$(?<name>[A-Za-z_]\w*)/g;

/** The names of the parameters in SQL, each with the number of lines before its first use. */
export function parametersIn(sql: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const { index, groups } of sql.matchAll(TOKENS)) {
    const name = groups?.name;
    if (name !== undefined && !found.has(name)) found.set(name, sql.slice(0, index).split('\n').length - 1);
  }
  return found;
}
