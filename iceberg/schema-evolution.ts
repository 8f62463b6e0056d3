/**
 * Schema evolution (spec, "Schema Evolution"): a table takes on the columns that a configuration wants and keeps all that it
 * has. The result only ever grows and widens, so writers of different versions come to one schema, whoever is first, and
 * never take turns in changing it.
 */
import { isDeepStrictEqual } from 'node:util';
import { TableUnusable } from '../errors/index.js';
import { formatJson, parseJson } from './json.js';
import { assignIds, schemaOf } from './schema.js';
import type { ColumnSpec, IcebergType, NestedField, PrimitiveType, Schema, StructType } from './types.js';

/** What evolution did to one column; dotted, the element of a list is `element`. */
export interface SchemaChange {
  kind: 'added' | 'widened' | 'made-optional';
  column: string;
  /** In words: `long`, `list of string`. */
  type: string;
}

/** A schema with the wanted columns, and what was changed for them. */
export interface Evolution {
  /** The current schema itself when nothing changes; else with the id of the current one, the catalog gives it its own. */
  schema: Schema;
  changes: SchemaChange[];
}

/** Promotions of the spec, version 2, among the types that columns may have. */
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
 * The schema of a table after it took on the wanted columns. New fields, at any depth, stand behind those that are there
 * and get ids from `lastColumnId` upward. Existing fields keep id, place and doc; their type may be widened, and they become
 * optional where they are not always written any more: a wanted column that is optional, or one that is not wanted.
 * Throws `TableUnusable`, with all that is wrong and the cure, when a column cannot become what is wanted.
 * @param lastColumnId the table's, not the schema's: it also counts columns that were dropped
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

/** Do the schemas say the same, whatever their ids? */
export function sameSchema(one: Schema, two: Schema): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(two));
}

/** As JSON: a key that is undefined is a key that is not there. */
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
  work.problems.push(otherType(column, have, want));
  return have;
}

function isUnchanged(after: readonly NestedField[], before: readonly NestedField[]): boolean {
  return after.length === before.length && after.every((field, index) => field === before[index]);
}

function added(field: NestedField, column: string, work: Work): NestedField {
  // Its id first, then those inside of it: the order of Iceberg's own SchemaUpdate.
  const id = work.next();
  assignIds(field.type, work.next);
  if (isRequiredSomewhere(field)) {
    work.problems.push({
      what: `The column ${column} is new and required, and the rows of the table have no value for it.`,
      cure: 'Make a new column optional.',
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
      what: `The column ${column} identifies the table's rows, and not every row would have it.`,
      cure: 'Take it out of the identifier fields of the table, or use another table.',
    });
  }
  work.changes.push({ kind: 'made-optional', column, type: inWords(field.type) });
}

function otherType(column: string, have: IcebergType, want: IcebergType): Problem {
  const [is, wanted] = [inWords(have), inWords(want)];
  const narrower = typeof want === 'string' && WIDER[want] === have;
  return {
    what: `The column ${column} is ${is} in the table and cannot become ${wanted}${narrower ? ', which holds less' : ''}.`,
    cure: `Declare ${column} as ${is}, or give the new column another name.`,
  };
}

/** Iceberg allows it, and most engines that read the table do not tell the two apart. */
function caseClash(column: string, there: string): Problem {
  return {
    what: `The column ${column} differs from the table's ${there} only in upper and lower case.`,
    cure: `Write ${there} as the table does, or choose another name.`,
  };
}

function inWords(type: IcebergType): string {
  if (typeof type === 'string') return type;
  if (type.type === 'list') return `list of ${inWords(type.element)}`;
  return type.type;
}
