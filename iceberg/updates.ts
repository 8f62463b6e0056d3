/**
 * Checks the requirements of a commit and applies its updates to table metadata (REST protocol, "TableRequirement",
 * "TableUpdate").
 */
import { CommitConflict } from '../errors/index.js';
import { LAST_ADDED, type TableRequirement, type TableUpdate } from './catalog.js';
import { MAIN, type Snapshot, type SnapshotStatistics, type SortOrder, type TableMetadata } from './metadata.js';
import { lastColumnId } from './schema.js';
import { sameSchema } from './schema-evolution.js';
import type { Schema } from './types.js';

/** Maximum length of the metadata log, if the table does not set it. */
const PREVIOUS_VERSIONS_MAX = 100;

/** Throws `CommitConflict` if the table does not meet the requirements, because it has changed since the writer loaded it. */
export function checkRequirements(metadata: TableMetadata, requirements: readonly TableRequirement[]): void {
  for (const requirement of requirements) {
    const conflict = conflictWith(metadata, requirement);
    if (conflict !== undefined) throw new CommitConflict(conflict);
  }
}

function conflictWith(metadata: TableMetadata, requirement: TableRequirement): string | undefined {
  switch (requirement.type) {
    case 'assert-table-uuid': {
      const actual = metadata['table-uuid'];
      if (actual === requirement.uuid) return undefined;
      return `The table was replaced: it is ${actual} now, not ${requirement.uuid}.`;
    }
    case 'assert-ref-snapshot-id': {
      const [actual, expected] = [metadata.refs[requirement.ref]?.['snapshot-id'] ?? null, requirement['snapshot-id']];
      if (actual === expected) return undefined;
      return `Another writer was first: ${requirement.ref} is at snapshot ${actual}, not ${expected}.`;
    }
    case 'assert-current-schema-id': {
      const [actual, expected] = [metadata['current-schema-id'], requirement['current-schema-id']];
      if (actual === expected) return undefined;
      return `Another writer changed the schema: it is ${actual} now, not ${expected}.`;
    }
    case 'assert-last-assigned-field-id': {
      const [actual, expected] = [metadata['last-column-id'], requirement['last-assigned-field-id']];
      if (actual === expected) return undefined;
      return `Another writer added columns: the last column id is ${actual} now, not ${expected}.`;
    }
    case 'assert-default-sort-order-id': {
      const [actual, expected] = [metadata['default-sort-order-id'], requirement['default-sort-order-id']];
      if (actual === expected) return undefined;
      return `Another writer changed the sort order: it is ${actual} now, not ${expected}.`;
    }
  }
}

/**
 * Returns the metadata after the updates, without changing the argument. `previousLocation` is the metadata file that the result
 * replaces; it is added to the metadata log.
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
  at: { now: number; previousLocation?: string },
): TableMetadata {
  let next = metadata;
  let lastAdded: number | undefined;
  for (const update of updates) {
    if (update.action === 'add-schema') [next, lastAdded] = addSchema(next, update.schema);
    else next = applyUpdate(next, update, lastAdded);
  }
  // The clocks of writers differ, but the log must be in order (spec, "last-updated-ms").
  const now = Math.max(at.now, next['last-updated-ms']);
  if (at.previousLocation) next = logPrevious(next, at.previousLocation, metadata['last-updated-ms']);
  return { ...next, 'last-updated-ms': now };
}

type OtherUpdate = Exclude<TableUpdate, { action: 'add-schema' }>;

function applyUpdate(metadata: TableMetadata, update: OtherUpdate, lastAdded: number | undefined): TableMetadata {
  switch (update.action) {
    case 'set-current-schema':
      return setCurrentSchema(metadata, update['schema-id'] === LAST_ADDED ? lastAdded : update['schema-id']);
    case 'add-sort-order':
      return addSortOrder(metadata, update['sort-order']);
    case 'set-default-sort-order':
      return setDefaultSortOrder(metadata, update['sort-order-id']);
    case 'add-snapshot':
      return addSnapshot(metadata, update.snapshot);
    case 'set-snapshot-ref':
      return setRef(metadata, update['ref-name'], update['snapshot-id'], update.type);
    case 'set-properties':
      return { ...metadata, properties: { ...metadata.properties, ...update.updates } };
    case 'remove-properties':
      return { ...metadata, properties: without(metadata.properties, update.removals) };
    case 'remove-snapshots':
      return removeSnapshots(metadata, new Set(update['snapshot-ids']));
  }
}

function without<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/**
 * If the table already has a schema with the same content, returns its id; otherwise assigns the next id, regardless of the
 * given one.
 */
function addSchema(metadata: TableMetadata, schema: Schema): [TableMetadata, number] {
  const lastId = Math.max(metadata['last-column-id'], lastColumnId(schema));
  const known = metadata.schemas.find((candidate) => sameSchema(candidate, schema));
  if (known) return [{ ...metadata, 'last-column-id': lastId }, known['schema-id']];
  const id = nextSchemaId(metadata);
  const schemas = [...metadata.schemas, { ...schema, 'schema-id': id }];
  return [{ ...metadata, schemas, 'last-column-id': lastId }, id];
}

