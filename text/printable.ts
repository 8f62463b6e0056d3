/**
 * Escapes untrusted text (object keys, folder names, values, errors) before it is shown in a terminal, log or page. A control
 * character could move the cursor or change colors, a line break could fake a new line of output, and a bidirectional override
 * could make one name look like another (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 * Pure, so that workflows can import it.
 */

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, lone surrogates, and invisible formatting characters:
 * bidirectional controls, zero-width characters, variation selectors, tags.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT_ESCAPES: Partial<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Escapes UTF-16 code units, as JSON does. */
function unicodeEscape(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at++) text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}

/** Returns the text on one line, with invisible characters replaced by escapes such as `\n`, `\u001b` and `\u202e`. */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (one) => SHORT_ESCAPES[one] ?? unicodeEscape(one));
}

/** Like {@link printable}, but keeps line feeds. Use only for text whose untrusted parts are already {@link printable}. */
export function printableLines(text: string): string {
  return text.replace(INVISIBLE, (one) => (one === '\n' ? one : (SHORT_ESCAPES[one] ?? unicodeEscape(one))));
}

/** Escapes invisible characters in the strings of a JSON text. The text still parses to the same value. */
export function printableJson(json: string): string {
  // Outside of strings, line breaks and tabs are the only invisible characters in JSON.
  return json.replace(INVISIBLE, (one) => (/[\n\r\t]/.test(one) ? one : unicodeEscape(one)));
}

/** Properties that hold sentences, which may span several lines. */
const SENTENCES: ReadonlySet<string> = new Set(['error', 'message', 'cure', 'ledgerError']);

/**
 * Continuation lines of a sentence are indented deeper than anything else, so that none can pass as a separate line of output.
 */
const CONTINUATION = `\n${' '.repeat(16)}`;

/**
 * Copies a plain value and makes all its strings, including property names, {@link printable}. Line breaks in sentences (`error`,
 * `message`, `cure`) are kept and indented. Anything other than a plain object, array or string is returned unchanged.
 */
export function allPrintable<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown, name?: string): unknown {
  if (typeof value === 'string')
    return name !== undefined && SENTENCES.has(name)
      ? value.trim().split('\n').map(printable).join(CONTINUATION)
      : printable(value);
  if (Array.isArray(value)) return value.map((one) => copy(one));
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [printable(key), copy(member, key)]));
}

/** Checks the shape of the prototype, not its identity: under jest, objects come from several realms. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns the text with at most `length` UTF-16 code units; a longer one ends with an ellipsis. */
export function shortened(text: string, length: number): string {
  // A surrogate pair is not cut in half.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
