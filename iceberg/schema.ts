/** Converts flat column tables to Iceberg schemas (spec, "Schemas and Data Types"). */
import { TableUnusable } from '../errors/index.js';
import type { ColumnSpec, ColumnType, IcebergType, ListType, NestedField, Schema, StructType } from './types.js';

/** A leaf of a schema: a value of a primitive type. */
export interface LeafField {
  id: number;
  /** Dotted; the element of a list is `element`: `resources.element.arn`. */
  path: string;
  type: Exclude<IcebergType, StructType | ListType>;
  insideList: boolean;
}

/** A nested type of any writer. */
type AnyType =
  | string
  | {
      fields?: { id: number; type: AnyType }[];
      'element-id'?: number;
      element?: AnyType;
      'key-id'?: number;
      key?: AnyType;
      'value-id'?: number;
      value?: AnyType;
    };

/** Placeholder until ids are assigned in one pass over the whole tree. */
const NO_ID = 0;

/**
 * The schema of a column table: dotted names become nested optional structs, at the position of their first member. Ids are
 * assigned in the order of Iceberg's `AssignFreshIds` (all fields of a struct, then the nested fields of each), so that a REST
 * server that assigns them again gets the same ones.
 */
export function schemaOf(columns: readonly ColumnSpec[]): Schema {
  const root: StructType = { type: 'struct', fields: [] };
  for (const column of columns) addColumn(root, column);
  let last = 0;
  assignIds(root, () => ++last);
  return { type: 'struct', 'schema-id': 0, fields: root.fields };
}

/** The largest field id in use, including those in maps, which only other writers use. */
export function lastColumnId(schema: Schema): number {
  let last = 0;
  const visit = (type: AnyType | undefined): void => {
    if (type === undefined || typeof type === 'string') return;
    last = Math.max(last, type['element-id'] ?? 0, type['key-id'] ?? 0, type['value-id'] ?? 0);
    for (const inner of [type.element, type.key, type.value]) visit(inner);
    for (const field of type.fields ?? []) {
      last = Math.max(last, field.id);
      visit(field.type);
    }
  };
  visit(schema as AnyType);
  return last;
}

/** All leaves, in the order of the columns of a Parquet file (depth first). */
export function* leafFields(schema: Schema): Generator<LeafField> {
  for (const field of schema.fields) yield* leavesOf(field.id, field.name, field.type, false);
}

/** The field with a dotted name, struct or leaf; `undefined` if there is none. Elements of lists are not fields. */
export function fieldByName(schema: Schema, dotted: string): NestedField | undefined {
  let type: IcebergType = schema;
  let found: NestedField | undefined;
  for (const name of dotted.split('.')) {
    if (typeof type === 'string' || type.type !== 'struct') return undefined;
    found = type.fields.find((field) => field.name === name);
    if (!found) return undefined;
    type = found.type;
  }
  return found;
}

/**
 * The part of a table's schema that these columns are written to, in the order of the columns. Other columns of the table
 * (dropped columns and those of other writers) are not in the data file and read as null (spec, "Column Projection"). Throws
 * `TableUnusable` if a column is missing or has another type.
 */
export function schemaToWrite(table: Schema, columns: readonly ColumnSpec[]): Schema {
  const fields = writtenFields(table, schemaOf(columns), '');
  return { type: 'struct', 'schema-id': table['schema-id'], fields };
}

function writtenFields(table: StructType, written: StructType, prefix: string): NestedField[] {
  return written.fields.map((field) => {
    const column = prefix + field.name;
    const existing = table.fields.find(({ name }) => name === field.name);
    if (!existing) throw new TableUnusable(`The table does not have the column ${column}, or no longer has it.`);
    return { ...existing, type: writtenType(existing.type, field.type, column) };
  });
}

function writtenType(table: IcebergType, written: IcebergType, column: string): IcebergType {
  if (typeof written === 'string') {
    if (table === written) return table;
  } else if (typeof table === 'object') {
    if (table.type === 'struct' && written.type === 'struct')
      return { ...table, fields: writtenFields(table, written, `${column}.`) };
    if (table.type === 'list' && written.type === 'list')
      return { ...table, element: writtenType(table.element, written.element, `${column}.element`) };
  }
  throw new TableUnusable(`The column ${column} has a different type in the table.`);
}

function* leavesOf(id: number, path: string, type: IcebergType, insideList: boolean): Generator<LeafField> {
  if (typeof type === 'string') yield { id, path, type, insideList };
  else if (type.type === 'list') yield* leavesOf(type['element-id'], `${path}.element`, type.element, true);
  // A map, which only other writers use, has no fields.
  else
    for (const field of type.fields ?? []) yield* leavesOf(field.id, `${path}.${field.name}`, field.type, insideList);
}

function addColumn(root: StructType, column: ColumnSpec): void {
  const names = column.name.split('.');
  const leaf = names.pop() ?? '';
  let struct = root;
  for (const name of names) {
    const parent = struct.fields.find((field) => field.name === name);
    if (!parent) {
      const type: StructType = { type: 'struct', fields: [] };
      struct.fields.push({ id: NO_ID, name, required: false, type });
      struct = type;
    } else if (typeof parent.type !== 'string' && parent.type.type === 'struct') {
      struct = parent.type;
    } else {
      throw new Error(`Column ${column.name}: ${name} is a value already and cannot also be a struct`);
    }
  }
  if (leaf === '' || struct.fields.some((field) => field.name === leaf)) {
    throw new Error(`Column ${column.name}: the name is empty or taken`);
  }
  const type = typeOf(column.type);
  struct.fields.push({ id: NO_ID, name: leaf, required: column.required ?? false, type, doc: column.doc });
}

function typeOf(type: ColumnType): IcebergType {
  if (typeof type === 'string') return type;
  if ('list' in type) {
    return { type: 'list', 'element-id': NO_ID, 'element-required': false, element: typeOf(type.list) };
  }
  const fields = type.struct.map(
    (member): NestedField => ({
      id: NO_ID,
      name: member.name,
      required: false,
      type: typeOf(member.type),
      ...(member.doc === undefined ? {} : { doc: member.doc }),
    }),
  );
  return { type: 'struct', fields };
}

/** Assigns ids to all nested fields of a type, in place and in the order of {@link schemaOf}. */
export function assignIds(type: IcebergType, next: () => number): void {
  if (typeof type === 'string') return;
  if (type.type === 'list') {
    type['element-id'] = next();
    assignIds(type.element, next);
    return;
  }
  for (const field of type.fields) field.id = next();
  for (const field of type.fields) assignIds(field.type, next);
}

/** A type in words: `list<struct<arn: string, account_id: string>>`. */
export function typeText(type: IcebergType): string {
  if (typeof type === 'string') return type;
  if (type.type === 'list') return `list<${typeText(type.element)}>`;
  return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
}
