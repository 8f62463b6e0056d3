/** The formats of query results. */

/** The values of `--format`. */
export const FORMATS = ['table', 'csv', 'json', 'jsonl'] as const;
/** How rows are printed. */
export type Format = (typeof FORMATS)[number];
