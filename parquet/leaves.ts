/** The leaves of a table's schema, with the column buffers that they are written from. */
import { type AnyColumn, ListColumn, StructColumn } from '../columnar/nested.js';
import type { RowSet } from '../columnar/row-set.js';
import type { NestedField, PrimitiveType, Schema, StructType } from '../iceberg/types.js';

/** A field on the path from a row to a leaf. */
export interface Step {
  /**
   * `group`: a struct that is never null, only its leaves can be: one formed by dotted column names, or one that is
   * null in no row; `absent`: the rows have no such column, so it and everything in it is null.
   */
  kind: 'group' | 'struct' | 'list' | 'leaf' | 'absent';
  optional: boolean;
  /** Its buffer; groups and absent fields have none. */
  column?: AnyColumn;
}

/** A column of a Parquet file. */
export interface Leaf {
  /** As in the file, where the elements of a list are its `list.element`. */
  path: readonly string[];
  type: PrimitiveType;
  steps: readonly Step[];
  /** Definition level of a value. */
  maxDefinition: number;
  /** Number of lists around a value. */
  maxRepetition: number;
  /** Whether it is a lookup column. */
  isLookup: boolean;
}

type Field = Pick<NestedField, 'required' | 'type'>;

/** All leaves in the order of the file's columns. Columns of the schema that the rows do not have are null. */
export function leavesOf(schema: Schema, rows: RowSet, lookupColumns: readonly string[] = []): Leaf[] {
  const leaves: Leaf[] = [];
  const columns = new Map(rows.specs.map((spec, index) => [spec.name, rows.columns[index]]));
  const ofSpecs = rows.specs.flatMap(({ name, lookup }) => (lookup ? [name] : []));
  const lookups = new Set([...ofSpecs, ...lookupColumns]);

  /** The members of a struct without its own buffer. */
  function addGroup(fields: StructType['fields'], path: readonly string[], steps: readonly Step[]): void {
    for (const field of fields) {
      const inner = [...path, field.name];
      const column = columns.get(inner.join('.'));
      const { type } = field;
      if (column !== undefined || typeof type === 'string' || type.type === 'list') add(field, inner, column, steps);
      else addGroup(type.fields, inner, [...steps, { kind: 'group', optional: !field.required }]);
    }
  }

  function add(
    { required, type }: Field,
    path: readonly string[],
    column: AnyColumn | undefined,
    outer: readonly Step[],
  ) {
    const optional = !required;
    if (column === undefined && required && outer.at(-1)?.kind !== 'absent')
      throw new Error(`the column ${path.join('.')} is required, but the rows do not have it`);
    const step = (kind: Step['kind']): Step[] => [...outer, { kind: column ? kind : 'absent', optional, column }];
    if (typeof type === 'string') {
      leaves.push(leafOf(path, type, step('leaf'), lookups.has(path.join('.'))));
    } else if (type.type === 'list') {
      if (column !== undefined && !(column instanceof ListColumn)) throw mismatch(type.type, path, column);
      const element = { required: type['element-required'], type: type.element };
      add(element, [...path, 'list', 'element'], column?.child, step('list'));
    } else {
      if (column !== undefined && !(column instanceof StructColumn)) throw mismatch(type.type, path, column);
      // If none of its rows is null, nothing has to be looked up.
      const inner: Step[] =
        column?.nulls === 0 && column.length > 0 ? [...outer, { kind: 'group', optional }] : step('struct');
      for (const field of type.fields)
        add(field, [...path, field.name], column?.children[column.names.indexOf(field.name)], inner);
    }
  }

  addGroup(schema.fields, [], []);
  return leaves;
}

function leafOf(path: readonly string[], type: PrimitiveType, steps: readonly Step[], isLookup: boolean): Leaf {
  const maxRepetition = path.length - steps.length;
  // A list has two levels: one for being present, and one for not being empty.
  const maxDefinition = steps.filter(({ optional }) => optional).length + maxRepetition;
  return { path, type, steps, maxDefinition, maxRepetition, isLookup };
}

/** The error for a column whose buffer is not of the table's type. */
export function mismatch(type: string, path: readonly string[], column: AnyColumn): Error {
  return new Error(`the type of ${path.join('.')} is ${type}, but its column is a ${column.constructor.name}`);
}
