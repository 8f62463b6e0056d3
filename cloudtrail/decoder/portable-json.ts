/**
 * JSON text that the JSON functions of SQL engines and the JSON parsers of Python, Java and C++ all accept. JSON allows more
 * than they do, and a single such value makes a query over the whole table fail. It is therefore stored in an equivalent
 * form, and the delivered text of its record in `event.original`. The forms follow I-JSON (RFC 7493, section 2):
 * - A lone surrogate is replaced by U+FFFD: DuckDB and PyArrow reject it.
 * - A number outside the range of a double becomes a string of its text: PyArrow, serde_json and simdjson reject it. The same
 *   applies to a number of more than {@link MAX_NUMBER} characters (Jackson's `maxNumberLength`, so Spark and Trino; Python
 *   rejects 4,300 digits).
 * - A value nested deeper than {@link MAX_DEPTH} becomes a string of its text: Jackson rejects more than 1,000 levels
 *   (`maxNestingDepth`), Python's json about 990; DuckDB's `json_structure` crashes the process at 30,000.
 * - Of equal names in one object the last one is kept: PyArrow and DuckDB's `MAP` reject duplicates.
 * - A name of more than {@link MAX_NAME} bytes is truncated: Jackson rejects longer ones (`maxNameLength`).
 */
import { JsonScanner } from './scanner.js';

/** Maximum levels of objects and arrays in one text. */
export const MAX_DEPTH = 500;
const MAX_NUMBER = 1000;
const MAX_NAME = 50_000;

const QUOTE = 34;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * An escape, or a surrogate pair of escapes. An escaped backslash matches on its own, so that the text after it is not taken
 * for an escape.
 */
const ESCAPE = /\\u(d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|[\da-f]{4})|\\[^u]/gi;
const SURROGATE = /^\\ud[89a-f][\da-f]{2}$/i;
const ZERO = /^-?[0.]+(?:e|$)/i;

/**
 * Returns the text in a form that all of them accept; `undefined` if it already is in one. Slow: only for suspect texts.
 * @param bytes with one well-formed JSON value in `[from..to)`
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

  /** The next value as Latin-1: one character per byte. The recursion is at most {@link MAX_DEPTH} levels deep. */
  value(depth: number): string {
    const { scanner } = this;
    const c = scanner.peek();
    if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) return this.asString(this.skipped());
      return c === OPEN_BRACE ? this.object(depth) : this.list(depth);
    }
    const text = this.skipped();
    if (c === QUOTE) return scanner.escaped ? this.replaceLoneSurrogates(text) : text;
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
    const name = quoted.includes('\\') ? this.replaceLoneSurrogates(quoted) : quoted;
    if (name.length <= MAX_NAME) return name;
    const plain = Buffer.from(textOf(name));
    if (plain.length <= MAX_NAME) return name;
    this.changed = true;
    let end = MAX_NAME;
    // Do not cut inside a UTF-8 character.
    while ((plain[end] & 0xc0) === 0x80) end--;
    return Buffer.from(JSON.stringify(plain.toString('utf8', 0, end))).toString('latin1');
  }

  private replaceLoneSurrogates(quoted: string): string {
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

  /** The text as a JSON string. Whitespace between tokens may include control characters, so it has to be escaped. */
  private asString(text: string): string {
    this.changed = true;
    return JSON.stringify(text);
  }
}

/** The value of a JSON string; the characters of `quoted` are its bytes. */
function textOf(quoted: string): string {
  return JSON.parse(Buffer.from(quoted, 'latin1').toString()) as string;
}
