/** Codes of errors that come from the operating system or from Node. */

/** The `code` of a system error, such as `ENOENT`; `undefined` where it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  // Not `instanceof Error`: under jest, Node's own errors come from another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
