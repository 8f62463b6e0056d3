/** Messages for text that is not valid YAML, with what to do. */
import type { ErrorCode, YAMLError } from 'yaml';
import { type Mistake, TOO_DEEP } from './yaml-limits.js';

/** What to do about common syntax errors. https://eemeli.org/yaml/#errors */
const CURES: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'In double quotes, a backslash begins an escape: use single quotes.',
  BAD_INDENT: 'All keys of a section must begin in the same column, and every bracket must be closed.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY:
    'A value that contains ": " must be in quotes, and all keys of a section must begin in the same column.',
  MISSING_CHAR: 'In this line or an earlier one, a quote is not closed, or a colon is missing after a key.',
  MULTILINE_IMPLICIT_KEY: 'Check this line and the one before it: a colon is missing, or the indentation is wrong.',
  UNEXPECTED_TOKEN: 'A value that begins with a bracket, or contains : or #, must be in quotes.',
};

/** Returns the parser's first error, with what to do. Later errors are mostly consequences of the first one. */
export function yamlMistakes([first]: readonly YAMLError[]): Mistake[] {
  if (first === undefined) return [];
  const { code, message, pos } = first;
  const cure = code === 'TAB_AS_INDENT' ? 'Replace the tab with spaces.' : CURES[code];
  return [{ offset: pos[0], what: `This is not valid YAML: ${message}.${cure === undefined ? '' : ` ${cure}`}` }];
}

/** Returns the mistake for aliases that cannot be expanded, determined from the error that the parser threw. */
export function aliasMistake(error: unknown, text: string): Mistake {
  // By name rather than instanceof: under jest, errors come from several realms.
  const { name: kind, message } = error as Error;
  if (kind === 'RangeError') return TOO_DEEP;
  if (/excessive alias count/i.test(message)) {
    const what = 'Nested aliases (*name) would make this file too large when expanded. Write out their values.';
    return { offset: Math.max(0, text.search(/\*\w/)), what };
  }
  return noSuchAlias(message, text);
}

/** An alias without an anchor, which is how YAML reads an unquoted `*.json`. */
function noSuchAlias(message: string, text: string): Mistake {
  const name = /: (\S*)$/.exec(message)?.[1] ?? '';
  const what = `Without quotes, *${name} refers to a part of the file that is marked &${name}. Put the value in quotes.`;
  return { offset: Math.max(0, text.indexOf(`*${name}`)), what };
}
