/** Adds the columns of a configuration to a table. Several workers can do so concurrently. */
import { TableUnusable } from '../errors/index.js';
import { abortableDelay } from '../storage/cancellation.js';
import { type Catalog, LAST_ADDED, type LoadedTable, type TableRequirement, type TableUpdate } from './catalog.js';
import type { TableMetadata } from './metadata.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from './retry.js';
import { lastColumnId } from './schema.js';
import { type Evolution, evolveSchema, sameSchema } from './schema-evolution.js';
import { currentSchema } from './snapshot.js';
import type { ColumnSpec, Schema } from './types.js';

/** Options of {@link evolveTable}. */
export interface EvolveOptions {
  signal?: AbortSignal;
  maxAttempts?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Returns the table with all wanted columns: unchanged if it has them, otherwise after a schema update. After a conflict, the
 * table is reloaded; if another worker has added the columns, nothing is left to do. Existing data files keep their field ids
 * and can be read with any later schema. Throws `TableUnusable` if a wanted column is incompatible with the table's.
 */
export async function evolveTable(
  catalog: Catalog,
  table: LoadedTable,
  wanted: readonly ColumnSpec[],
  options: EvolveOptions = {},
): Promise<LoadedTable> {
  const { signal, maxAttempts = MAX_COMMIT_ATTEMPTS } = options;
  const sleep = options.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  let latest = table;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const { schema, changes } = evolutionOf(latest, wanted);
    if (changes.length === 0) return latest;
    const [requirements, updates] = commitOf(latest.metadata, schema);
    try {
      return await catalog.commit(latest, requirements, updates, signal);
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
      await sleep(commitBackoff(attempt));
      latest = await loadExistingTable(catalog, table.identifier, { uuid: table.metadata['table-uuid'], signal });
    }
  }
}

function evolutionOf({ metadata, identifier }: LoadedTable, wanted: readonly ColumnSpec[]): Evolution {
  try {
    return evolveSchema(currentSchema(metadata), metadata['last-column-id'], wanted);
  } catch (error) {
    if (!(error instanceof TableUnusable)) throw error;
    throw new TableUnusable(
      `The table ${identifier.namespace}.${identifier.name} is incompatible with the configured columns. ${error.message}`,
      error.cure,
      { cause: error },
    );
  }
}

/** Reuses an earlier schema with the same content: servers differ in how they handle adding the same schema twice. */
function commitOf(metadata: TableMetadata, schema: Schema): [TableRequirement[], TableUpdate[]] {
  const requirements: TableRequirement[] = [
    { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
    { type: 'assert-current-schema-id', 'current-schema-id': metadata['current-schema-id'] },
  ];
  const known = metadata.schemas.find((candidate) => sameSchema(candidate, schema));
  if (known) return [requirements, [{ action: 'set-current-schema', 'schema-id': known['schema-id'] }]];
  return [
    [...requirements, { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': metadata['last-column-id'] }],
    [
      {
        action: 'add-schema',
        schema,
        'last-column-id': Math.max(metadata['last-column-id'], lastColumnId(schema)),
      },
      { action: 'set-current-schema', 'schema-id': LAST_ADDED },
    ],
  ];
}
