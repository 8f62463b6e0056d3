/** The workflows that the worker registers. */
export { audit } from './audit.js';
export { backfill } from './backfill.js';
export { ingestDay } from './ingest-day.js';
export { scheduledIngest } from './scheduled-ingest.js';
export { upkeep } from './upkeep.js';
export { verify } from './verify.js';
