/**
 * Which Parquet files have exactly the columns of a table's schema. DuckDB reads these by name: it then decodes only the members
 * of structs that a query needs, and skips row groups by their bounds and Bloom filters. With columns matched by field id, which
 * all other files need, it decodes whole structs.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { IcebergType, Schema } from '../iceberg/types.js';
import { escapedPattern, sqlLiteral, typeOf } from './sql-text.js';

/** A column of a file, or a level of one. */
interface Node {
  name: string;
  fieldId: number | null;
  /** DuckDB's name of the type; null for levels. */
  type: string | null;
  children: Node[];
}

/** Returns those of the files that have the columns of the schema. Reads all footers. Throws DuckDB's errors. */
export async function filesWithSchema(
  connection: DuckDBConnection,
  urls: readonly string[],
  schema: Schema,
): Promise<Set<string>> {
  const same = new Set<string>();
  for (const url of urls) {
    const sql = `SELECT name, num_children, field_id, duckdb_type FROM parquet_schema(${sqlLiteral(escapedPattern(url))})`;
    const rows = (await connection.runAndReadAll(sql)).getRows();
    let at = 0;
    const read = (): Node => {
      const [name, children, fieldId, type] = rows[at++];
      const node: Node = {
        name: String(name),
        fieldId: fieldId === null ? null : Number(fieldId),
        type: type === null ? null : String(type),
        children: [],
      };
      for (let child = 0; child < Number(children ?? 0); child++) node.children.push(read());
      return node;
    };
    const columns = new Map(read().children.map((node) => [node.name, node]));
    if (schema.fields.every(({ id, name, type }) => isSame(columns.get(name), id, type))) same.add(url);
  }
  return same;
}

function isSame(node: Node | undefined, id: number, type: IcebergType): boolean {
  if (node === undefined || node.fieldId !== id) return false;
  if (typeof type === 'string')
    return node.children.length === 0 && node.type === typeOf(type).replace(ZONED, LONG_ZONED);
  if (type.type === 'list') {
    // Parquet's "Nested Types": a group with a repeated group, which has the element.
    const [repeated, ...others] = node.children;
    const [element] = repeated?.children ?? [];
    return others.length === 0 && repeated?.children.length === 1 && isSame(element, type['element-id'], type.element);
  }
  // In the same order, so that DuckDB has the same type for it.
  const { fields } = type;
  return (
    node.children.length === fields.length &&
    fields.every((field, index) => {
      const child = node.children[index];
      return child.name === field.name && isSame(child, field.id, field.type);
    })
  );
}

/** `parquet_schema` has the long name of the type. */
const ZONED = /^TIMESTAMPTZ$/;
const LONG_ZONED = 'TIMESTAMP WITH TIME ZONE';
