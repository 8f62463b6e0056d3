/** Our own metrics, on the meter of the SDK, so that there is one endpoint for its and ours. docs/operations.md lists them. */
import type { MetricCounter, MetricMeter } from '@temporalio/common';
import { TABLE_ROLES, tableNameOf } from '../cloudtrail/tables.js';
import { QUARANTINE_CODES } from '../errors/index.js';
import { NO_TOTALS, type Totals } from '../protocol/messages.js';
import type { Report } from '../run/events.js';
import { onS3Request } from '../storage/s3/observe.js';

/**
 * Counters by their names without `_total`, which the exporter adds. Files, events and bytes count when they are in the tables and in the
 * ledger, once, whichever worker was at it: what they add up to is what the ledger has.
 */
export const COUNTERS = {
  trailmill_files: 'Objects of the bucket that were entered in the ledger: ingested, quarantined or skipped',
  trailmill_bytes: 'Their size as stored, bytes',
  trailmill_events: 'Records that became rows',
  trailmill_rejects: 'Records that went to the table of rejects',
  trailmill_dropped: 'Records that a transform dropped',
  trailmill_duplicates: 'Records that their table had already',
  trailmill_skipped_files: 'Files of a kind without a table',
  trailmill_quarantined_files: 'Files that could not be read, by the code of the reason',
  trailmill_commits: 'Snapshots with rows, by table',
  trailmill_commit_conflicts: 'Commits that met another writer and were tried again, by table',
  trailmill_commits_unanswered: 'Commits whose answer was lost, and that were looked up, by table',
  trailmill_s3_requests: 'Tries of requests to S3, by bucket, operation and what came of them',
} as const;

/** Trailmill's gauges: name and description. */
export const GAUGES = {
  trailmill_newest_event_timestamp_seconds: 'Time of the newest event that this worker has committed since it started',
} as const;

/** Which counter has which of the totals. */
const OF_TOTALS = {
  trailmill_files: 'files',
  trailmill_bytes: 'bytes',
  trailmill_events: 'events',
  trailmill_rejects: 'rejects',
  trailmill_dropped: 'dropped',
  trailmill_duplicates: 'duplicates',
  trailmill_skipped_files: 'skipped',
} as const satisfies Partial<Record<keyof typeof COUNTERS, keyof Totals>>;

const OF_TABLES = ['trailmill_commits', 'trailmill_commit_conflicts', 'trailmill_commits_unanswered'] as const;

/** Whose counters there are before anything is counted. */
export interface Project {
  /** Its log source, and the namespace of its tables. */
  source: string;
  namespace: string;
}

/**
 * A listener that counts. The counters of `project` are there from the beginning, at 0: to Prometheus a counter that appears
 * with its first value has not grown.
 */
export function meterReport(meter: MetricMeter, project?: Project): Report {
  const counters = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, help]) => [name, meter.createCounter(name, undefined, help)]),
  ) as Record<keyof typeof COUNTERS, MetricCounter>;
  const [[gauge, help]] = Object.entries(GAUGES);
  const newest = meter.createGauge(gauge, 'float', undefined, help);
  const newestOf = new Map<string, number>();

  const addTotals = (source: string, totals: Totals): void => {
    for (const name of Object.keys(OF_TOTALS) as (keyof typeof OF_TOTALS)[])
      counters[name].add(totals[OF_TOTALS[name]], { source });
  };

  if (project !== undefined) {
    const { source, namespace } = project;
    addTotals(source, NO_TOTALS);
    for (const reason of Object.keys(QUARANTINE_CODES)) counters.trailmill_quarantined_files.add(0, { source, reason });
    for (const role of TABLE_ROLES)
      for (const name of OF_TABLES) counters[name].add(0, { table: `${namespace}.${tableNameOf(source, role)}` });
  }

  return (event) => {
    switch (event.what) {
      case 'commit': {
        const { source, totals, newestEvent } = event;
        addTotals(source, totals);
        for (const { code, files } of totals.quarantinedFor)
          counters.trailmill_quarantined_files.add(files, { source, reason: code });
        if (newestEvent === undefined || newestEvent <= (newestOf.get(source) ?? 0)) break;
        newestOf.set(source, newestEvent);
        newest.set(newestEvent / 1e6, { source });
        break;
      }
      case 'snapshot':
        counters.trailmill_commits.add(1, { table: event.table });
        break;
      case 'conflict':
        counters.trailmill_commit_conflicts.add(1, { table: event.table });
        break;
      case 'no answer':
        counters.trailmill_commits_unanswered.add(1, { table: event.table });
    }
  };
}

/** Counts the requests to S3 of this process until the returned function is called. */
export function countS3Requests(meter: MetricMeter): () => void {
  const name = 'trailmill_s3_requests';
  const counter = meter.createCounter(name, undefined, COUNTERS[name]);
  return onS3Request(({ bucket, operation, outcome }) => counter.add(1, { bucket, operation, outcome }));
}