/** Ids only increase, even if the newest schemas were removed from the list while an older one is current. */
function nextSchemaId(metadata: TableMetadata): number {
  return Math.max(metadata['current-schema-id'], ...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
}

function setCurrentSchema(metadata: TableMetadata, id: number | undefined): TableMetadata {
  if (!metadata.schemas.some((schema) => schema['schema-id'] === id)) throw new Error(`The table has no schema ${id}`);
  return { ...metadata, 'current-schema-id': id as number };
}

const orderId = (order: SortOrder): number => order['order-id'];

/** Assigns the next id, regardless of the given one. Ids only increase, so the last one that was added has the largest. */
function addSortOrder(metadata: TableMetadata, order: SortOrder): TableMetadata {
  const id = Math.max(0, ...metadata['sort-orders'].map(orderId)) + 1;
  return { ...metadata, 'sort-orders': [...metadata['sort-orders'], { ...order, 'order-id': id }] };
}

function setDefaultSortOrder(metadata: TableMetadata, id: number): TableMetadata {
  const ids = metadata['sort-orders'].map(orderId);
  const wanted = id === LAST_ADDED ? Math.max(...ids) : id;
  if (!ids.includes(wanted)) throw new Error(`The table has no sort order ${id}`);
  return { ...metadata, 'default-sort-order-id': wanted };
}

function addSnapshot(metadata: TableMetadata, snapshot: Snapshot): TableMetadata {
  // A commit to another branch uses a sequence number too but does not change main, so the requirements do not detect it.
  if (snapshot['sequence-number'] <= metadata['last-sequence-number']) {
    throw new CommitConflict(`Another writer used sequence number ${snapshot['sequence-number']}.`);
  }
  if (metadata.snapshots.some((other) => other['snapshot-id'] === snapshot['snapshot-id'])) {
    throw new CommitConflict(`Snapshot id ${snapshot['snapshot-id']} already exists.`);
  }
  return {
    ...metadata,
    snapshots: [...metadata.snapshots, snapshot],
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': Math.max(metadata['last-updated-ms'], snapshot['timestamp-ms']),
  };
}

function setRef(metadata: TableMetadata, name: string, id: bigint, type: 'branch'): TableMetadata {
  const snapshot = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id);
  if (!snapshot) throw new Error(`The table has no snapshot ${id} for ${name}`);
  const refs = { ...metadata.refs, [name]: { ...metadata.refs[name], 'snapshot-id': id, type } };
  if (name !== MAIN) return { ...metadata, refs };
  const entry = { 'snapshot-id': id, 'timestamp-ms': snapshot['timestamp-ms'] };
  return { ...metadata, refs, 'current-snapshot-id': id, 'snapshot-log': [...metadata['snapshot-log'], entry] };
}

/**
 * Removes snapshots with everything that refers to them. The log of current snapshots keeps only the entries after the
 * newest one whose snapshot is gone, because older entries would no longer say what was current at a time (spec,
 * "snapshot-log").
 */
function removeSnapshots(metadata: TableMetadata, ids: ReadonlySet<bigint>): TableMetadata {
  const current = metadata['current-snapshot-id'];
  if (current !== null && ids.has(current)) throw new CommitConflict(`Snapshot ${current} is the current one.`);
  const snapshots = metadata.snapshots.filter((snapshot) => !ids.has(snapshot['snapshot-id']));
  const refs = Object.entries(metadata.refs).filter(([, ref]) => !ids.has(ref['snapshot-id']));
  const known = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const log = metadata['snapshot-log'];
  const gap = log.findLastIndex((entry) => !known.has(entry['snapshot-id']));
  return {
    ...metadata,
    snapshots,
    refs: Object.fromEntries(refs),
    'snapshot-log': log.slice(gap + 1),
    ...remainingStatistics(metadata, ids),
  };
}

/** Statistics files belong to one snapshot each (spec, "Table Statistics", "Partition Statistics"). */
function remainingStatistics(metadata: TableMetadata, ids: ReadonlySet<bigint>): Partial<TableMetadata> {
  const remaining: Partial<Record<'statistics' | 'partition-statistics', SnapshotStatistics[]>> = {};
  for (const name of ['statistics', 'partition-statistics'] as const) {
    const files = metadata[name];
    if (files !== undefined) remaining[name] = files.filter((file) => !ids.has(BigInt(file['snapshot-id'])));
  }
  return remaining;
}

function logPrevious(metadata: TableMetadata, location: string, updatedMs: number): TableMetadata {
  const configured = Number(metadata.properties['write.metadata.previous-versions-max']);
  const max = Number.isInteger(configured) && configured > 0 ? configured : PREVIOUS_VERSIONS_MAX;
  const log = [...metadata['metadata-log'], { 'metadata-file': location, 'timestamp-ms': updatedMs }];
  return { ...metadata, 'metadata-log': log.slice(-max) };
}
