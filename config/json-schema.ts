/** JSON Schema (draft 7) of the files of a project, for completion and checks in editors. */
import type { JsonSchema } from './kinds.js';
import { isSection, type Member, type Section, shorthandOf, withoutLinks } from './setting.js';

/** Creates the JSON Schema of the file that `table` describes, without rules that involve several settings. */
export function jsonSchemaOf(table: Section, title: string): JsonSchema {
  const { type: _type, ...schema } = sectionSchema(table);
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, type: ['object', 'null'], ...schema };
}

/** An empty section counts as not given, so null is allowed. */
function sectionSchema({ members, description }: Section): JsonSchema {
  const required = Object.keys(members).filter((key) => {
    const member = members[key];
    return !isSection(member) && member.required;
  });
  return {
    description: withoutLinks(description),
    type: ['object', 'null'],
    properties: Object.fromEntries(Object.entries(members).map(([key, member]) => [key, memberSchema(member)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function memberSchema(member: Member): JsonSchema {
  if (!isSection(member)) {
    const { kind, description, default: preset } = member;
    return { description: withoutLinks(description), ...kind.json, ...(preset !== undefined && { default: preset }) };
  }
  const schema = sectionSchema(member);
  const { onOff, description } = member;
  const word = shorthandOf(member);
  if (onOff === undefined && word === undefined) return schema;
  const preset = word === undefined ? onOff?.default : word.default;
  return {
    description: withoutLinks(description),
    anyOf: [word === undefined ? { type: 'boolean' } : word.kind.json, schema],
    ...(preset !== undefined && { default: preset }),
  };
}
