/** Texts of a record as the derived columns see them, for the oracle. */
import { isObject } from './columns.js';
import { NumberText, textOf } from './oracle-values.js';

/** A text; that of a number is compared as a number. */
export interface Text {
  value: unknown;
  plain: string;
}

/** The text of a column or of a member below a JSON column, as the derived columns see it. */
export function plain(value: unknown): string | null {
  if (value instanceof NumberText) return Object.is(value.value, -0) ? '-0' : String(value.value);
  return (value ?? null) as string | null;
}

const PLACEHOLDERS = [
  ...['-', 'ANONYMOUS_PRINCIPAL', 'HIDDEN_DUE_TO_SECURITY_REASONS'],
  ...['tlsVersion', 'cipherSuite', 'clientProvidedHostHeader'],
];

/** Is it a value, and neither empty nor a placeholder? */
export function counts(value: unknown): boolean {
  const text = plain(value);
  return text !== null && text.trim() !== '' && !PLACEHOLDERS.includes(text.trim());
}

/** The first value that counts. */
export const firstCounting = (...values: unknown[]): unknown => values.find(counts) ?? null;

/** All texts at a path; `[]` stands for the elements of a list, or for the value itself. */
export function textsAt(value: unknown, path: string): Text[] {
  const [step, ...rest] = path.split('.');
  const key = step.replace('[]', '');
  if (!isObject(value) || !Object.hasOwn(value, key)) return [];
  const inner = value[key];
  const elements = step.endsWith('[]') && Array.isArray(inner) ? inner : [inner];
  if (rest.length > 0) return elements.flatMap((element) => textsAt(element, rest.join('.')));
  return elements.flatMap((element) => {
    const text = textOf(element);
    return text === null ? [] : [{ value: text, plain: plain(text) as string }];
  });
}

/** The text at a path without lists; null if there is none. */
export const textAt = (record: unknown, path: string): unknown => textsAt(record, path)[0]?.value ?? null;

/** Each text once, in order. */
export function distinct(values: unknown[]): unknown[] | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : [...new Map(known.map((value) => [plain(value), value])).values()];
}
