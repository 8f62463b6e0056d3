/** Words of a command line that a person can copy into a POSIX shell. */

/** The word as it is where no shell does anything to it; else in single quotes. */
export function shellQuote(word: string): string {
  // `?` and `*` are patterns, `~` a home directory, and `&` ends a command: an address with parameters needs quotes.
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
