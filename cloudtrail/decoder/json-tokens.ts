/** The tokens of JSON text (RFC 8259): white space, punctuation, strings, numbers and literals, with the limits of a record. */
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';

const QUOTE = 34;
const BACKSLASH = 92;

/** A longer number is suspect: see {@link JsonTokens.suspect}. */
const LONG_NUMBER = 200;

/** What {@link JsonSyntaxError} says where a whole document was read. */
export const DATA_AFTER_END = 'data after the end';

/** Where and why text is not JSON. The message is for the ledger: it names the byte. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  /** @param offset of the byte, from 0 */
  constructor(
    what: string,
    readonly offset: number,
  ) {
    super(`${what} at byte ${offset}`);
  }
}

const LITERALS: Record<number, Buffer> = {
  116: Buffer.from('true'),
  102: Buffer.from('false'),
  110: Buffer.from('null'),
};

/** Halves of a surrogate pair. */
const HIGH = 1;
const LOW = 2;

/**
 * Reads tokens of `bytes` at `pos`. It is the base of `JsonScanner`, and a class of its own only to keep files short: there is
 * no other subclass, so calls of its methods stay monomorphic.
 */
export abstract class JsonTokens {
  /** The text. It must be valid UTF-8, or the caller must check that itself. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte. */
  pos = 0;
  /** Was there a backslash in the string that was scanned last? */
  escaped = false;
  /**
   * Was anything scanned that JSON functions of other engines may refuse: half of a surrogate pair, a number of many
   * digits or a large exponent, deep nesting, a very long name, or perhaps two equal names in one object? It stays true
   * until the caller sets it to false. Only portable-json.ts looks closely.
   */
  suspect = false;
  /** Was the text of a JSON column changed for this reason? It stays true until the caller sets it to false. */
  altered = false;
  /** Offset at which the record must have ended; reading further throws. See {@link begin}. */
  end = Number.MAX_SAFE_INTEGER;
  /** The limit that `end` comes from. */
  private bound: 'recordBytes' | 'digestBytes' = 'recordBytes';
  /** Of the record: members in objects that have many. Set to 0 by {@link begin}. */
  manyNames = 0;

  /** @param limits of one file */
  constructor(readonly limits: Limits = DEFAULT_LIMITS) {}

  /** Throws `JsonSyntaxError`. */
  fail(what: string, offset = this.pos): never {
    throw new JsonSyntaxError(offset >= this.bytes.length ? 'the text ends too early' : what, offset);
  }

  /** Starts a record or a digest here: reading further than its limit throws `OverLimit`. */
  begin(bound: 'recordBytes' | 'digestBytes'): void {
    this.bound = bound;
    this.end = this.pos + this.limits[bound];
    this.manyNames = 0;
  }

  /** Throws `OverLimit` when the record is longer than its limit so far. White space alone is not checked while it is read. */
  checkEnd(): void {
    if (this.pos > this.end) this.tooLong();
  }

  /** Throws: the record is longer than it may be. */
  protected tooLong(): never {
    const most = this.limits[this.bound];
    throw new OverLimit(this.bound, most, `The record at byte ${this.end - most}`);
  }

  /** Throws `OverLimit` when a text that is to be copied out of `bytes[from..to)` is longer than it may be. */
  checkText(from: number, to: number): void {
    const { textBytes } = this.limits;
    if (to - from > textBytes) throw new OverLimit('textBytes', textBytes, `The text at byte ${from}`);
  }

  /** Moves to the next byte that is not white space, and returns it; `undefined` at the end. Does not consume it. */
  peek(): number {
    const bytes = this.bytes;
    let i = this.pos;
    let c = bytes[i];
    while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++i];
    this.pos = i;
    return c;
  }

  /** Moves over one punctuation byte, and the white space before it. */
  expect(byte: number): void {
    if (this.bytes[this.pos] !== byte && this.peek() !== byte)
      this.fail(`expected ${JSON.stringify(String.fromCharCode(byte))}`);
    if (++this.pos > this.end) this.tooLong();
  }

  /** At an opening quote: moves behind the string, returns the offset of its closing quote. */
  string(): number {
    const bytes = this.bytes;
    let i = this.pos + 1;
    this.escaped = false;
    for (;;) {
      const c = bytes[i];
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        this.escaped = true;
        i = this.escape(i + 1);
      } else if (c >= 32) i++;
      else this.fail('a control character in a string', i);
    }
    this.pos = i + 1;
    if (i >= this.end) this.tooLong();
    return i;
  }

  private escape(at: number): number {
    const c = this.bytes[at];
    // " \ / b f n r t
    if (c === 34 || c === 92 || c === 47 || c === 98 || c === 102 || c === 110 || c === 114 || c === 116) return at + 1;
    if (c !== 117) this.fail('an unknown escape in a string', at);
    this.fourHex(at + 1);
    const half = this.surrogate(at + 1);
    if (half === 0) return at + 5;
    const paired = half === HIGH && this.bytes[at + 5] === BACKSLASH && this.bytes[at + 6] === 117;
    if (paired) this.fourHex(at + 7);
    if (paired && this.surrogate(at + 7) === LOW) return at + 11;
    this.suspect = true;
    return at + 5;
  }

  private fourHex(at: number): void {
    for (let i = at; i < at + 4; i++) if (!isHex(this.bytes[i])) this.fail('a bad \\u escape in a string', i);
  }

  /** Which half of a surrogate pair do the four hexadecimal digits say? 0: neither. */
  private surrogate(at: number): number {
    if ((this.bytes[at] | 32) !== 100) return 0;
    const second = this.bytes[at + 1] | 32;
    if (second === 56 || second === 57 || second === 97 || second === 98) return HIGH;
    return second >= 99 && second <= 102 ? LOW : 0;
  }

  /** At the first byte of a number. */
  private number(): void {
    const bytes = this.bytes;
    let i = this.pos;
    if (bytes[i] === 45) i++;
    if (bytes[i] === 48) i++;
    else i = this.digits(i);
    if (bytes[i] === 46) i = this.digits(i + 1);
    if (bytes[i] === 101 || bytes[i] === 69) {
      i++;
      if (bytes[i] === 43 || bytes[i] === 45) i++;
      const exponent = i;
      i = this.digits(i);
      if (i - exponent > 2) this.suspect = true;
    }
    if (i - this.pos > LONG_NUMBER) {
      this.suspect = true;
      if (i > this.end) this.tooLong();
    }
    this.pos = i;
  }

  private digits(from: number): number {
    const bytes = this.bytes;
    let i = from;
    while (bytes[i] >= 48 && bytes[i] <= 57) i++;
    if (i === from) this.fail('not a JSON value', i);
    return i;
  }

  /** At the first byte of a value that is not a container: moves behind it. */
  protected scalar(c: number): void {
    if (c === QUOTE) {
      this.string();
      return;
    }
    const literal = LITERALS[c];
    if (literal === undefined) {
      this.number();
      return;
    }
    for (let i = 0; i < literal.length; i++)
      if (this.bytes[this.pos + i] !== literal[i]) this.fail('not a JSON value', this.pos + i);
    this.pos += literal.length;
  }
}

function isHex(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
}
