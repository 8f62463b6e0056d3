/**
 * Schema evolution (spec, "Schema Evolution"): adds the columns of a configuration to a table and keeps all existing ones.
 * Schemas only ever grow and widen, so writers of different versions converge to one schema in any order, and never change it
 * back and forth.
 */
import { isDeepStrictEqual } from 'node:util';
import { TableUnusable } from '../errors/index.js';
import { formatJson, parseJson } from './json.js';
import { assignIds, schemaOf } from './schema.js';
import type { ColumnSpec, IcebergType, NestedField, PrimitiveType, Schema, StructType } from './types.js';

/** A change to one column. */
export interface SchemaChange {
  kind: 'added' | 'widened' | 'made-optional';
  /** Dotted name; the element of a list is `element`. */
  column: string;
  /** Type in words: `long`, `list of string`. */
  type: string;
}

/** A schema with the wanted columns, and the changes made. */
export interface Evolution {
  /** The current schema itself if nothing changes; otherwise a schema with the current id, which the catalog replaces. */
  schema: Schema;
  changes: SchemaChange[];
}

/** The type promotions of format version 2 among the supported types. */
const WIDER: Partial<Record<PrimitiveType, PrimitiveType>> = { int: 'long', float: 'double' };

interface Problem {
  what: string;
  cure: string;
}

interface Work {
  next: () => number;
  identifiers: ReadonlySet<number>;
  changes: SchemaChange[];
  problems: Problem[];
}

/**
 * The schema of a table after adding the wanted columns. New fields, at any depth, follow the existing ones and get ids above
 * `lastColumnId`. Existing fields keep their id, position and doc; their type may be widened, and they become optional if they
 * are no longer always written: if the wanted column is optional, or is no longer wanted. Throws `TableUnusable` with all
 * problems and cures if a column is incompatible.
 * @param lastColumnId the table's, not the schema's: it includes dropped columns
 */
export function evolveSchema(current: Schema, lastColumnId: number, wanted: readonly ColumnSpec[]): Evolution {
  let last = lastColumnId;
  const work: Work = {
    next: () => ++last,
    identifiers: new Set(current['identifier-field-ids']),
    changes: [],
    problems: [],
  };
  const fields = mergedFields(current, schemaOf(wanted), '', work);
  const { problems, changes } = work;
  if (problems.length > 0) {
    throw new TableUnusable(
      problems.map(({ what }) => what).join(' '),
      [...new Set(problems.map(({ cure }) => cure))].join(' '),
    );
  }
  return { schema: changes.length === 0 ? current : { ...current, fields }, changes };
}

/** Whether the schemas have the same content, regardless of their schema ids. */
export function sameSchema(one: Schema, two: Schema): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(two));
}

/**
 * Whether files that were written with one schema can be read with another one: every field that both have is of the same or a
 * wider type, and every required field was written.
 */
export function canRead(written: StructType, current: StructType): boolean {
  const known = new Map(written.fields.map((field) => [field.id, field]));
  return current.fields.every((field) => {
    const before = known.get(field.id);
    if (before === undefined) return !field.required;
    return (before.required || !field.required) && canReadType(before.type, field.type);
  });
}

function canReadType(written: IcebergType, current: IcebergType): boolean {
  if (typeof written === 'string' || typeof current === 'string')
    return written === current || (typeof written === 'string' && WIDER[written] === current);
  if (written.type === 'struct') return current.type === 'struct' && canRead(written, current);
  return (
    current.type === 'list' &&
    written['element-id'] === current['element-id'] &&
    (written['element-required'] || !current['element-required']) &&
    canReadType(written.element, current.element)
  );
}

/** Round-trips through JSON, so that undefined keys count as absent. */
function contentOf({ fields, 'identifier-field-ids': identifiers = [] }: Schema): unknown {
  return parseJson(formatJson({ fields, identifiers: [...identifiers].sort((a, b) => a - b) }));
}

