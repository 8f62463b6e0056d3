/**
 * Keys that Trailmill adds to snapshot summaries, in addition to the commit id (iceberg/snapshot.ts), and to table properties.
 * Everything that has to outlive the snapshots is a property: any snapshot but the current one may be expired at any time, by
 * any program.
 */

/** The delivery day of the snapshot's files. */
export const DELIVERY_DAY = 'trailmill.delivery-day';
/** Key of the `GroupCommit` in the work area, which lets any worker complete the commit. */
export const COMMIT_ADDRESS = 'trailmill.commit';
/** The workflow that requested the commit. */
export const RUN = 'trailmill.run';
/** Address of the `DuplicateCounts` of a data table's snapshot; absent if there are none. */
export const DUPLICATES = 'trailmill.duplicates';

/** In the ledger's snapshots: the commit's `Totals` as JSON, so that they can be returned again after its plan was removed. */
export const TOTALS = 'trailmill.totals';

/** In the ledger's snapshots and properties: the minimum sequence numbers of the other tables, `default=12,rejects=3`. */
export const TABLES_AT = 'trailmill.tables-at';
/** In the other tables' snapshots and properties: the ledger's sequence number at the time when the commit was announced. */
export const LEDGER_AT = 'trailmill.ledger-at';

/** Suffix of the commit id of the ledger snapshot that announces a commit. */
export const ANNOUNCED = '/announced';

/** Property of the ledger: the announced commits that are not in it yet (ledger-commits.ts). */
export const OPEN_COMMITS = 'trailmill.open-commits';
/** Property of the other tables: the commits that they have and that may not be in the ledger yet (recent-commits.ts). */
export const RECENT_COMMITS = 'trailmill.recent-commits';
