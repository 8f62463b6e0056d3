/** Which snapshots of a table may be expired (spec, "Snapshot Retention Policy"). Pure. */
import { MAIN, type Snapshot, type SnapshotRef, type TableMetadata } from '../metadata.js';
import { numericProperty } from '../properties.js';

/** What to keep. A table property, and a branch's own retention, may keep more. */
export interface Retention {
  /** Keep snapshots that are younger. Default: `history.expire.max-snapshot-age-ms`, 5 days. Milliseconds. */
  olderThanMs?: number;
  /**
   * Keep this many snapshots of each branch, whatever their age. Default: `history.expire.min-snapshots-to-keep`, 1.
   */
  keepLast?: number;
  /** Other snapshots to keep. */
  keep?: (snapshot: Snapshot) => boolean;
}

const DEFAULT_MAX_AGE_MS = 5 * 24 * 3_600_000;

/**
 * The snapshots to expire, oldest first. Never the current one, those of branches and tags (unless the branch or tag is older
 * than its own `max-ref-age-ms`), the newest ones of a branch, or younger ones. `now`: milliseconds since the epoch.
 */
export function snapshotsToExpire(metadata: TableMetadata, retention: Retention, now: number): Snapshot[] {
  const { properties } = metadata;
  const age = atLeast(retention.olderThanMs, numericProperty(properties, 'history.expire.max-snapshot-age-ms'));
  const count = atLeast(retention.keepLast, numericProperty(properties, 'history.expire.min-snapshots-to-keep'));
  const maxAge = age ?? DEFAULT_MAX_AGE_MS;
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const kept = new Set<bigint>();
  const referenced = new Set<bigint>();
  for (const [name, ref] of Object.entries(metadata.refs)) {
    const head = byId.get(ref['snapshot-id']);
    if (head === undefined || isExpired(name, ref, head, now)) continue;
    kept.add(head['snapshot-id']);
    referenced.add(head['snapshot-id']);
    if (ref.type === 'tag') continue;
    const since = now - (ref['max-snapshot-age-ms'] ?? maxAge);
    const last = ref['min-snapshots-to-keep'] ?? count ?? 1;
    let isKept = true;
    let number = 0;
    for (let one: Snapshot | undefined = head; one; one = parentOf(byId, one)) {
      number++;
      referenced.add(one['snapshot-id']);
      isKept &&= number <= last || one['timestamp-ms'] >= since;
      if (isKept) kept.add(one['snapshot-id']);
    }
  }
  return metadata.snapshots
    .filter((snapshot) => {
      const id = snapshot['snapshot-id'];
      if (kept.has(id) || id === metadata['current-snapshot-id']) return false;
      // Staged, rolled back, or of a branch that was removed.
      if (!referenced.has(id) && snapshot['timestamp-ms'] >= now - maxAge) return false;
      return retention.keep?.(snapshot) !== true;
    })
    .sort((one, two) => (one['sequence-number'] < two['sequence-number'] ? -1 : 1));
}

/** The larger one of those that are set. */
function atLeast(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function isExpired(name: string, ref: SnapshotRef, head: Snapshot, now: number): boolean {
  const maxAge = ref['max-ref-age-ms'];
  return name !== MAIN && maxAge !== undefined && head['timestamp-ms'] < now - maxAge;
}

function parentOf(byId: ReadonlyMap<bigint, Snapshot>, snapshot: Snapshot): Snapshot | undefined {
  const parent = snapshot['parent-snapshot-id'];
  return parent === undefined ? undefined : byId.get(parent);
}
