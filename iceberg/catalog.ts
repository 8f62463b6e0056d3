/** The catalog port, shaped like the Iceberg REST protocol: create, load, commit with requirements and updates. */

import type { ObjectStore } from '../storage/object-store.js';
import type { CreateTable, Snapshot, TableMetadata } from './metadata.js';
import type { Schema } from './types.js';

/** Names of a table and its namespace; the levels of a namespace are separated by dots. */
export interface TableIdentifier {
  namespace: string;
  name: string;
}

/** A table in the state in which the catalog has answered it. It does not change; a commit returns a new one. */
export interface LoadedTable {
  identifier: TableIdentifier;
  /** Address of the table's root; data files go under `<location>/data/`. */
  location: string;
  /** What its files are read from and written to: a catalog may keep a table in another bucket, with credentials of its own. */
  store: ObjectStore;
  metadataLocation: string;
  metadata: TableMetadata;
}

/** The subset of the REST protocol's `TableRequirement` that is used here. */
export type TableRequirement =
  | { type: 'assert-table-uuid'; uuid: string }
  | { type: 'assert-ref-snapshot-id'; ref: string; 'snapshot-id': bigint | null }
  | { type: 'assert-current-schema-id'; 'current-schema-id': number }
  | { type: 'assert-last-assigned-field-id'; 'last-assigned-field-id': number };

/**
 * The subset of the REST protocol's `TableUpdate` that is used here. The id of an added schema is a proposal: the catalog
 * gives it the next one, and `set-current-schema` with {@link LAST_ADDED} finds it.
 */
export type TableUpdate =
  // Without it servers before Iceberg 1.9 take the schema's highest id, and refuse that when a later column was dropped.
  | { action: 'add-schema'; schema: Schema; 'last-column-id'?: number }
  | { action: 'set-current-schema'; 'schema-id': number }
  | { action: 'add-snapshot'; snapshot: Snapshot }
  | { action: 'set-snapshot-ref'; 'ref-name': string; type: 'branch'; 'snapshot-id': bigint }
  | { action: 'set-properties'; updates: Record<string, string> };

/** As a schema id: the one that this commit added. */
export const LAST_ADDED = -1;

/**
 * Every call takes an AbortSignal. Once it is aborted, the call rejects with the signal's reason without waiting for the
 * catalog, and sends no more requests.
 */
export interface Catalog {
  /** For messages and for the CLI: `storage catalog at file:///…`. */
  readonly description: string;
  /** Creates the table, or loads it when another client was first. */
  ensureTable(identifier: TableIdentifier, create: CreateTable, signal?: AbortSignal): Promise<LoadedTable>;
  /** `undefined` when there is no such table. */
  loadTable(identifier: TableIdentifier, signal?: AbortSignal): Promise<LoadedTable | undefined>;
  /**
   * Changes the table from the state that was loaded. Throws `CommitConflict` (nothing happened) or `CommitStateUnknown`
   * (look for the commit before repeating it). When the signal is aborted after the request was sent, its reason is thrown,
   * and the state is unknown as well.
   */
  commit(
    table: LoadedTable,
    requirements: TableRequirement[],
    updates: TableUpdate[],
    signal?: AbortSignal,
  ): Promise<LoadedTable>;
}
