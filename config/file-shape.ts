/** From a table of settings to the check of its file. */
import { z } from 'zod';
import { type FileOf, isSection, type Member, type Members, placedMembers, type Section } from './setting.js';

/** The member that a section is kept in where a switch may stand in its place: no part of the path in the file. */
export const SPELLED_OUT = 'section';

/** How a file is checked, and what its messages name. */
export interface FileShape<T> {
  schema: z.ZodType<T>;
  /** The allowed keys of each section, by its dotted path. */
  keys: Record<string, readonly string[]>;
  /** Keys of other programs, by their dotted path, and what to say of them. */
  foreign?: Record<string, string>;
  /** Sections that may be `true` or `false` instead; what is allowed there, their own messages say. */
  switches?: readonly string[];
}

/** The shape of the file that a table describes. */
export function shapeOf<M extends Members>(table: Section<M>, foreign?: Record<string, string>): FileShape<FileOf<M>> {
  const root = table as unknown as Section;
  const sections = placedMembers(root).flatMap(({ path, member }) =>
    isSection(member) && !member.unchecked ? [{ path, member }] : [],
  );
  return {
    schema: schemaOf(root) as unknown as z.ZodType<FileOf<M>>,
    keys: Object.fromEntries(
      [{ path: '', member: root }, ...sections].map(({ path, member }) => [path, Object.keys(member.members)]),
    ),
    switches: sections.filter(({ member }) => member.onOff).map(({ path }) => path),
    ...(foreign && { foreign }),
  };
}

function schemaOf(table: Section): z.ZodType {
  const shape = Object.entries(table.members).map(([key, member]) => [key, valueSchema(member)] as const);
  const content: z.ZodType = z.strictObject(Object.fromEntries(shape));
  const { rule, onOff } = table;
  const checked = rule === undefined ? content : content.refine(rule.holds, { path: rule.path, error: rule.allowed });
  return onOff === undefined ? checked : orSwitch(checked, onOff.allowed);
}

function valueSchema(member: Member): z.ZodType {
  if (!isSection(member)) return member.required ? member.kind.schema : member.kind.schema.optional();
  return (member.unchecked ? z.unknown() : schemaOf(member)).optional();
}

/** `key: true`, `key: false` and `key: {…}` as one shape; anything else fails the check with `error`. */
function orSwitch(section: z.ZodType, error: string): z.ZodType {
  const spellOut = (value: unknown): unknown => {
    if (typeof value === 'boolean') return { on: value };
    return typeof value === 'object' && !Array.isArray(value) ? { on: true, [SPELLED_OUT]: value } : value;
  };
  const shape = z.strictObject({ on: z.boolean(), [SPELLED_OUT]: section.optional() }, { error });
  return z.preprocess(spellOut, shape);
}
