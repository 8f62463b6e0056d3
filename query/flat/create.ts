/** The SQL that creates the flat view of a table. Pure. */
import { allTables, type TableRole, tablesOf } from '../../cloudtrail/tables.js';
import { fieldByName, schemaOf } from '../../iceberg/schema.js';
import type { Schema } from '../../iceberg/types.js';
import { identifier, typeOf } from '../sql-text.js';
import { flatViewOf } from './views.js';

const TABLE = 't';

/**
 * `CREATE VIEW` of the flat view over a table. Columns that the table does not have yet, because an earlier version wrote it, are
 * null.
 * @param table its name
 * @param schema its current schema
 */
export function createFlatView(role: TableRole, table: string, schema: Schema): string {
  const { name, columns } = flatViewOf(role);
  const full = managedSchema(role);
  const of = (column: string): string => {
    if (fieldByName(schema, column) !== undefined) return [TABLE, ...column.split('.')].map(identifier).join('.');
    const known = fieldByName(full, column);
    if (known === undefined) throw new Error(`the view ${name} is made of ${column}, which is no column`);
    return `CAST(NULL AS ${typeOf(known.type)})`;
  };
  const list = columns.map((column) => `${column.sql(of)} AS ${identifier(column.name)}`);
  return `CREATE OR REPLACE VIEW ${identifier(name)} AS SELECT ${list.join(', ')} FROM ${identifier(table)} AS ${TABLE}`;
}

function managedSchema(role: TableRole): Schema {
  const source = '';
  return schemaOf(tablesOf(source, allTables(source))[role]?.columns ?? []);
}
