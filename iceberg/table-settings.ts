/** Settings of a table that tell all writers, also those that rewrite its files later, how to write them. */
import { LAST_ADDED, type TableRequirement, type TableUpdate } from './catalog.js';
import { sortOrderBy, type TableMetadata } from './metadata.js';
import { currentSchema } from './snapshot.js';
import type { ColumnSpec } from './types.js';

/** The settings that a table should have. */
export interface TableSettings {
  properties: Readonly<Record<string, string>>;
  /** Columns that its files are best sorted by (dotted names). */
  sortBy: readonly string[];
}

/**
 * Bytes of a Bloom filter in the files of Iceberg's Java writers, which do not count values first: enough for 65,000 values.
 * Their default of 1 MiB for each column and row group would double small tables.
 */
const BLOOM_FILTER_BYTES = 1 << 16;

/** Property that enables Bloom filters of a column, before its dotted name. */
const BLOOM_FILTER = 'write.parquet.bloom-filter-enabled.column.';

/**
 * The settings of a table with these columns. The properties are those of Iceberg's writers (Iceberg docs, "Write properties"),
 * and say of metrics and Bloom filters what our own writer does.
 */
export function tableSettings(columns: readonly ColumnSpec[], sortBy: readonly string[]): TableSettings {
  const properties: Record<string, string> = {
    // Without it, Iceberg gives bounds to the first 100 columns only.
    'write.metadata.metrics.default': 'truncate(16)',
    'write.parquet.bloom-filter-max-bytes': String(BLOOM_FILTER_BYTES),
  };
  for (const { name, lookup } of columns) {
    if (!lookup) continue;
    properties[`write.metadata.metrics.column.${name}`] = 'full';
    properties[`${BLOOM_FILTER}${name}`] = 'true';
  }
  return { properties, sortBy };
}

/** The columns (dotted names) that single values are searched for in, as the properties of a table say. */
export function lookupColumns({ properties }: Pick<TableMetadata, 'properties'>): string[] {
  return Object.entries(properties).flatMap(([name, value]) =>
    name.startsWith(BLOOM_FILTER) && value === 'true' ? [name.slice(BLOOM_FILTER.length)] : [],
  );
}

/**
 * The commit that gives a table those settings that it lacks; no updates if it lacks none. What somebody has set stays: a
 * property with another value, a sort order, and the removal of a sort order.
 */
export function missingSettings(
  metadata: TableMetadata,
  { properties, sortBy }: TableSettings,
): [TableRequirement[], TableUpdate[]] {
  const requirements: TableRequirement[] = [];
  const updates: TableUpdate[] = [];
  const lacking = Object.entries(properties).filter(([name]) => metadata.properties[name] === undefined);
  if (lacking.length > 0) updates.push({ action: 'set-properties', updates: Object.fromEntries(lacking) });
  const wasSorted = metadata['sort-orders'].some(({ fields }) => fields.length > 0);
  const order = wasSorted ? undefined : sortOrderBy(currentSchema(metadata), sortBy);
  if (order !== undefined) {
    requirements.push({
      type: 'assert-default-sort-order-id',
      'default-sort-order-id': metadata['default-sort-order-id'],
    });
    updates.push(
      { action: 'add-sort-order', 'sort-order': order },
      { action: 'set-default-sort-order', 'sort-order-id': LAST_ADDED },
    );
  }
  return [requirements, updates];
}
