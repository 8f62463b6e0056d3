/** Trailmill's metrics. They use the SDK's meter, so that one endpoint serves both. docs/operations.md lists them. */
import type { MetricCounter, MetricGauge, MetricMeter } from '@temporalio/common';
import { TABLE_ROLES, tableNameOf } from '../cloudtrail/tables.js';
import { INTEGRITY_CODES, QUARANTINE_CODES } from '../errors/index.js';
import type { TableHealth } from '../iceberg/health.js';
import { NO_TOTALS, type Totals } from '../protocol/messages.js';
import { type IntegrityCounts, NO_VERDICTS } from '../protocol/verify-messages.js';
import type { Report } from '../run/events.js';
import { onS3Request } from '../storage/s3/observe.js';

/**
 * Descriptions of the counters, by name without `_total`, which the exporter adds. Files, events and bytes are counted when they
 * are committed to the tables and the ledger, once, by one of the workers: the sum over all workers matches the ledger.
 */
export const COUNTERS = {
  trailmill_files: 'Objects recorded in the ledger: ingested, quarantined or skipped',
  trailmill_bytes: 'Stored size of these objects in bytes',
  trailmill_events: 'Records written as rows',
  trailmill_rejects: 'Records written to the rejects table',
  trailmill_dropped: 'Records dropped by a transform',
  trailmill_duplicates: 'Records that were already in their table',
  trailmill_skipped_files: 'Files of a kind that has no configured table',
  trailmill_quarantined_files: 'Files that could not be read, by reason code',
  trailmill_commits: 'Snapshots with rows, by table',
  trailmill_commit_conflicts: 'Commits that conflicted with another writer and were retried, by table',
  trailmill_commits_unanswered: 'Commits without a response, whose outcome was looked up, by table',
  trailmill_verified_objects: 'Log files and digests that were verified, by status: valid, failed or unproven',
  trailmill_integrity_failures: 'Log files, digests and chains of digests that failed verification, by code',
  trailmill_s3_requests: 'Attempts of S3 requests, by bucket, operation and outcome',
} as const;

/** Descriptions of the gauges, by name. */
export const GAUGES = {
  trailmill_newest_event_timestamp_seconds: 'Time of the newest event that this worker has committed since it started',
  trailmill_last_verification_timestamp_seconds: 'When this worker last verified a day since it started',
  trailmill_table_small_files: 'Data files below 16 MiB at the last commit of this worker, at least, by table',
  trailmill_table_delete_files: 'Delete files at the last commit of this worker, by table',
  trailmill_table_snapshots: 'Snapshots in the metadata at the last commit of this worker, by table',
  trailmill_table_metadata_bytes: 'Size of the metadata file at the last commit of this worker, by table',
} as const;

/** The property of `Totals` that each counter counts. */
const OF_TOTALS = {
  trailmill_files: 'files',
  trailmill_bytes: 'bytes',
  trailmill_events: 'events',
  trailmill_rejects: 'rejects',
  trailmill_dropped: 'dropped',
  trailmill_duplicates: 'duplicates',
  trailmill_skipped_files: 'skipped',
} as const satisfies Partial<Record<keyof typeof COUNTERS, keyof Totals>>;

/** The property of `TableHealth` that each gauge shows. */
const OF_HEALTH = {
  trailmill_table_small_files: 'smallFiles',
  trailmill_table_delete_files: 'deleteFiles',
  trailmill_table_snapshots: 'snapshots',
  trailmill_table_metadata_bytes: 'metadataFileBytes',
} as const satisfies Partial<Record<keyof typeof GAUGES, keyof TableHealth>>;

const OF_TABLES = ['trailmill_commits', 'trailmill_commit_conflicts', 'trailmill_commits_unanswered'] as const;

/** The project whose counters are initialized to 0. */
export interface Project {
  /** The log source, and the namespace of the tables. */
  source: string;
  namespace: string;
}

/**
 * Returns a listener that counts events. The counters of `project` are initialized to 0: Prometheus does not see an increase if
 * a counter only appears with its first value.
 */
export function meterReport(meter: MetricMeter, project?: Project): Report {
  const counters = Object.fromEntries(
    Object.entries(COUNTERS).map(([name, help]) => [name, meter.createCounter(name, undefined, help)]),
  ) as Record<keyof typeof COUNTERS, MetricCounter>;
  const gauge = (name: keyof typeof GAUGES): MetricGauge => meter.createGauge(name, 'float', undefined, GAUGES[name]);
  const newest = gauge('trailmill_newest_event_timestamp_seconds');
  const lastVerified = gauge('trailmill_last_verification_timestamp_seconds');
  const newestOf = new Map<string, number>();
  const healthGauges = (Object.keys(OF_HEALTH) as (keyof typeof OF_HEALTH)[]).map(
    (name) => [gauge(name), OF_HEALTH[name]] as const,
  );

  const addTotals = (source: string, totals: Totals): void => {
    for (const name of Object.keys(OF_TOTALS) as (keyof typeof OF_TOTALS)[])
      counters[name].add(totals[OF_TOTALS[name]], { source });
  };

  const addVerdicts = (source: string, { logFiles, digests, codes }: IntegrityCounts): void => {
    for (const status of ['valid', 'failed', 'unproven'] as const)
      counters.trailmill_verified_objects.add(logFiles[status] + digests[status], { source, status });
    for (const { code, status, count } of codes)
      if (status === 'failed') counters.trailmill_integrity_failures.add(count, { source, code });
  };

  if (project !== undefined) {
    const { source, namespace } = project;
    addTotals(source, NO_TOTALS);
    for (const reason of Object.keys(QUARANTINE_CODES)) counters.trailmill_quarantined_files.add(0, { source, reason });
    addVerdicts(source, NO_VERDICTS);
    for (const [code, { status }] of Object.entries(INTEGRITY_CODES))
      if (status === 'failed') counters.trailmill_integrity_failures.add(0, { source, code });
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
      case 'verified':
        addVerdicts(event.source, event.counts);
        lastVerified.set(Date.now() / 1e3, { source: event.source });
        break;
      case 'snapshot':
        counters.trailmill_commits.add(1, { table: event.table });
        break;
      case 'health':
        for (const [one, property] of healthGauges) {
          const value = event.health[property];
          if (value !== undefined) one.set(value, { table: event.table });
        }
        break;
      case 'conflict':
        counters.trailmill_commit_conflicts.add(1, { table: event.table });
        break;
      case 'no answer':
        counters.trailmill_commits_unanswered.add(1, { table: event.table });
    }
  };
}

/** Counts the S3 requests of this process until the returned function is called. */
export function countS3Requests(meter: MetricMeter): () => void {
  const name = 'trailmill_s3_requests';
  const counter = meter.createCounter(name, undefined, COUNTERS[name]);
  return onS3Request(({ bucket, operation, outcome }) => counter.add(1, { bucket, operation, outcome }));
}
