/**
 * Text for terminals, logs and pages that others have had a hand in: object keys, folder names, values, errors. A control character
 * in it could move the cursor or change colors, a line break could begin a line of its own, and a bidirectional override could make
 * one name look like another (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). All of them are shown as escapes.
 * Pure, and here because workflows may import nothing from elsewhere.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, lone surrogates, and formatting characters that are not seen
 * themselves: bidirectional ones, zero-width ones, variation selectors, tags.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Partial<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** In UTF-16 units, as JSON has them. */
function unicodeEscape(one: string): string {
  let text = '';
  for (let at = 0; at < one.length; at++) text += `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}

/** A text on one line, with `\n`, `\u001b` and `\u202e` in the place of what cannot be seen. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (one) => SHORT[one] ?? unicodeEscape(one));
}

/** The same of a text of several lines: its line feeds stay. Only for texts whose parts that others chose are {@link printable}. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN, (one) => (one === '\n' ? one : (SHORT[one] ?? unicodeEscape(one))));
}

/** JSON text whose strings have escapes in the place of whatever cannot be seen: the same value. */
export function printableJson(json: string): string {
  // Beside strings, JSON has only spaces and line breaks of these.
  return json.replace(UNSEEN, (one) => (/[\n\r\t]/.test(one) ? one : unicodeEscape(one)));
}

/** Members that hold sentences, which may have several lines. */
const SENTENCES: ReadonlySet<string> = new Set(['error', 'message', 'cure', 'ledgerError']);

/** Further lines of a sentence are indented deeper than anything else, so that none passes for a line of its own. */
const HANGING = `\n${' '.repeat(16)}`;

/**
 * A copy of a plain value in which all texts, also names of members, are {@link printable}; line breaks of sentences (`error`,
 * `message`, `cure`) stay, with an indentation. What is no plain object, array or string is left as it is.
 */
export function allPrintable<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown, name?: string): unknown {
  if (typeof value === 'string')
    return name !== undefined && SENTENCES.has(name)
      ? value.trim().split('\n').map(printable).join(HANGING)
      : printable(value);
  if (Array.isArray(value)) return value.map((one) => copy(one));
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [printable(key), copy(member, key)]));
}

/** By the shape of its prototype: under jest, objects come from several realms. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