function mergedFields(have: StructType, want: StructType, prefix: string, work: Work): NestedField[] {
  const wanted = new Map(want.fields.map((field) => [field.name, field]));
  const result = have.fields.map((field) => {
    const column = prefix + field.name;
    const other = wanted.get(field.name);
    const type = other === undefined ? field.type : mergedType(field.type, other.type, column, work);
    const required = field.required && other?.required === true;
    if (field.required && !required) makeOptional(field, column, work);
    return type === field.type && required === field.required ? field : { ...field, type, required };
  });
  const folded = new Map(have.fields.map((field) => [field.name.toLowerCase(), field.name]));
  const names = new Set(have.fields.map((field) => field.name));
  for (const field of want.fields) {
    if (names.has(field.name)) continue;
    const alike = folded.get(field.name.toLowerCase());
    if (alike === undefined) result.push(added(field, prefix + field.name, work));
    else work.problems.push(caseClash(prefix + field.name, prefix + alike));
  }
  return result;
}

function mergedType(have: IcebergType, want: IcebergType, column: string, work: Work): IcebergType {
  if (typeof have === 'string' && typeof want === 'string') {
    if (have === want) return have;
    if (WIDER[have] === want) {
      work.changes.push({ kind: 'widened', column, type: want });
      return want;
    }
  } else if (typeof have === 'object' && typeof want === 'object') {
    if (have.type === 'struct' && want.type === 'struct') {
      const fields = mergedFields(have, want, `${column}.`, work);
      return isUnchanged(fields, have.fields) ? have : { ...have, fields };
    }
    if (have.type === 'list' && want.type === 'list') {
      const element = mergedType(have.element, want.element, `${column}.element`, work);
      const required = have['element-required'] && want['element-required'];
      if (required !== have['element-required'])
        work.changes.push({ kind: 'made-optional', column: `${column}.element`, type: inWords(element) });
      else if (element === have.element) return have;
      return { ...have, element, 'element-required': required };
    }
  }
  work.problems.push(typeProblem(column, have, want));
  return have;
}

function isUnchanged(after: readonly NestedField[], before: readonly NestedField[]): boolean {
  return after.length === before.length && after.every((field, index) => field === before[index]);
}

function added(field: NestedField, column: string, work: Work): NestedField {
  // Its own id first, then those of its nested fields: the order of Iceberg's SchemaUpdate.
  const id = work.next();
  assignIds(field.type, work.next);
  if (isRequiredSomewhere(field)) {
    work.problems.push({
      what: `The column ${column} is new and required, but existing rows of the table have no value for it.`,
      cure: 'Make the new column optional.',
    });
  }
  work.changes.push({ kind: 'added', column, type: inWords(field.type) });
  return { ...field, id };
}

function isRequiredSomewhere({ required, type }: Pick<NestedField, 'required' | 'type'>): boolean {
  if (required) return true;
  if (typeof type === 'string') return false;
  if (type.type === 'list') return isRequiredSomewhere({ required: false, type: type.element });
  return type.fields.some(isRequiredSomewhere);
}

function makeOptional(field: NestedField, column: string, work: Work): void {
  if (work.identifiers.has(field.id)) {
    work.problems.push({
      what: `The column ${column} is an identifier field of the table and cannot become optional.`,
      cure: 'Remove it from the identifier fields of the table, or use another table.',
    });
  }
  work.changes.push({ kind: 'made-optional', column, type: inWords(field.type) });
}

function typeProblem(column: string, have: IcebergType, want: IcebergType): Problem {
  const [is, wanted] = [inWords(have), inWords(want)];
  const narrower = typeof want === 'string' && WIDER[want] === have;
  return {
    what: `The column ${column} is ${is} in the table and cannot become ${wanted}${narrower ? ', which is narrower' : ''}.`,
    cure: `Declare ${column} as ${is}, or give the new column another name.`,
  };
}

/** Iceberg allows it, but most engines that read the table do not distinguish the two. */
function caseClash(column: string, there: string): Problem {
  return {
    what: `The column ${column} differs from the table's ${there} only in case.`,
    cure: `Use the table's spelling, ${there}, or choose another name.`,
  };
}

function inWords(type: IcebergType): string {
  if (typeof type === 'string') return type;
  if (type.type === 'list') return `list of ${inWords(type.element)}`;
  return type.type;
}
