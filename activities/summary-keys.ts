/** What the snapshots of Trailmill say of themselves in their summaries, beside the commit id (iceberg/snapshot.ts). */

/** The delivery day that its files are of. */
export const DELIVERY_DAY = 'trailmill.delivery-day';
/** Address of the `GroupCommit` in the work area, by which anybody can carry the commit out. */
export const COMMIT_ADDRESS = 'trailmill.commit';
/** The workflow that asked for the commit. */
export const RUN = 'trailmill.run';
/** Address of the `DuplicateCounts` of a data table's snapshot; absent where there are none. */
export const DUPLICATES = 'trailmill.duplicates';

/** In the ledger's snapshots: the sequence numbers that the tables had at the least, `default=12,rejects=3`. */
export const TABLES_AT = 'trailmill.tables-at';
/** In the other tables' snapshots: the ledger's sequence number when the commit was announced. */
export const LEDGER_AT = 'trailmill.ledger-at';

/** Ends the commit id of the snapshot that announces a commit in the ledger. */
export const ANNOUNCED = '/announced';
