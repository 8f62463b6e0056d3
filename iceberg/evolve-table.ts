/** Adds the columns of a configuration to a table, and settings that it lacks. Several workers can do so concurrently. */
import { TableUnusable } from '../errors/index.js';
import { type Catalog, LAST_ADDED, type LoadedTable, type TableRequirement } from './catalog.js';
import { type Changes, commitUpdates, type UpdateOptions } from './commit-updates.js';
import { lastColumnId } from './schema.js';
import { type Evolution, evolveSchema, sameSchema } from './schema-evolution.js';
import { currentSchema } from './snapshot.js';
import { missingSettings, type TableSettings } from './table-settings.js';
import type { ColumnSpec } from './types.js';

/** Options of {@link evolveTable}. */
export interface EvolveOptions extends UpdateOptions {
  /** What the table should have besides its columns. */
  settings?: TableSettings;
}

/**
 * Returns the table with all wanted columns and settings: unchanged if it has them, otherwise after a schema update and an update
 * of its settings. After a conflict, the table is reloaded; if another worker has made the changes, nothing is left to do.
 * Existing data files keep their field ids and can be read with any later schema. Throws `TableUnusable` if a wanted column is
 * incompatible with the table's.
 */
export async function evolveTable(
  catalog: Catalog,
  table: LoadedTable,
  wanted: readonly ColumnSpec[],
  options: EvolveOptions = {},
): Promise<LoadedTable> {
  const { settings } = options;
  const evolved = await commitUpdates(catalog, table, (latest) => schemaCommit(latest, wanted), options);
  // The schema first: a sort order needs the ids of its columns.
  if (settings === undefined) return evolved;
  return commitUpdates(catalog, evolved, (latest) => settingsCommit(latest, settings), options);
}

function settingsCommit({ metadata }: LoadedTable, settings: TableSettings): Changes {
  return missingSettings(metadata, settings);
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
function schemaCommit(table: LoadedTable, wanted: readonly ColumnSpec[]): Changes {
  const { metadata } = table;
  const { schema, changes } = evolutionOf(table, wanted);
  if (changes.length === 0) return [[], []];
  const requirements: TableRequirement[] = [
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
