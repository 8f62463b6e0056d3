/** Word lists in the source. */

/** Splits a text at whitespace. */
export function splitWords(text: string): string[] {
  return text.trim().split(/\s+/);
}
