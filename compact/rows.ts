/** Buffers for the rows of a table, by its schema: a column for each field at the top, structs included. */
import { gather, type Picks } from '../columnar/gather.js';
import { type AnyColumn, ListColumn, StructColumn } from '../columnar/nested.js';
import { RowSet } from '../columnar/row-set.js';
import { StringColumn } from '../columnar/string-column.js';
import type { Vector } from '../columnar/vectors.js';
import type { ColumnSpec, ColumnType, IcebergType, Schema } from '../iceberg/types.js';

/** The types that have a column buffer. Others are only in tables to which another writer has added columns. */
const SUPPORTED: ReadonlySet<unknown> = new Set([
  ...['boolean', 'int', 'long', 'float', 'double', 'date', 'timestamptz', 'string'],
]);

/** The first column of the schema that cannot be rewritten, with its type: of a type that only other writers use. */
export function unsupportedColumn(schema: Schema): { column: string; type: string } | undefined {
  const find = (path: string, type: IcebergType): { column: string; type: string } | undefined => {
    if (typeof type === 'object' && type.type === 'list') return find(`${path}.element`, type.element);
    if (typeof type === 'object' && type.type === 'struct') {
      for (const field of type.fields) {
        const found = find(`${path}.${field.name}`, field.type);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const text = typeof type === 'string' ? type : (type as { type: string }).type;
    return SUPPORTED.has(type) ? undefined : { column: path, type: text };
  };
  for (const { name, type } of schema.fields) {
    const found = find(name, type);
    if (found !== undefined) return found;
  }
  return undefined;
}

function columnTypeOf(type: IcebergType): ColumnType {
  if (typeof type === 'string') return type;
  if (type.type === 'list') return { list: columnTypeOf(type.element) };
  return { struct: type.fields.map((field) => ({ name: field.name, type: columnTypeOf(field.type) })) };
}

/** Buffers for the rows of a day. */
export function rowSetOf(schema: Schema, day: number): RowSet {
  const specs = schema.fields.map(
    ({ name, type, required }): ColumnSpec => ({ name, type: columnTypeOf(type), required, doc: '' }),
  );
  return new RowSet(specs, day);
}

/**
 * Appends all picks, one column after the other: picks are spread over the batches. The data of one column fits into the
 * processor's caches; that of all columns does not.
 * @param columns of the batches, by batch
 */
export function appendPicks(
  rows: RowSet,
  columns: readonly (readonly (Vector | undefined)[])[],
  picks: Picks,
  from: number,
  to: number,
): void {
  rows.columns.forEach((column, index) => {
    const vectors = columns.map((batch) => batch[index]);
    gather(vectors, picks, from, to, column, rows.rows);
  });
  rows.rows += to - from;
}

/**
 * Returns the end of the rows from `from` on that have at most `limit.rows` rows and about `limit.bytes` bytes; at least one row.
 * The rows must be finished.
 */
export function endOfPart(rows: RowSet, from: number, limit: { rows: number; bytes: number }): number {
  let end = Math.min(rows.rows, from + limit.rows);
  while (end - from > 1) {
    const bytes = rows.columns.reduce((sum, column) => sum + bytesBetween(column, from, end), 0);
    if (bytes <= limit.bytes * 1.1) break;
    const share = Math.floor(((end - from) * limit.bytes) / bytes);
    end = from + Math.max(1, Math.min(share, end - from - 1));
  }
  return end;
}

/** Bytes of the values of the rows `from` up to, but not including, `to`. */
function bytesBetween(column: AnyColumn, from: number, to: number): number {
  if (column.nulls === column.length) return 0;
  if (column instanceof StringColumn) return column.offsets[to] - column.offsets[from] + (to - from) * 4;
  if (column instanceof ListColumn)
    return bytesBetween(column.child, column.offsets[from], column.offsets[to]) + (to - from) * 4;
  if (column instanceof StructColumn)
    return column.children.reduce((sum, child) => sum + bytesBetween(child, from, to), 0);
  return (to - from) * 8;
}
