/** The events of a run, for logs and metrics: counts and names. */
import { log } from '@temporalio/activity';
import { CommitConflict, CommitStateUnknown } from '../errors/index.js';
import type { Catalog, TableIdentifier } from '../iceberg/catalog.js';
import type { DayPlan, Totals } from '../protocol/messages.js';

/** Something that happened in a run. */
export type RunEvent =
  /** A day was planned. */
  | { what: 'plan'; source: string; plan: DayPlan }
  /** A batch is read and written, and not yet in the tables. */
  | { what: 'batch'; source: string; totals: Totals; seconds: number }
  /** A table has a new snapshot with rows. */
  | { what: 'snapshot'; table: string; snapshot: bigint; files: number; rows: number }
  /**
   * `conflict`: another writer committed first, and the commit is tried again. `no answer`: it is not known whether the
   * commit happened, and it is looked up.
   */
  | { what: 'conflict' | 'no answer'; table: string }
  | CommitEvent;

/**
 * A group of batches is in the tables and in the ledger. Where several workers apply the same commit, one of them
 * reports it.
 */
export interface CommitEvent {
  what: 'commit';
  source: string;
  totals: Totals;
  /** Time of the newest event in it, microseconds since the epoch; absent where no file has any. */
  newestEvent?: number;
}

/** Takes the events of a run, for logs and metrics. */
export type Report = (event: RunEvent) => void;

/** Writes events into the activity's log, which adds the workflow and the attempt to each line. */
export function logEvent(event: RunEvent): void {
  switch (event.what) {
    case 'plan': {
      const { batches, files, bytes, resumed } = event.plan;
      log.info(resumed ? 'Day goes on with its unfinished plan' : 'Day planned', { batches, files, bytes });
      break;
    }
    case 'batch': {
      const { seconds, totals } = event;
      const { files, events, bytes, rejects } = totals;
      log.info('Batch written', { files, events, bytes, rejects, seconds });
      // A line a reason, however many files: the ledger has each of them.
      for (const { code, files: some, example } of totals.quarantinedFor)
        log.warn('Files quarantined', { reason: code, files: some, key: example });
      break;
    }
    case 'snapshot': {
      const { table, snapshot, files, rows } = event;
      log.info('Snapshot made', { table, snapshot, files, rows });
      break;
    }
    case 'commit': {
      const { files, events, bytes, rejects, duplicates, quarantined } = event.totals;
      log.info('Group committed', { files, events, bytes, rejects, duplicates, quarantined });
      break;
    }
    case 'conflict':
      log.info('Another writer committed first: the table is loaded again', { table: event.table });
      break;
    case 'no answer':
      log.warn('No answer to a commit: the history of the table is looked up', { table: event.table });
  }
}

/** A catalog that reports snapshots, conflicts and unknown commit states. */
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
          // Without files it is the announcement of a commit.
          if (files > 0) report({ what: 'snapshot', table, snapshot, files, rows });
        }
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
