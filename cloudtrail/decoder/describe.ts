/** Short descriptions of JSON and other text, for messages. */
import type { JsonScanner } from './scanner.js';

/** How many members are named, and how many characters of a text are shown. */
const MEMBERS = 6;
const CHARACTERS = 40;

/** Describes the valid JSON at the scanner: `an object with the members "a", "b"`. The scanner does not move. */
export function describeJson(scanner: JsonScanner): string {
  const start = scanner.pos;
  scanner.peek();
  const from = scanner.pos;
  scanner.skip();
  const { bytes, pos } = scanner;
  scanner.pos = start;
  const first = bytes[from];
  if (first === 34) return `a JSON string that begins with ${quoteText(bytes, from + 1, pos - 1)}`;
  if (first !== 123 && first !== 91)
    return `the JSON value ${Buffer.from(bytes.subarray(from, Math.min(pos, from + CHARACTERS))).toString()}`;
  let value: unknown;
  try {
    // A value of many megabytes is not parsed only to be described.
    if (pos - from > 1 << 20) return `a large JSON ${first === 91 ? 'array' : 'object'}`;
    value = JSON.parse(Buffer.from(bytes.subarray(from, pos)).toString());
  } catch {
    return 'JSON';
  }
  if (Array.isArray(value)) {
    const kinds = [...new Set(value.map((element) => (element === null ? 'null' : typeof element)))];
    return value.length === 0 ? 'an empty array' : `an array of ${value.length} values (${kinds.join(', ')})`;
  }
  const names = Object.keys(value as object);
  if (names.length === 0) return 'an empty object';
  const shown = names.slice(0, MEMBERS).map((name) => JSON.stringify(name.slice(0, CHARACTERS)));
  const more = names.length > MEMBERS ? ` and ${names.length - MEMBERS} more` : '';
  return `an object with the member${names.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`;
}

/** The first characters of the UTF-8 text `bytes[from..to)`, quoted. */
export function quoteText(bytes: Uint8Array, from: number, to = bytes.length): string {
  const text = Buffer.from(bytes.subarray(from, Math.min(to, from + 4 * CHARACTERS))).toString();
  const shown = [...text].slice(0, CHARACTERS).join('');
  return JSON.stringify(shown.length < text.length ? `${shown}…` : shown);
}

/** `byte 40`, or `byte 40 (line 3)` if the file has several lines. Offsets count from 0, lines from 1. */
export function bytePosition(bytes: Uint8Array, offset: number): string {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++;
  return line === 1 && bytes.indexOf(10) < 0 ? `byte ${offset}` : `byte ${offset} (line ${line})`;
}
