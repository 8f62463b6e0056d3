/** Sort orders of tables (spec, "Sorting"). */
import type { TableMetadata } from './metadata.js';
import { fieldByName } from './schema.js';
import { currentSchema } from './snapshot.js';

/**
 * The id of the table's sort order by exactly these columns (dotted names), ascending with nulls first; `undefined` if the table
 * has none.
 */
export function sortOrderIdOf(metadata: TableMetadata, columns: readonly string[]): number | undefined {
  const schema = currentSchema(metadata);
  const wanted = columns.map((column) => fieldByName(schema, column)?.id);
  if (wanted.length === 0) return undefined;
  const isWanted = (field: unknown, index: number): boolean => {
    const { transform, direction, ...of } = field as Record<string, unknown>;
    return (
      of['source-id'] === wanted[index] &&
      transform === 'identity' &&
      direction === 'asc' &&
      of['null-order'] === 'nulls-first'
    );
  };
  return metadata['sort-orders'].find(({ fields }) => fields.length === wanted.length && fields.every(isWanted))?.[
    'order-id'
  ];
}
