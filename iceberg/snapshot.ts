/** Questions to a table's snapshots: ids, ancestry, commit ids, the schema and the spec to write with. */
import { randomBytes } from 'node:crypto';
import { TableUnusable } from '../errors/index.js';
import type { PartitionField, PartitionSpec, Snapshot, TableMetadata } from './metadata.js';
import type { Schema } from './types.js';

/** The summary key that makes a commit repeatable: a snapshot that has it says that this commit is done. */
export const COMMIT_ID = 'trailmill.commit-id';

/** A random id below 2^53, so that readers that use JSON numbers get it right too. Never 0. */
export function newSnapshotId(): bigint {
  return (BigInt(`0x${randomBytes(7).toString('hex')}`) & ((1n << 53n) - 1n)) | 1n;
}

/** A snapshot by id; `undefined` when it is not there (any more). */
export function snapshotById(metadata: TableMetadata, id: bigint | null): Snapshot | undefined {
  return id === null ? undefined : metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
}

/**
 * The main branch's snapshots, newest first. A snapshot that was rolled back or that is on another branch is not among
 * them. Where expiry has cut the chain, everything older that was kept counts as part of it: for a commit id it is safer
 * to be found in a kept snapshot than to be committed twice.
 */
export function* ancestors(metadata: TableMetadata): Generator<Snapshot> {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  let snapshot = snapshotById(metadata, metadata['current-snapshot-id']);
  while (snapshot) {
    yield snapshot;
    const parent = snapshot['parent-snapshot-id'];
    const next = parent === undefined ? undefined : byId.get(parent);
    if (parent !== undefined && !next) {
      const cut = snapshot['sequence-number'];
      yield* metadata.snapshots.filter((other) => other['sequence-number'] < cut).reverse();
    }
    snapshot = next;
  }
}

/** The snapshot that was made for this commit id, if the table's history has one. */
export function findCommit(metadata: TableMetadata, commitId: string): Snapshot | undefined {
  for (const snapshot of ancestors(metadata)) if (snapshot.summary[COMMIT_ID] === commitId) return snapshot;
  return undefined;
}

/** Every commit id of the table's history with its snapshot id. */
export function commitIds(metadata: TableMetadata): Map<string, bigint> {
  const ids = new Map<string, bigint>();
  for (const snapshot of ancestors(metadata)) {
    const id = snapshot.summary[COMMIT_ID];
    if (id !== undefined) ids.set(id, snapshot['snapshot-id']);
  }
  return ids;
}

/** The schema to write with. */
export function currentSchema(metadata: TableMetadata): Schema {
  const id = metadata['current-schema-id'];
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === id);
  if (!schema) throw new TableUnusable(`The table metadata lacks its current schema ${id}.`);
  return schema;
}

/** The partition spec to write with. */
export function currentSpec(metadata: TableMetadata): PartitionSpec {
  const id = metadata['default-spec-id'];
  const spec = specById(metadata, id);
  if (!spec) throw new TableUnusable(`The table metadata lacks its default partition spec ${id}.`);
  return spec;
}

/** A partition spec by id; `undefined` when the table does not have it. */
function specById(metadata: TableMetadata, id: number): PartitionSpec | undefined {
  return metadata['partition-specs'].find((spec) => spec['spec-id'] === id);
}

/** Is the spec partitioned by the day of one column and nothing else, like the tables of this project? */
export function isDaySpec({ fields }: PartitionSpec): boolean {
  return fields.length === 1 && fields[0].transform === 'day';
}

/** The one field of a spec that this project writes: `day(…)`. Throws `TableUnusable` for any other spec. */
export function dayFieldOf(spec: PartitionSpec): PartitionField {
  const [field] = spec.fields;
  if (!isDaySpec(spec)) {
    throw new TableUnusable(
      `The table is partitioned by ${spec.fields.map((each) => `${each.transform}(${each.name})`).join(', ') || 'nothing'}.`,
      'Trailmill writes to tables that are partitioned by the day of one timestamp; use another table name.',
    );
  }
  return field;
}
