/**
 * JSON text that the JSON functions of SQL engines and the JSON readers of Python, Java and C++ all accept. JSON allows more
 * than they do: one such value makes a query over the whole table fail, so it is stored in an equivalent form, and the
 * delivered text of its record in `event.original`. The forms are those of I-JSON (RFC 7493, section 2):
 * - Half of a surrogate pair has no character: it becomes U+FFFD. DuckDB and PyArrow refuse it.
 * - A number that no double holds becomes a string of its text: PyArrow, serde_json and simdjson refuse it; so does one of
 *   more than {@link MAX_NUMBER} characters (Jackson's `maxNumberLength`, so Spark and Trino; Python refuses 4,300 digits).
 * - What is nested deeper than {@link MAX_DEPTH} becomes a string of its text: Jackson refuses more than 1,000 levels
 *   (`maxNestingDepth`), Python's json at about 990; DuckDB's `json_structure` ends the process at 30,000.
 * - Of equal names in one object the last one stays: PyArrow and DuckDB's `MAP` refuse them.
 * - A name of more than {@link MAX_NAME} bytes is cut: Jackson refuses more (`maxNameLength`).
 */
import { JsonScanner } from './scanner.js';

/** Levels of objects and lists in one text. */
export const MAX_DEPTH = 500;
const MAX_NUMBER = 1000;
const MAX_NAME = 50_000;

const QUOTE = 34;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** An escape, or a pair of them; an escaped backslash is one of its own, so that what is behind it is not taken for one. */
const ESCAPE = /\\u(d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|[\da-f]{4})|\\[^u]/gi;
const SURROGATE = /^\\ud[89a-f][\da-f]{2}$/i;
const ZERO = /^-?[0.]+(?:e|$)/i;

/**
 * The text in a form that all of them accept; `undefined` when it is in one already. Slow: for texts that are suspected.
 * @param bytes a well-formed JSON value at `from`, up to `to`
 */
export function portableJson(bytes: Uint8Array, from: number, to: number): Buffer | undefined {
  const text = new PortableText(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from));
  const written = text.value(0);
  return text.changed ? Buffer.from(written, 'latin1') : undefined;
}

class PortableText {
  changed = false;
  private readonly scanner = new JsonScanner();

  constructor(private readonly bytes: Buffer) {
    this.scanner.bytes = bytes;
  }

  /** The next value, a character for each of its bytes. At most {@link MAX_DEPTH} calls are open at once. */
  value(depth: number): string {
    const { scanner } = this;
    const c = scanner.peek();
    if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) return this.asString(this.skipped());
      return c === OPEN_BRACE ? this.object(depth) : this.list(depth);
    }
    const text = this.skipped();
    if (c === QUOTE) return scanner.escaped ? this.paired(text) : text;
    return (c >= 48 && c <= 57) || c === 45 ? this.number(text) : text;
  }

  private object(depth: number): string {
    const { scanner } = this;
    const members = new Map<string, string>();
    scanner.pos++;
    while (scanner.peek() !== CLOSE_BRACE) {
      if (members.size > 0) scanner.expect(44);
      scanner.peek();
      const from = scanner.pos;
      scanner.string();
      const name = this.name(this.bytes.toString('latin1', from, scanner.pos));
      scanner.expect(58);
      const plain = textOf(name);
      if (members.has(plain)) this.changed = true;
      members.set(plain, `${name}:${this.value(depth + 1)}`);
    }
    scanner.pos++;
    return `{${[...members.values()].join(',')}}`;
  }

  private list(depth: number): string {
    const { scanner } = this;
    const elements: string[] = [];
    scanner.pos++;
    while (scanner.peek() !== CLOSE_BRACKET) {
      if (elements.length > 0) scanner.expect(44);
      elements.push(this.value(depth + 1));
    }
    scanner.pos++;
    return `[${elements.join(',')}]`;
  }

  private skipped(): string {
    const from = this.scanner.pos;
    this.scanner.skip();
    return this.bytes.toString('latin1', from, this.scanner.pos);
  }

  private name(quoted: string): string {
    const name = quoted.includes('\\') ? this.paired(quoted) : quoted;
    if (name.length <= MAX_NAME) return name;
    const plain = Buffer.from(textOf(name));
    if (plain.length <= MAX_NAME) return name;
    this.changed = true;
    let end = MAX_NAME;
    // Not within a character.
    while ((plain[end] & 0xc0) === 0x80) end--;
    return Buffer.from(JSON.stringify(plain.toString('utf8', 0, end))).toString('latin1');
  }

  private paired(quoted: string): string {
    return quoted.replace(ESCAPE, (found) => {
      if (!SURROGATE.test(found)) return found;
      this.changed = true;
      return '\\ufffd';
    });
  }

  private number(text: string): string {
    const exponent = Number(/e(.*)/i.exec(text)?.[1] ?? 0);
    const tooLarge = !Number.isFinite(Number(text)) || (exponent > 308 && ZERO.test(text));
    return text.length > MAX_NUMBER || tooLarge ? this.asString(text) : text;
  }

  /** Its text as a JSON string. White space between tokens may be of control characters. */
  private asString(text: string): string {
    this.changed = true;
    return JSON.stringify(text);
  }
}

/** What a JSON string says, whose bytes are the characters of `quoted`. */
function textOf(quoted: string): string {
  return JSON.parse(Buffer.from(quoted, 'latin1').toString()) as string;
}
