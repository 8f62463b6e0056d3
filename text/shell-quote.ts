/** Words of a command line that a person can copy into a POSIX shell. */

import { printable } from './printable.js';

/** The word as it is where no shell does anything to it; else in single quotes, or with escapes as bash, zsh and ksh have them. */
export function shellQuote(word: string): string {
  // `?` and `*` are patterns, `~` a home directory, and `&` ends a command: an address with parameters needs quotes.
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (printable(word) !== word) return `$'${printable(word.replace(/[\\']/g, '\\$&'))}'`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
