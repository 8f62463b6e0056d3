/**
 * Temporal messages: inputs, results, queries, signals and updates. References and small counts only, never anything that grows
 * with the bucket. One file per subject; the messages of audits are in audit-messages.ts and not exported here.
 */
export * from './backfill-messages.js';
export * from './bucket-messages.js';
export * from './day-messages.js';
export * from './reprocess-messages.js';
export * from './run-messages.js';
export * from './totals.js';
