/**
 * The structure of a table of settings: a tree of sections with settings as leaves. The check of a file (file-shape.ts), its
 * defaults, its template (template.ts), its JSON Schema (json-schema.ts) and its documentation are generated from it.
 */
import type { z } from 'zod';
import type { Kind } from './kinds.js';

/** The properties of a setting, apart from what its value may be. */
export interface SettingDetails {
  /** Markdown, in sentences. What is allowed, the unit, the flag and the variable are appended to it. */
  description: string;
  /** The default, as written in a file. */
  default?: string | number | boolean;
  /** What the default means, or how it is chosen if it is not a fixed value. */
  defaultNote?: string;
  /** Unit of a number: `seconds`. */
  unit?: string;
  /** YAML for the template, instead of the default. */
  example?: string;
  /** Written into the template as a setting rather than a comment. */
  active?: true;
  /** Must be set if its section is present. */
  required?: true;
  /** The command-line flag that takes precedence over the file. */
  flag?: string;
  /** The environment variable that takes precedence over the file. */
  variable?: string;
}

/** A leaf of a table: the kind of its value, and its details. */
type Setting<Out = unknown, Details extends SettingDetails = SettingDetails> = Details & { kind: Kind<Out> };

/** The properties of a section. */
interface SectionDetails {
  description: string;
  /** `true` or `false` may be used instead of the section. */
  onOff?: { default?: boolean; defaultNote?: string; allowed: string; flag?: string; variable?: string };
  /** The value of this member may be used instead of the section: `integrity: verify`. `allowed`: of the value or the section. */
  shorthand?: { for: string; allowed: string };
  /** A check that involves several settings of the section; `path` is the key that the message refers to. */
  // biome-ignore lint/suspicious/noExplicitAny: each rule knows the settings of its own section.
  rule?: { holds: (section: any) => boolean; path?: string[]; allowed: string };
  /** Its content is checked elsewhere, with its own messages. */
  unchecked?: true;
  /** Cannot be used together with the section before it: the template shows it as a comment inside the comment. */
  alternative?: true;
}

/** One key of a section. */
// biome-ignore lint/suspicious/noExplicitAny: variance of the kinds' checks.
export type Member = Setting<any> | Section;
/** The keys of a section, in the order in which messages list them. */
export type Members = { readonly [key: string]: Member };

/** A section of a file: its details and its keys. */
export type Section<M extends Members = Members, Details extends SectionDetails = SectionDetails> = Details & {
  members: M;
};

/** The content of a section after its check. */
export type FileOf<M> = {
  [K in keyof M as M[K] extends { required: true } ? K : never]: ValueOf<M[K]>;
} & {
  [K in keyof M as M[K] extends { required: true } ? never : K]?: ValueOf<M[K]>;
};

type ValueOf<N> = N extends { unchecked: true }
  ? unknown
  : N extends { members: infer M; onOff: object }
    ? { on: boolean; section?: FileOf<M> }
    : N extends { members: infer M }
      ? FileOf<M>
      : N extends { kind: { schema: z.ZodType<infer Out> } }
        ? Out
        : never;

/** The content of a section with all defaults filled in. */
export type Filled<M> = {
  [K in keyof M]: M[K] extends { default: string | number | boolean } ? ValueOf<M[K]> : ValueOf<M[K]> | undefined;
};

/** Creates a setting. The exact types of the details are preserved, so that defaults are known to the compiler. */
export function setting<Out, const Details extends SettingDetails>(
  kind: Kind<Out>,
  details: Details,
): Setting<Out, Details> {
  return { ...details, kind };
}

/** Creates a section. The exact types of its members are preserved. */
export function section<const Details extends SectionDetails, M extends Members>(
  details: Details,
  members: M,
): Section<M, Details> {
  return { ...details, members };
}

/** True for a section, false for a setting. */
export function isSection(member: Member): member is Section {
  return 'members' in member;
}

/** Returns the settings of a section with defaults for those that are missing; nested sections are returned unchanged. */
export function withDefaults<M extends Members>(table: Section<M>, file: FileOf<M> | undefined): Filled<M> {
  const given = (file ?? {}) as Record<string, unknown>;
  const entries = Object.entries<Member>(table.members).map(([key, member]) => {
    if (given[key] !== undefined || isSection(member) || member.default === undefined) return [key, given[key]];
    return [key, member.kind.schema.parse(member.default)];
  });
  return Object.fromEntries(entries) as Filled<M>;
}

interface PlacedMember {
  /** Dotted path: `worker.allow.files`. */
  path: string;
  member: Member;
}

/** Returns all settings and sections below a section, in table order. */
export function placedMembers(table: Section, prefix = ''): PlacedMember[] {
  return Object.entries(table.members).flatMap(([key, member]) => {
    const path = `${prefix}${key}`;
    return [{ path, member }, ...(isSection(member) ? placedMembers(member, `${path}.`) : [])];
  });
}

/** Describes what is allowed: `1 to 3600 seconds`. */
export function allowedText(member: Member): string {
  if (isSection(member)) return (member.onOff ?? member.shorthand)?.allowed ?? '';
  const { kind, unit } = member;
  if (kind.bounds === undefined) return kind.allowed;
  return unit === undefined ? kind.bounds : `${kind.bounds} ${unit}`;
}

/** The setting whose value may be used instead of the section; `undefined` if there is none. */
export function shorthandOf({ shorthand, members }: Section): Setting | undefined {
  const member = shorthand && members[shorthand.for];
  return member === undefined || isSection(member) ? undefined : member;
}

/** Whether the section itself has a default and values, as a setting has. */
export function hasValue({ onOff, shorthand }: Section): boolean {
  return onOff !== undefined || shorthand !== undefined;
}

/** Replaces the links in Markdown with their text. */
export function withoutLinks(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** `Flag --address, variable TEMPORAL_ADDRESS.`: what takes precedence over the file; empty if nothing does. */
export function precedenceText(member: Member, mark = ''): string {
  const { flag, variable } = isSection(member) ? (member.onOff ?? {}) : member;
  const words = [
    ...(flag === undefined ? [] : [`flag ${mark}${flag}${mark}`]),
    ...(variable === undefined ? [] : [`variable ${mark}${variable}${mark}`]),
  ].join(', ');
  return words === '' ? '' : `${words[0].toUpperCase()}${words.slice(1)}.`;
}
