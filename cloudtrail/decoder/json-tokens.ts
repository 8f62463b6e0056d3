/** The tokens of JSON text (RFC 8259): whitespace, punctuation, strings, numbers and literals, with the limits of a record. */
import { NO_BYTES } from '../../columnar/column.js';
import { endsOfPlain, firstByte, NO_WORDS, wordsOf } from '../../columnar/words.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';

const QUOTE = 34;
const BACKSLASH = 92;

/** Bytes. A longer number is suspect: see {@link JsonTokens.suspect}. */
const LONG_NUMBER = 200;

/** The message of {@link JsonSyntaxError} for data after a complete document. */
export const DATA_AFTER_END = 'data after the end';

/** Where and why text is not JSON. The message, which includes the byte offset, goes into the ledger. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  /** @param offset byte offset, from 0 */
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
 * Reads tokens of `bytes` at `pos`. The base class of `JsonScanner`, separate only to keep files short: there is no other
 * subclass, so calls of its methods stay monomorphic.
 */
export abstract class JsonTokens {
  /** The same bytes as `bytes`. */
  words = NO_WORDS;
  private text: Uint8Array = NO_BYTES;
  /** Offset of the next byte. */
  pos = 0;
  /** Whether the last string that was scanned contains a backslash. */
  escaped = false;
  /**
   * Whether anything was scanned that the JSON functions of other engines may reject: a lone surrogate, a number with many
   * digits or a large exponent, deep nesting, a very long name, or possibly two equal names in one object. It stays true
   * until the caller resets it. Only portable-json.ts checks precisely.
   */
  suspect = false;
  /** Whether the text of a JSON column was changed for this reason. It stays true until the caller resets it. */
  altered = false;
  /** Offset by which the record must end; reading further throws. See {@link begin}. */
  end = Number.MAX_SAFE_INTEGER;
  /** The limit that determines `end`. */
  private bound: 'recordBytes' | 'digestBytes' = 'recordBytes';
  /** Members of the record's large objects, counted so far. Reset by {@link begin}. */
  manyNames = 0;

  /** @param limits limits of one file */
  constructor(readonly limits: Limits = DEFAULT_LIMITS) {}

  /** The text. It must be valid UTF-8; this is not checked here. */
  get bytes(): Uint8Array {
    return this.text;
  }

  set bytes(bytes: Uint8Array) {
    this.text = bytes;
    this.words = wordsOf(bytes);
  }

  /** Throws `JsonSyntaxError`. */
  fail(what: string, offset = this.pos): never {
    throw new JsonSyntaxError(offset >= this.bytes.length ? 'unexpected end of text' : what, offset);
  }

  /** Starts a record or a digest at the current position: reading beyond its size limit throws `OverLimit`. */
  begin(bound: 'recordBytes' | 'digestBytes'): void {
    this.bound = bound;
    this.end = this.pos + this.limits[bound];
    this.manyNames = 0;
  }

  /** Throws `OverLimit` if the record already exceeds its limit. Whitespace alone is not checked while it is skipped. */
  checkEnd(): void {
    if (this.pos > this.end) this.tooLong();
  }

  /** Throws `OverLimit`: the record exceeds its limit. */
  protected tooLong(): never {
    const most = this.limits[this.bound];
    throw new OverLimit(this.bound, most, `The record at byte ${this.end - most}`);
  }

  /** Throws `OverLimit` if the text `bytes[from..to)`, which is about to be copied, exceeds the limit. */
  checkText(from: number, to: number): void {
    const { textBytes } = this.limits;
    if (to - from > textBytes) throw new OverLimit('textBytes', textBytes, `The text at byte ${from}`);
  }

  /** Moves to the next byte that is not whitespace and returns it without consuming it; `undefined` at the end. */
  peek(): number {
    const bytes = this.bytes;
    let i = this.pos;
    let c = bytes[i];
    while (c === 32 || c === 10 || c === 13 || c === 9) c = bytes[++i];
    this.pos = i;
    return c;
  }

  /** Consumes one punctuation byte and the whitespace before it. */
  expect(byte: number): void {
    if (this.bytes[this.pos] !== byte && this.peek() !== byte)
      this.fail(`expected ${JSON.stringify(String.fromCharCode(byte))}`);
    if (++this.pos > this.end) this.tooLong();
  }

  /** At an opening quote: moves past the string and returns the offset of its closing quote. */
  string(): number {
    const { bytes, words } = this;
    const lastWord = bytes.length - 4;
    let i = this.pos + 1;
    this.escaped = false;
    for (;;) {
      while (i <= lastWord) {
        const ends = endsOfPlain(words.getInt32(i, true));
        if (ends !== 0) {
          i += firstByte(ends);
          break;
        }
        i += 4;
      }
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
    if (c !== 117) this.fail('an invalid escape in a string', at);
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
    for (let i = at; i < at + 4; i++) if (!isHex(this.bytes[i])) this.fail('an invalid \\u escape in a string', i);
  }

  /** Which half of a surrogate pair the four hexadecimal digits encode; 0: neither. */
  private surrogate(at: number): number {
    if ((this.bytes[at] | 32) !== 100) return 0;
    const second = this.bytes[at + 1] | 32;
    if (second === 56 || second === 57 || second === 97 || second === 98) return HIGH;
    return second >= 99 && second <= 102 ? LOW : 0;
  }

  /** At the first byte of a number: moves past it. */
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

  /** At the first byte of a value that is not an object or an array: moves past it. */
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
