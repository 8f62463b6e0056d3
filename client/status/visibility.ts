/** Visibility queries: https://docs.temporal.io/list-filter */

/** A literal of a query, whatever is in it. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
