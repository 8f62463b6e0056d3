/** Creates the check of a file from its table of settings. */
import { z } from 'zod';
import {
  type FileOf,
  hasValue,
  isSection,
  type Member,
  type Members,
  placedMembers,
  type Section,
  shorthandOf,
} from './setting.js';

/** The member that holds a section which may also be a switch (`true` or `false`); not part of the path in the file. */
export const SPELLED_OUT = 'section';

/** How a file is checked, and what its messages refer to. */
export interface FileShape<T> {
  schema: z.ZodType<T>;
  /** The allowed keys of each section, by its dotted path. */
  keys: Record<string, readonly string[]>;
  /** Messages for known keys of other programs, by dotted path. */
  foreign?: Record<string, string>;
  /** Sections that may also be `true` or `false`, or one word; they have their own messages. */
  switches?: readonly string[];
}

/** Creates the shape of the file that a table describes. */
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
    switches: sections.filter(({ member }) => hasValue(member)).map(({ path }) => path),
    ...(foreign && { foreign }),
  };
}

function schemaOf(table: Section): z.ZodType {
  const shape = Object.entries(table.members).map(([key, member]) => [key, valueSchema(member)] as const);
  const content: z.ZodType = z.strictObject(Object.fromEntries(shape));
  const { rule, onOff, shorthand } = table;
  const checked = rule === undefined ? content : content.refine(rule.holds, { path: rule.path, error: rule.allowed });
  if (shorthand !== undefined) return orWord(checked, table, shorthand);
  return onOff === undefined ? checked : orSwitch(checked, onOff.allowed);
}

function valueSchema(member: Member): z.ZodType {
  if (!isSection(member)) return member.required ? member.kind.schema : member.kind.schema.optional();
  return (member.unchecked ? z.unknown() : schemaOf(member)).optional();
}

/** Accepts `key: true`, `key: false` and `key: {…}` as one shape; anything else fails with `error`. */
function orSwitch(section: z.ZodType, error: string): z.ZodType {
  const spellOut = (value: unknown): unknown => {
    if (typeof value === 'boolean') return { on: value };
    return typeof value === 'object' && !Array.isArray(value) ? { on: true, [SPELLED_OUT]: value } : value;
  };
  const shape = z.strictObject({ on: z.boolean(), [SPELLED_OUT]: section.optional() }, { error });
  return z.preprocess(spellOut, shape);
}

/** Accepts `key: word` as `key: {member: word}`; anything else that is not a section fails with what is allowed. */
function orWord(
  section: z.ZodType,
  table: Section,
  { for: member, allowed }: NonNullable<Section['shorthand']>,
): z.ZodType {
  const word = shorthandOf(table)?.kind.schema;
  const spellOut = (value: unknown, context: z.RefinementCtx): unknown => {
    if (typeof value === 'object' && !Array.isArray(value)) return value;
    if (word?.safeParse(value).success) return { [member]: value };
    context.addIssue({ code: 'custom', message: allowed, input: value });
    return z.NEVER;
  };
  return z.pipe(z.transform(spellOut), section);
}
