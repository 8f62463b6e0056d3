/** Brings a table's schema up to what a configuration wants, also when several workers find out at once that it is not. */
import { setTimeout as delay } from 'node:timers/promises';
import { TableUnusable } from '../errors/index.js';
import { type Catalog, LAST_ADDED, type LoadedTable, type TableRequirement, type TableUpdate } from './catalog.js';
import type { TableMetadata } from './metadata.js';
import { backoff, isRepeatable, loadTable, MAX_TRIES } from './retry.js';
import { lastColumnId } from './schema.js';
import { type Evolution, evolveSchema, sameSchema } from './schema-evolution.js';
import { currentSchema } from './snapshot.js';
import type { ColumnSpec, Schema } from './types.js';

export interface EvolveOptions {
  signal?: AbortSignal;
  maxTries?: number;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
}

/**
 * The table with all the wanted columns: as it is when it has them, else after a schema update. A conflict is answered by
 * looking at the table again: when another worker has added the columns, nothing is left to do. Data files that were
 * written before keep their ids and are read right with any later schema, so nobody waits for them.
 */
export async function evolveTable(
  catalog: Catalog,
  table: LoadedTable,
  wanted: readonly ColumnSpec[],
  options: EvolveOptions = {},
): Promise<LoadedTable> {
  const { signal, maxTries = MAX_TRIES } = options;
  const sleep = options.sleep ?? ((ms: number) => delay(ms, undefined, { signal }));
  let latest = table;
  for (let tries = 1; ; tries++) {
    signal?.throwIfAborted();
    const { schema, changes } = planned(latest, wanted);
    if (changes.length === 0) return latest;
    const [requirements, updates] = commitOf(latest.metadata, schema);
    try {
      return await catalog.commit(latest, requirements, updates);
    } catch (error) {
      if (!isRepeatable(error) || tries >= maxTries) throw error;
      await sleep(backoff(tries, Math.random));
      latest = await loadTable(catalog, table.identifier, table.metadata['table-uuid']);
    }
  }
}

function planned({ metadata, identifier }: LoadedTable, wanted: readonly ColumnSpec[]): Evolution {
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
