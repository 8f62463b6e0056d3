/**
 * Generates cloudtrail/ecs-field-list.ts from the npm package `@elastic/ecs`, which Elastic publishes with every version of the
 * schema (Apache-2.0). The package has 14 MB for what fits into a few hundred short lines, so it is only a development dependency.
 */

/** The fields in the package, by dotted name. */
type Published = Record<string, { type: string; normalize: readonly string[] }>;

/** Types of objects with fields: either a group of these fields, or a single value that contains them. */
const OBJECTS = new Set(['object', 'nested']);
/** The most frequent type by far, which is omitted in the list. */
const UNMARKED = 'keyword';
/** The file that is generated. */
export const ECS_FIELD_LIST = 'cloudtrail/ecs-field-list.ts';

/** The source text of the list. */
export function ecsFieldListSource(): string {
  // Not imported, because its type declarations repeat the whole schema and would slow the compiler down.
  const { EcsVersion, EcsFlat } = require('@elastic/ecs') as { EcsVersion: string; EcsFlat: Published };
  const groups = new Map<string, string[]>();
  for (const name of fieldNames(EcsFlat)) {
    const at = name.lastIndexOf('.') + 1;
    const { type, normalize } = EcsFlat[name];
    const mark = (type === UNMARKED ? '' : `:${type}`) + (normalize.includes('array') ? '[]' : '');
    const group = groups.get(name.slice(0, at)) ?? [];
    groups.set(name.slice(0, at), group);
    group.push(name.slice(at) + mark);
  }
  const lines = Array.from(groups, ([prefix, fields]) => `${prefix || '.'} ${fields.join(' ')}`);
  return `// Generated from @elastic/ecs ${EcsVersion} (Elasticsearch B.V., Apache-2.0) by \`npm run ecs-fields\`. Do not edit.
/** The version of the schema. */
export const ECS_LIST_VERSION = '${EcsVersion}';
/** A line for each group: its prefix, and its fields, with \`:type\` where it is not ${UNMARKED} and \`[]\` for an array. */
export const ECS_FIELD_LIST = \`
${lines.join('\n')}
\`;
`;
}

/** The names for the list. No name is a prefix of another one: the list has either an object or its fields. */
function fieldNames(fields: Published): string[] {
  const names = Object.keys(fields);
  const isObject = (name: string): boolean => name in fields && OBJECTS.has(fields[name].type);
  const isArray = (name: string): boolean => fields[name].normalize.includes('array');
  const isInsideArray = (name: string): boolean =>
    parentsOf(name).some((parent) => isObject(parent) && isArray(parent));
  const isGroup = (name: string): boolean => isObject(name) && !isArray(name) && names.some(startsWith(`${name}.`));
  return names.filter((name) => !isGroup(name) && !isInsideArray(name));
}

function parentsOf(name: string): string[] {
  const keys = name.split('.');
  return keys.slice(1).map((_key, index) => keys.slice(0, index + 1).join('.'));
}

const startsWith =
  (prefix: string) =>
  (name: string): boolean =>
    name.startsWith(prefix);
