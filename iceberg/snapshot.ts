/** Queries on a table's snapshots: ids, ancestry, commit ids, and the current schema and partition spec. */
import { randomBytes } from 'node:crypto';
import { TableUnusable } from '../errors/index.js';
import type { PartitionField, PartitionSpec, Snapshot, TableMetadata } from './metadata.js';
import type { Schema } from './types.js';

/** Summary key with the commit id, which makes commits idempotent: if a snapshot has it, the commit is done. */
export const COMMIT_ID = 'trailmill.commit-id';

/** A random id below 2^53, so that readers that use JSON numbers can represent it. Never 0. */
export function newSnapshotId(): bigint {
  return (BigInt(`0x${randomBytes(7).toString('hex')}`) & ((1n << 53n) - 1n)) | 1n;
}

/** The snapshot with this id; `undefined` if the table does not have it, or no longer has it. */
export function snapshotById(metadata: TableMetadata, id: bigint | null): Snapshot | undefined {
  return id === null ? undefined : metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
}

/**
 * The snapshots of the main branch, newest first, without rolled back snapshots and those of other branches. If expiration has
 * cut the chain, all older snapshots that remain are included: finding a commit id in one of them is safer than committing it
 * twice.
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

/** The snapshot of this commit id, if the table's history has one. */
export function findCommit(metadata: TableMetadata, commitId: string): Snapshot | undefined {
  for (const snapshot of ancestors(metadata)) if (snapshot.summary[COMMIT_ID] === commitId) return snapshot;
  return undefined;
}

/** All commit ids in the table's history, with their snapshot ids. */
export function commitIds(metadata: TableMetadata): Map<string, bigint> {
  const ids = new Map<string, bigint>();
  for (const snapshot of ancestors(metadata)) {
    const id = snapshot.summary[COMMIT_ID];
    if (id !== undefined) ids.set(id, snapshot['snapshot-id']);
  }
  return ids;
}

/** The current schema, to write with. Throws `TableUnusable` if the metadata does not contain it. */
export function currentSchema(metadata: TableMetadata): Schema {
  const id = metadata['current-schema-id'];
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === id);
  if (!schema) throw new TableUnusable(`The table metadata lacks its current schema ${id}.`);
  return schema;
}

/** The default partition spec, to write with. Throws `TableUnusable` if the metadata does not contain it. */
export function currentSpec(metadata: TableMetadata): PartitionSpec {
  const id = metadata['default-spec-id'];
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === id);
  if (!spec) throw new TableUnusable(`The table metadata lacks its default partition spec ${id}.`);
  return spec;
}

/** Whether the only partition field is the day of a column, as in Trailmill's tables. */
export function isDaySpec({ fields }: PartitionSpec): boolean {
  return fields.length === 1 && fields[0].transform === 'day';
}

/** The single `day(…)` field of a spec. Throws `TableUnusable` for any other spec. */
export function dayFieldOf(spec: PartitionSpec): PartitionField {
  const [field] = spec.fields;
  if (!isDaySpec(spec)) {
    throw new TableUnusable(
      `The table is partitioned by ${spec.fields.map((each) => `${each.transform}(${each.name})`).join(', ') || 'nothing'}.`,
      'Trailmill only writes to tables that are partitioned by the day of one timestamp; use another table name.',
    );
  }
  return field;
}
