/** The published fields of the Elastic Common Schema and their column types. */
import type { ColumnType } from '../iceberg/types.js';
import { ECS_FIELD_LIST, ECS_LIST_VERSION } from './ecs-field-list.js';

/** The value of `ecs.version`: the version whose field list the columns are checked against. */
export const ECS_VERSION = ECS_LIST_VERSION;

/** The type of a column for an ECS field. */
type EcsColumnType = ColumnType | typeof GEO_POINT | { list: typeof GEO_POINT };

/** A field of the published list. */
interface EcsField {
  /** The type that Elastic publishes: `keyword`, `geo_point`, … */
  published: string;
  /** Whether it always holds an array (`normalize: array`). */
  array: boolean;
  type: EcsColumnType;
}

/** Degrees, WGS 84; latitude first. Elasticsearch accepts such an object as a geo_point. */
export const GEO_POINT = {
  struct: [
    { name: 'lat', type: 'double' },
    { name: 'lon', type: 'double' },
  ],
} as const;

/** Column types by ECS type. Objects are JSON text: their members are not in the schema, or are numerous and rarely set. */
const TYPES: Record<string, ColumnType | typeof GEO_POINT> = {
  keyword: 'string',
  constant_keyword: 'string',
  wildcard: 'string',
  text: 'string',
  match_only_text: 'string',
  ip: 'string',
  version: 'string',
  flattened: 'string',
  object: 'string',
  nested: 'string',
  boolean: 'boolean',
  byte: 'int',
  short: 'int',
  integer: 'int',
  long: 'long',
  half_float: 'float',
  float: 'float',
  double: 'double',
  scaled_float: 'double',
  date: 'timestamptz',
  geo_point: GEO_POINT,
};

let fields: ReadonlyMap<string, EcsField> | undefined;

/**
 * Returns a published field; undefined for other names. Groups (`source.geo`) and members of arrays of objects
 * (`dns.answers.name`) are not fields, so no field is below another one.
 */
export function ecsField(name: string): EcsField | undefined {
  fields ??= parsed();
  return fields.get(name);
}

/** The names of all published fields, in the order of the list. */
export function ecsFieldNames(): readonly string[] {
  fields ??= parsed();
  return [...fields.keys()];
}

function parsed(): Map<string, EcsField> {
  const result = new Map<string, EcsField>();
  for (const line of ECS_FIELD_LIST.trim().split('\n')) {
    const [prefix, ...entries] = line.split(' ');
    for (const entry of entries) {
      const array = entry.endsWith('[]');
      const [name, published = 'keyword'] = (array ? entry.slice(0, -2) : entry).split(':');
      const one = TYPES[published];
      if (one === undefined) throw new Error(`no column type for the ECS type ${published} of ${prefix}${name}`);
      const type = array ? { list: one } : one;
      result.set(prefix === '.' ? name : prefix + name, { published, array, type: type as EcsColumnType });
    }
  }
  return result;
}
