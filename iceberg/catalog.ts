/** The catalog port, shaped like the Iceberg REST protocol: create, load, commit with requirements and updates. */

import type { ObjectStore } from '../storage/object-store.js';
import type { CreateTable, Snapshot, SortOrder, TableMetadata } from './metadata.js';
import type { Schema } from './types.js';

/** Names of a table and its namespace; the levels of a namespace are separated by dots. */
export interface TableIdentifier {
  namespace: string;
  name: string;
}

/** A table in the state in which the catalog returned it. Immutable; a commit returns a new one. */
export interface LoadedTable {
  identifier: TableIdentifier;
  /** Address of the table's root; data files are in `<location>/data/`. */
  location: string;
  /** The store of the table's files: a catalog may keep a table in another bucket, with its own credentials. */
  store: ObjectStore;
  metadataLocation: string;
  /** Size of the metadata file; absent if the catalog did not read or write it itself. */
  metadataBytes?: number;
  metadata: TableMetadata;
}

/** The subset of the REST protocol's `TableRequirement` that is used here. */
export type TableRequirement =
  | { type: 'assert-table-uuid'; uuid: string }
  | { type: 'assert-ref-snapshot-id'; ref: string; 'snapshot-id': bigint | null }
  | { type: 'assert-current-schema-id'; 'current-schema-id': number }
  | { type: 'assert-last-assigned-field-id'; 'last-assigned-field-id': number }
  | { type: 'assert-default-sort-order-id'; 'default-sort-order-id': number };

/**
 * The subset of the REST protocol's `TableUpdate` that is used here. The catalog assigns the id of an added schema or sort order
 * and ignores the one in the request; `set-current-schema` and `set-default-sort-order` refer to it with {@link LAST_ADDED}.
 */
export type TableUpdate =
  // Without `last-column-id`, servers before Iceberg 1.9 use the schema's highest id, and reject it if a later column was
  // dropped.
  | { action: 'add-schema'; schema: Schema; 'last-column-id'?: number }
  | { action: 'set-current-schema'; 'schema-id': number }
  | { action: 'add-sort-order'; 'sort-order': SortOrder }
  | { action: 'set-default-sort-order'; 'sort-order-id': number }
  | { action: 'add-snapshot'; snapshot: Snapshot }
  | { action: 'set-snapshot-ref'; 'ref-name': string; type: 'branch'; 'snapshot-id': bigint }
  /** Branches and tags of these snapshots are removed too; the current snapshot cannot be. */
  | { action: 'remove-snapshots'; 'snapshot-ids': bigint[] }
  | { action: 'set-properties'; updates: Record<string, string> }
  | { action: 'remove-properties'; removals: string[] };

/** Id that refers to the schema or sort order added by the same commit. */
export const LAST_ADDED = -1;

/**
 * A catalog. Every call takes an AbortSignal: when it is aborted, the call rejects with the signal's reason without waiting for
 * the catalog, and sends no more requests.
 */
export interface Catalog {
  /** For messages and for the CLI: `storage catalog at file:///…`. */
  readonly description: string;
  /** Creates the table, or loads it if it exists or another client was first. */
  ensureTable(identifier: TableIdentifier, create: CreateTable, signal?: AbortSignal): Promise<LoadedTable>;
  /** Loads a table; `undefined` if it does not exist. */
  loadTable(identifier: TableIdentifier, signal?: AbortSignal): Promise<LoadedTable | undefined>;
  /**
   * Commits changes to the loaded state of the table. Throws `CommitConflict` (nothing was changed) or `CommitStateUnknown`
   * (check for the commit before retrying it). If the signal is aborted after the request was sent, throws its reason, and the
   * state is unknown too.
   */
  commit(
    table: LoadedTable,
    requirements: TableRequirement[],
    updates: TableUpdate[],
    signal?: AbortSignal,
  ): Promise<LoadedTable>;
}
