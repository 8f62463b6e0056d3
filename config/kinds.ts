/**
 * What the value of a setting may be: its check, the words that say what is allowed, and its JSON Schema. The error text of a
 * check says what is allowed, and nothing else.
 */
import { z } from 'zod';
import { hasUserInfo } from '../text/hide-secrets.js';
import { CLOCK_TIME, isRhythm, isTimeZone, MINUTES_PATTERN, RHYTHM_ALLOWED } from './rhythm.js';
import type { Pollers } from './settings.js';

/** Bytes of a KiB. */
export const KIB = 1024;
/** Bytes of a MiB. */
const MIB = 1024 * KIB;
/** Bytes of a GiB. */
export const GIB = 1024 * MIB;

/** A fragment of JSON Schema, draft 7: what editors understand. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** `Out` is the value as it comes out of the check. */
export interface Kind<Out> {
  schema: z.ZodType<Out>;
  /** What is allowed, as the end of a sentence: `a whole number from 1 to 1000`. */
  allowed: string;
  /** The same for a narrow column, where the bounds say enough: `1 to 1000`. */
  bounds?: string;
  json: JsonSchema;
}

const UNITS: Record<string, number> = { '': 1, b: 1, kib: KIB, mib: MIB, gib: GIB };
const SIZE_PATTERN = '^\\s*\\d+(\\.\\d+)?\\s*([KkMmGg][Ii])?[Bb]?\\s*$';

/** Bytes from `65536` or `64 MiB`; `undefined` for anything else. `64 MB` is refused: it has two common meanings. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const parts = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value) : null;
  const unit = UNITS[parts?.[2].toLowerCase() ?? '?'];
  return parts && unit !== undefined ? Math.round(Number(parts[1]) * unit) : undefined;
}

function kind<Out>(
  fits: (value: unknown) => boolean,
  allowed: string,
  json: JsonSchema,
  bounds?: string,
): Kind<Out> & { schema: z.ZodType<Out> } {
  return { schema: z.custom<Out>(fits, { error: allowed }), allowed, json, ...(bounds && { bounds }) };
}

/** A whole number between two bounds, both inclusive. */
export function whole(least: number, most: number): Kind<number> {
  const inRange = (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  const json = { type: 'integer', minimum: least, maximum: most };
  return kind(inRange, `a whole number from ${least} to ${most}`, json, `${least} to ${most}`);
}

/** Bytes; `range` says the bounds in words. */
export function size(least: number, most: number, range: string): Kind<number> {
  const inRange = (value: unknown) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= least && bytes <= most;
  };
  const allowed = `bytes, or a number with KiB, MiB or GiB; ${range}`;
  const json = {
    anyOf: [
      { type: 'integer', minimum: least, maximum: most },
      { type: 'string', pattern: SIZE_PATTERN },
    ],
  };
  const schema = z
    .custom<number | string>(inRange, { error: allowed })
    .transform((value) => parseSize(value) as number) as unknown as z.ZodType<number>;
  return { schema, allowed, bounds: range, json };
}

/** Text of a form. Patterns have no flags: JSON Schema knows none. */
export function text(pattern: RegExp, allowed: string): Kind<string> {
  const json = { type: 'string', pattern: pattern.source };
  return kind((value) => typeof value === 'string' && pattern.test(value), allowed, json);
}

/** Any text that is not blank. */
export const anyText = (allowed: string): Kind<string> => text(/\S/, allowed);

/** One of a few words. */
export function choice<Word extends string>(words: readonly Word[], allowed: string): Kind<Word> {
  return { schema: z.enum(words, { error: allowed }) as unknown as z.ZodType<Word>, allowed, json: { enum: words } };
}

/** `true` or `false`. */
export const trueOrFalse: Kind<boolean> = {
  schema: z.boolean({ error: 'true or false' }),
  allowed: 'true or false',
  json: { type: 'boolean' },
};

/** How many long polls: a number, or `auto`. */
export function pollers(least: number): Kind<Pollers> {
  const { schema, json } = whole(least, 100);
  const fits = (value: unknown) => value === 'auto' || schema.safeParse(value).success;
  return kind(
    fits,
    `a whole number from ${least} to 100, or auto`,
    { anyOf: [json, { const: 'auto' }] },
    `${least} to 100, or \`auto\``,
  );
}

/** A list of text; a single text needs no brackets. */
export function texts(allowed: string): Kind<string[]> {
  const isText = (value: unknown) => typeof value === 'string' && /\S/.test(value);
  const isList = (value: unknown) => Array.isArray(value) && value.every(isText);
  const json = { type: 'string', pattern: '\\S' };
  const schema = z
    .custom<string | string[]>((value) => isText(value) || isList(value), { error: allowed })
    .transform((value) => [value].flat()) as unknown as z.ZodType<string[]>;
  return { schema, allowed, json: { anyOf: [json, { type: 'array', items: json }] } };
}

/** A TCP port. */
export const port = whole(1, 65_535);

/** IPv6 addresses stand in brackets. */
export const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:/@]+):\d{1,5}$/;
/** What {@link ADDRESS} allows, as the end of a sentence. */
export const ADDRESS_ALLOWED = 'host:port, without http://';

/** The server joins name and build id by a dot or a colon. */
export const DEPLOYMENT_NAME = /^(?!__)[^\s.:]{1,200}$/;
/** What {@link DEPLOYMENT_NAME} allows, as the end of a sentence. */
export const DEPLOYMENT_NAME_ALLOWED = 'a name without spaces, dots and colons';

/** A time of the clock, `hh:mm`. */
export const clockTime = (allowed = 'hh:mm, from 00:00 to 23:59'): Kind<string> => text(CLOCK_TIME, allowed);

/** How often a schedule runs; see `rhythmOf`. */
export const rhythm: Kind<string> = kind(isRhythm, RHYTHM_ALLOWED, {
  anyOf: [{ enum: ['day', 'hour'] }, { type: 'string', pattern: MINUTES_PATTERN.source }],
});

/** Of the IANA database. Which names there are depends on the version of Node, so JSON Schema says only their form. */
export const timeZone: Kind<string> = kind(isTimeZone, 'a name of the IANA time zone database, such as Europe/Berlin', {
  type: 'string',
  pattern: '^[A-Za-z]',
});

/** A regular expression of JavaScript; its mistake is part of the message. */
export const regularExpression: Kind<string> = {
  schema: z.custom<string>((value) => typeof value === 'string' && patternError(value) === undefined, {
    error: ({ input }) => {
      const reason = typeof input === 'string' ? ` (this is none: ${patternError(input)})` : '';
      return `a regular expression, as JavaScript has them${reason}`;
    },
  }),
  allowed: 'a regular expression, as JavaScript has them',
  json: { type: 'string', format: 'regex' },
};

function patternError(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^.*: /, '') : String(error);
  }
}

/** Any text that is not blank and has no user name or password in it, as a URL could. */
export function textWithoutUser(allowed: string): Kind<string> {
  const { schema, json } = anyText(allowed);
  const error = `${allowed}, without a user name or password`;
  return {
    schema: schema.refine((value) => typeof value !== 'string' || !hasUserInfo(value), { error }),
    allowed,
    json,
  };
}

/** A section of names and text. */
export function record(allowed: string): Kind<Record<string, string>> {
  const schema = z.record(z.string(), z.string(), { error: allowed });
  return { schema, allowed, json: { type: 'object', additionalProperties: { type: 'string' } } };
}

/** What is checked elsewhere, with messages of its own. */
export function unchecked(allowed: string, json: JsonSchema): Kind<unknown> {
  return { schema: z.unknown(), allowed, json };
}
