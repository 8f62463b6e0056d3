/**
 * The shape of a table of settings. A table is a tree of sections with settings as leaves; the check of a file (file-shape.ts),
 * its defaults, its template (template.ts), its JSON Schema (json-schema.ts) and its documentation are made of it.
 */
import type { z } from 'zod';
import type { Kind } from './kinds.js';

/** What a table says of a setting, beside what its value may be. */
export interface SettingDetails {
  /** Markdown, in sentences. What is allowed, the unit, flag and variable are added to it. */
  description: string;
  /** The default, as a file would say it. */
  default?: string | number | boolean;
  /** What the default comes to, or how it is chosen where it is no value. */
  defaultNote?: string;
  /** Of a number: `seconds`. */
  unit?: string;
  /** YAML for the template, in place of the default. */
  example?: string;
  /** Written into the template as a setting, not as a comment. */
  active?: true;
  /** Has to be given when its section is there. */
  required?: true;
  /** The flag of the command line that comes before the file. */
  flag?: string;
  /** The environment variable that comes before the file. */
  variable?: string;
}

/** A leaf of a table: what its value may be, and what is said of it. */
type Setting<Out = unknown, Details extends SettingDetails = SettingDetails> = Details & { kind: Kind<Out> };

/** What a table says of a section. */
interface SectionDetails {
  description: string;
  /** `true` or `false` may stand in place of the section. */
  onOff?: { default?: boolean; defaultNote?: string; allowed: string; flag?: string; variable?: string };
  /** A check across the settings of the section; `path` is the key that is blamed. */
  // biome-ignore lint/suspicious/noExplicitAny: each rule knows the settings of its own section.
  rule?: { holds: (section: any) => boolean; path?: string[]; allowed: string };
  /** Its content is checked elsewhere, with messages of its own. */
  unchecked?: true;
  /** Cannot be used together with the section before it: the template shows it as a comment within the comment. */
  alternative?: true;
}

/** One key of a section. */
// biome-ignore lint/suspicious/noExplicitAny: variance of the kinds' checks.
export type Member = Setting<any> | Section;
/** The keys of a section, in the order in which messages list them. */
export type Members = { readonly [key: string]: Member };

/** A section of a file: its keys, and what is said of it. */
export type Section<M extends Members = Members, Details extends SectionDetails = SectionDetails> = Details & {
  members: M;
};

/** What the file may say in a section, after its check. */
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

/** The same with every default filled in. */
export type Filled<M> = {
  [K in keyof M]: M[K] extends { default: string | number | boolean } ? ValueOf<M[K]> : ValueOf<M[K]> | undefined;
};

/** A setting with its details; their exact types are kept, so that defaults are known to be there. */
export function setting<Out, const Details extends SettingDetails>(
  kind: Kind<Out>,
  details: Details,
): Setting<Out, Details> {
  return { ...details, kind };
}

/** A section with its members; their exact types are kept. */
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

/** The settings of a section with the defaults of what the file leaves out; sections below it stay as they are. */
export function withDefaults<M extends Members>(table: Section<M>, file: FileOf<M> | undefined): Filled<M> {
  const given = (file ?? {}) as Record<string, unknown>;
  const entries = Object.entries<Member>(table.members).map(([key, member]) => {
    if (given[key] !== undefined || isSection(member) || member.default === undefined) return [key, given[key]];
    return [key, member.kind.schema.parse(member.default)];
  });
  return Object.fromEntries(entries) as Filled<M>;
}

interface PlacedMember {
  /** Dotted: `worker.allow.files`. */
  path: string;
  member: Member;
}

/** All settings and sections below a section, in the order of the table. */
export function placedMembers(table: Section, prefix = ''): PlacedMember[] {
  return Object.entries(table.members).flatMap(([key, member]) => {
    const path = `${prefix}${key}`;
    return [{ path, member }, ...(isSection(member) ? placedMembers(member, `${path}.`) : [])];
  });
}

/** `1 to 3600 seconds`, or what else is allowed. */
export function allowedText(member: Member): string {
  if (isSection(member)) return member.onOff?.allowed ?? '';
  const { kind, unit } = member;
  if (kind.bounds === undefined) return kind.allowed;
  return unit === undefined ? kind.bounds : `${kind.bounds} ${unit}`;
}

/** Markdown without its links. */
export function withoutLinks(markdown: string): string {
  return markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** `Flag --address, variable TEMPORAL_ADDRESS.`: what comes before the file; empty where nothing does. */
export function precedenceText(member: Member, mark = ''): string {
  const { flag, variable } = isSection(member) ? (member.onOff ?? {}) : member;
  const words = [
    ...(flag === undefined ? [] : [`flag ${mark}${flag}${mark}`]),
    ...(variable === undefined ? [] : [`variable ${mark}${variable}${mark}`]),
  ].join(', ');
  return words === '' ? '' : `${words[0].toUpperCase()}${words.slice(1)}.`;
}
