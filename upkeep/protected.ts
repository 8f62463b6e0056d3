/** Snapshots that upkeep must not expire, because a commit is in progress. */
import type { LoadedTable } from '../iceberg/catalog.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { COMMIT_ID } from '../iceberg/snapshot.js';
import { identifierOf } from '../run/config.js';
import { LedgerCommits } from '../run/ledger-commits.js';
import { ANNOUNCED } from '../run/summary-keys.js';
import type { UpkeepContext } from './context.js';

/** Returns a predicate for the snapshots of open commits that are recorded only in snapshots: earlier versions announced them. */
export async function snapshotsOfOpenCommits({
  catalog,
  config,
  signal,
}: UpkeepContext): Promise<(snapshot: Snapshot) => boolean> {
  const ledger: LoadedTable | undefined = await catalog.loadTable(identifierOf(config, 'ledger'), signal);
  const open = ledger === undefined ? [] : LedgerCommits.of(ledger).open.filter(({ isRecorded }) => !isRecorded);
  const ids = new Set(open.flatMap(({ id }) => [id, `${id}${ANNOUNCED}`]));
  return ({ summary }) => ids.has(summary[COMMIT_ID]);
}
