/** Every workflow id, query name and task queue in one place, so that the CLI and the workflows cannot disagree. */

export const DEFAULT_TASK_QUEUE = 'trailmill';

/** One workflow a (source, delivery day): a schedule and a backfill never work on the same day at once. */
export function ingestDayId(source: string, day: string): string {
  return `ingest/${source}/${day}`;
}

/** Readable, and one a (source, range): starting a range that runs attaches to it. */
export function backfillId(source: string, from: string, to: string): string {
  return `backfill/${source}/${from}..${to}`;
}
