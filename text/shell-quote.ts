/** Quoting for command lines that users copy into a POSIX shell. */

import { printable } from './printable.js';

/**
 * Returns the word unchanged if no shell interprets it; otherwise in single quotes, or as `$'…'` (bash, zsh, ksh) if it needs
 * escapes.
 */
export function shellQuote(word: string): string {
  // `?` and `*` are patterns, `~` is a home directory and `&` ends a command, so an address with query parameters needs quotes.
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (printable(word) !== word) return `$'${printable(word.replace(/[\\']/g, '\\$&'))}'`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
