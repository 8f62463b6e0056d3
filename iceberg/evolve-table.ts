/** Adds the columns that a configuration wants to a table, also when several workers do so at once. */
import { TableUnusable } from '../errors/index.js';
import { abortableDelay } from '../storage/cancellation.js';
import { type Catalog, LAST_ADDED, type LoadedTable, type TableRequirement, type TableUpdate } from './catalog.js';
import type { TableMetadata } from './metadata.js';
import { commitBackoff, isRepeatable, loadExistingTable, MAX_TRIES } from './retry.js';
import { lastColumnId } from './schema.js';
import { type Evolution, evolveSchema, sameSchema } from './schema-evolution.js';
import { currentSchema } from './snapshot.js';
import type { ColumnSpec, Schema } from './types.js';

/** Options of {@link evolveTable}. */
export interface EvolveOptions {
  signal?: AbortSignal;
  maxTries?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * Returns the table with all the wanted columns: as it is when it has them, else after a schema update. After a conflict the
 * table is loaded again: when another worker has added the columns, nothing is left to do. Data files that were written
 * before keep their field ids and can be read with any later schema. Throws `TableUnusable` where a wanted column
 * contradicts the table's.
 */
export async function evolveTable(
  catalog: Catalog,
  table: LoadedTable,
  wanted: readonly ColumnSpec[],
  options: EvolveOptions = {},
): Promise<LoadedTable> {
  const { signal, maxTries = MAX_TRIES } = options;
  const sleep = options.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  let latest = table;
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    const { schema, changes } = evolutionOf(latest, wanted);
    if (changes.length === 0) return latest;
    const [requirements, updates] = commitOf(latest.metadata, schema);
    try {
      return await catalog.commit(latest, requirements, updates, signal);
    } catch (error) {
      if (!isRepeatable(error) || tries >= maxTries) throw error;
      await sleep(commitBackoff(tries));
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
      `The table ${identifier.namespace}.${identifier.name} cannot take the columns of the configuration. ${error.message}`,
      error.cure,
      { cause: error },
    );
  }
}

/** An earlier schema that says the same becomes the current one again (servers answer its second `add-schema` differently). */
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
