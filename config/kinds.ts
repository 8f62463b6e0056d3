/**
 * The kinds of setting values: the check, a description of what is allowed, and the JSON Schema. The error message of a check
 * is only the description of what is allowed.
 */
import { z } from 'zod';
import { hasUserInfo } from '../text/hide-secrets.js';
import { CLOCK_TIME, isRhythm, isTimeZone, MINUTES_PATTERN, RHYTHM_ALLOWED } from './rhythm.js';
import type { Pollers } from './settings.js';

/** Bytes per KiB. */
export const KIB = 1024;
/** Bytes per MiB. */
export const MIB = 1024 * KIB;
/** Bytes per GiB. */
export const GIB = 1024 * MIB;

/** A fragment of JSON Schema, draft 7, the version that editors support. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What the value of a setting may be. `Out` is the type of the value after the check. */
export interface Kind<Out> {
  schema: z.ZodType<Out>;
  /** What is allowed, for the end of a sentence: `a whole number from 1 to 1000`. */
  allowed: string;
  /** A shorter version for a table column, if the bounds are enough: `1 to 1000`. */
  bounds?: string;
  json: JsonSchema;
}

const UNITS: Record<string, number> = { '': 1, b: 1, kib: KIB, mib: MIB, gib: GIB };
const SIZE_PATTERN = '^\\s*\\d+(\\.\\d+)?\\s*([KkMmGg][Ii])?[Bb]?\\s*$';

/** Parses `65536` or `64 MiB` to bytes; `undefined` for anything else. `64 MB` is rejected because it is ambiguous. */
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

/** A whole number between two bounds, inclusive. */
export function whole(least: number, most: number): Kind<number> {
  const inRange = (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  const json = { type: 'integer', minimum: least, maximum: most };
  return kind(inRange, `a whole number from ${least} to ${most}`, json, `${least} to ${most}`);
}

/** A share from 0 to 1. */
export const share: Kind<number> = kind(
  (value) => typeof value === 'number' && value >= 0 && value <= 1,
  'a number from 0 to 1, such as 0.05 for 5 %',
  { type: 'number', minimum: 0, maximum: 1 },
  '0 to 1',
);

/** A size in bytes; `range` describes the bounds in words. */
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

/** Text that matches a pattern. Patterns cannot have flags because JSON Schema does not support them. */
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

/** A number of pollers, or `auto`. */
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

/** A list of texts; a single text does not need brackets. */
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

/** Matches `host:port`; IPv6 addresses must be in brackets. */
export const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[^\s:/@]+):\d{1,5}$/;
/** What {@link ADDRESS} allows, for the end of a sentence. */
export const ADDRESS_ALLOWED = 'host:port, without http://';

/** Matches a deployment name. No dots and colons: the server uses them to join the name and the build id. */
export const DEPLOYMENT_NAME = /^(?!__)[^\s.:]{1,200}$/;
/** What {@link DEPLOYMENT_NAME} allows, for the end of a sentence. */
export const DEPLOYMENT_NAME_ALLOWED = 'a name without spaces, dots or colons';

/** A time of day, `hh:mm`. */
export const clockTime = (allowed = 'hh:mm, from 00:00 to 23:59'): Kind<string> => text(CLOCK_TIME, allowed);

/** How often a schedule runs; see `rhythmOf`. */
export const rhythm: Kind<string> = kind(isRhythm, RHYTHM_ALLOWED, {
  anyOf: [{ enum: ['day', 'hour'] }, { type: 'string', pattern: MINUTES_PATTERN.source }],
});

/** An IANA time zone. The valid names depend on the version of Node.js, so the JSON Schema only checks their format. */
export const timeZone: Kind<string> = kind(isTimeZone, 'an IANA time zone name, such as Europe/Berlin', {
  type: 'string',
  pattern: '^[A-Za-z]',
});

/** A JavaScript regular expression; its syntax error is part of the message. */
export const regularExpression: Kind<string> = {
  schema: z.custom<string>((value) => typeof value === 'string' && patternError(value) === undefined, {
    error: ({ input }) => {
      const reason = typeof input === 'string' ? ` (this one is not valid: ${patternError(input)})` : '';
      return `a JavaScript regular expression${reason}`;
    },
  }),
  allowed: 'a JavaScript regular expression',
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

/** Any text that is not blank and does not contain a user name or password, as a URL might. */
export function textWithoutUser(allowed: string): Kind<string> {
  const { schema, json } = anyText(allowed);
  const error = `${allowed}, without a user name or password`;
  return {
    schema: schema.refine((value) => typeof value !== 'string' || !hasUserInfo(value), { error }),
    allowed,
    json,
  };
}

/** A section of names with text values. */
export function record(allowed: string): Kind<Record<string, string>> {
  const schema = z.record(z.string(), z.string(), { error: allowed });
  return { schema, allowed, json: { type: 'object', additionalProperties: { type: 'string' } } };
}

/** A value that is checked elsewhere, with its own messages. */
export function unchecked(allowed: string, json: JsonSchema): Kind<unknown> {
  return { schema: z.unknown(), allowed, json };
}
