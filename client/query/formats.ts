/** The formats of query results. */

/** The values of `--format`. */
export const FORMATS = ['table', 'line', 'csv', 'json', 'jsonl'] as const;
/** How rows are printed. */
export type Format = (typeof FORMATS)[number];

/** Whether a format is for people: it shows the first rows only. */
export const isForPeople = (format: Format): format is 'table' | 'line' => format === 'table' || format === 'line';
