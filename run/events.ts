/** The events of a run, for logs and metrics. They contain only counts and names. */
import { log } from '@temporalio/activity';
import { CommitConflict, CommitStateUnknown, describeError } from '../errors/index.js';
import type { Catalog, TableIdentifier } from '../iceberg/catalog.js';
import { healthOf, type TableHealth } from '../iceberg/health.js';
import type { DayPlan, Totals } from '../protocol/messages.js';
import type { IntegrityCounts } from '../protocol/verify-messages.js';

/** Something that happened in a run. */
export type RunEvent =
  /** A day was planned. */
  | { what: 'plan'; source: string; plan: DayPlan }
  /** A batch was read and written, but is not committed yet. */
  | { what: 'batch'; source: string; totals: Totals; seconds: number }
  /** A table has a new snapshot with rows. */
  | { what: 'snapshot'; table: string; snapshot: bigint; files: number; rows: number }
  /** A table has a new version; its health shows how much readers and the next commit have to read. */
  | { what: 'health'; table: string; health: TableHealth }
  /**
   * `conflict`: another writer committed first, and the commit is retried. `no answer`: the outcome of the commit is unknown
   * and is being looked up.
   */
  | { what: 'conflict' | 'no answer'; table: string }
  /** Leftovers of earlier runs were removed from the work area. */
  | { what: 'leftovers removed'; objects: number }
  /** Leftovers of finished runs could not be removed; the next run tries again. */
  | { what: 'leftovers stay'; error: unknown }
  /** A delivery day was verified. */
  | { what: 'verified'; source: string; counts: IntegrityCounts }
  | CommitEvent;

/**
 * A group of batches was committed to the tables and the ledger. If several workers apply the same commit, only one of them
 * reports it.
 */
export interface CommitEvent {
  what: 'commit';
  source: string;
  totals: Totals;
  /** Time of the newest event in it, microseconds since the epoch; absent if no file has events. */
  newestEvent?: number;
}

/** Receives the events of a run, for logs and metrics. */
export type Report = (event: RunEvent) => void;

/** Writes an event to the activity's log, which adds the workflow and the attempt to each line. */
export function logEvent(event: RunEvent): void {
  switch (event.what) {
    case 'plan': {
      const { batches, files, bytes, resumed } = event.plan;
      log.info(resumed ? 'Continuing the unfinished plan of the day' : 'Day planned', { batches, files, bytes });
      break;
    }
    case 'batch': {
      const { seconds, totals } = event;
      const { files, events, bytes, rejects } = totals;
      log.info('Batch written', { files, events, bytes, rejects, seconds });
      // One line per reason, regardless of the number: the ledger lists each file, and the rejects table each record.
      for (const { code, records, key, index, message } of totals.rejectedFor ?? [])
        log.warn('Records rejected', { reason: code, records, key, index, message });
      for (const { code, files: some, example } of totals.quarantinedFor)
        log.warn('Files quarantined', { reason: code, files: some, key: example });
      break;
    }
    case 'snapshot': {
      const { table, snapshot, files, rows } = event;
      log.info('Snapshot created', { table, snapshot, files, rows });
      break;
    }
    case 'commit': {
      const { files, events, bytes, rejects, duplicates, quarantined } = event.totals;
      log.info('Group committed', { files, events, bytes, rejects, duplicates, quarantined });
      break;
    }
    case 'conflict':
      log.info('Another writer committed first: reloading the table', { table: event.table });
      break;
    case 'no answer':
      log.warn('No response to a commit: checking the history of the table', { table: event.table });
      break;
    case 'leftovers removed':
      log.info('Removed leftovers of earlier runs from the work area', { objects: event.objects });
      break;
    case 'leftovers stay':
      log.warn('Leftovers of finished runs could not be removed from the work area; a later run tries again', {
        reason: describeError(event.error),
      });
      break;
    case 'verified':
      logVerified(event.counts);
  }
}

/** One line for the day, and one for each code: the integrity table lists each object. */
function logVerified({ logFiles, digests, codes }: IntegrityCounts): void {
  log.info('Day verified', { logFiles, digests });
  for (const { code, status, count, example } of codes) {
    if (status === 'failed') log.error('Verification failed', { code, objects: count, key: example });
    else log.warn('Objects unproven', { code, objects: count, key: example });
  }
}

/** Wraps a catalog so that it reports snapshots, conflicts and unknown commit states. */
export function reportingCatalog(catalog: Catalog, report: Report): Catalog {
  return {
    description: catalog.description,
    ensureTable: (identifier, create, signal) => catalog.ensureTable(identifier, create, signal),
    loadTable: (identifier, signal) => catalog.loadTable(identifier, signal),
    async commit(loaded, requirements, updates, signal) {
      const table = tableName(loaded.identifier);
      try {
        const committed = await catalog.commit(loaded, requirements, updates, signal);
        for (const update of updates) {
          if (update.action !== 'add-snapshot') continue;
          const { 'snapshot-id': snapshot, summary } = update.snapshot;
          const [files, rows] = [Number(summary['added-data-files']), Number(summary['added-records'])];
          // A snapshot without files announces a commit.
          if (files > 0) report({ what: 'snapshot', table, snapshot, files, rows });
        }
        report({ what: 'health', table, health: healthOf(committed.metadata, committed.metadataBytes) });
        return committed;
      } catch (error) {
        if (error instanceof CommitConflict) report({ what: 'conflict', table });
        else if (error instanceof CommitStateUnknown) report({ what: 'no answer', table });
        throw error;
      }
    },
  };
}

function tableName({ namespace, name }: TableIdentifier): string {
  return `${namespace}.${name}`;
}
