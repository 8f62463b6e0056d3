/** Everything that the worker registers. */
export { backfill } from './backfill.js';
export { ingestDay } from './ingest-day.js';
