/**
 * What travels through Temporal: inputs, results, queries. References and small counts only, never anything of the
 * size of the bucket. One file for each subject; what is about audits is in audit-messages.ts.
 */
export * from './backfill-messages.js';
export * from './bucket-messages.js';
export * from './day-messages.js';
export * from './run-messages.js';
export * from './totals.js';
