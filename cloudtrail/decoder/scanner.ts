/**
 * A strict JSON scanner over bytes (RFC 8259): it accepts what `JSON.parse` accepts, and makes no object.
 * The bytes must be valid UTF-8, or the caller must look after that itself.
 */
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** What {@link JsonScanner.suspect} looks for: at or below what portable-json.ts changes. */
const DEEP = 256;
const LONG_NUMBER = 200;
const LONG_NAME = 50_000;
/** More names of one object are not compared here. */
const MANY_NAMES = 256;

/** Where and why the text is not JSON. The message is for the ledger: it names the byte. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
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

export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(0);
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
  /** Hashes of the names of the objects that are open, and where those of each begin. */
  private names = new Int32Array(1024);
  private namesEnd = 0;
  private readonly bases: number[] = [];
  /** Open containers of the value that is being skipped, 1 = object; grows, so that depth is bounded by memory only. */
  private stack = new Uint8Array(64);
  /** Where the record must have ended; the text may not be read further. See {@link begin}. */
  end = Number.MAX_SAFE_INTEGER;
  /** The limit that `end` comes from. */
  private bound: 'recordBytes' | 'digestBytes' = 'recordBytes';
  /** Of the record: members in objects that have more than {@link MANY_NAMES}. The caller sets it to 0. */
  manyNames = 0;

  constructor(readonly limits: Limits = DEFAULT_LIMITS) {}

  fail(what: string, offset = this.pos): never {
    throw new JsonSyntaxError(offset >= this.bytes.length ? 'the text ends too early' : what, offset);
  }

  /** A record or a digest begins here: reading further than its limit throws `OverLimit`. */
  begin(bound: 'recordBytes' | 'digestBytes'): void {
    this.bound = bound;
    this.end = this.pos + this.limits[bound];
    this.manyNames = 0;
  }

  /** Throws `OverLimit` when the record is longer than it may be so far. White space alone is not looked at while it is read. */
  checkEnd(): void {
    if (this.pos > this.end) this.tooLong();
  }

  /** Throws: the record is longer than it may be. */
  private tooLong(): never {
    const most = this.limits[this.bound];
    throw new OverLimit(this.bound, most, `The record at byte ${this.end - most}`);
  }

  /** Throws `OverLimit` when a text that is to be copied out of `bytes[from..to)` is longer than it may be. */
  checkText(from: number, to: number): void {
    const { textBytes } = this.limits;
    if (to - from > textBytes) throw new OverLimit('textBytes', textBytes, `The text at byte ${from}`);
  }

  /** Throws `OverLimit` when an object has more members than it may. */
  checkMembers(count: number): void {
    if (count > this.limits.members) throw new OverLimit('members', this.limits.members, `Byte ${this.pos}`);
  }

  /** Moves over white space and returns the byte there (`undefined` at the end). */
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

  /** At the first byte of a value that is no container: moves behind it. */
  private scalar(c: number): void {
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

  /** Moves behind the next value, whatever it is, and checks all of it. */
  skip(): void {
    let c = this.peek();
    if (c !== OPEN_BRACE && c !== OPEN_BRACKET) {
      this.scalar(c);
      return;
    }
    let depth = 0;
    for (;;) {
      // Here a value begins.
      if (c === OPEN_BRACE || c === OPEN_BRACKET) {
        if (depth === this.stack.length) this.growStack();
        const isObject = c === OPEN_BRACE;
        this.bases[depth] = this.namesEnd;
        this.stack[depth++] = isObject ? 1 : 0;
        if (depth > DEEP) this.suspect = true;
        this.pos++;
        c = this.peek();
        if (c === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          this.pos++;
          depth--;
        } else {
          if (isObject) this.key(c, this.namesEnd);
          c = this.peek();
          continue;
        }
      } else this.scalar(c);
      // Here a value has ended.
      for (;;) {
        if (depth === 0) {
          this.checkEnd();
          return;
        }
        const isObject = this.stack[depth - 1] === 1;
        c = this.peek();
        if (c === COMMA) {
          if (++this.pos > this.end) this.tooLong();
          c = this.peek();
          if (isObject) {
            this.key(c, this.bases[depth - 1]);
            c = this.peek();
          }
          break;
        }
        if (c !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET))
          this.fail(isObject ? 'expected "," or "}"' : 'expected "," or "]"');
        this.pos++;
        depth--;
        this.namesEnd = this.bases[depth];
      }
    }
  }

  private key(c: number, base: number): void {
    if (c !== QUOTE) this.fail('expected a member name');
    const from = this.pos + 1;
    this.name(base, from, this.string());
    this.expect(COLON);
  }

  /**
   * The names of an object that the caller walks itself begin here; {@link name} takes them one by one, and
   * {@link closeNames} forgets them.
   */
  openNames(): number {
    return this.namesEnd;
  }

  closeNames(base: number): void {
    this.namesEnd = base;
  }

  /**
   * Notes the name `bytes[from..to)` of the object whose names begin at `base`, and is suspicious where it may be there
   * already: by a hash, so that no text is made. A name with an escape may equal one without.
   */
  name(base: number, from: number, to: number): void {
    const { bytes, names, namesEnd } = this;
    let hash = to - from;
    if (this.escaped || hash > LONG_NAME) this.suspect = true;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
    for (let i = base; i < namesEnd; i++) if (names[i] === hash) this.suspect = true;
    if (namesEnd - base >= MANY_NAMES) {
      this.suspect = true;
      // Outside of a record nothing is kept of a name.
      if (this.end !== Number.MAX_SAFE_INTEGER) this.checkMembers(++this.manyNames);
      return;
    }
    if (namesEnd === names.length) this.growNames();
    this.names[this.namesEnd++] = hash;
  }

  private growNames(): void {
    const larger = new Int32Array(this.names.length * 2);
    larger.set(this.names);
    this.names = larger;
  }

  private growStack(): void {
    const { depth } = this.limits;
    if (this.stack.length >= depth) throw new OverLimit('depth', depth, `Byte ${this.pos}`);
    const larger = new Uint8Array(this.stack.length * 2);
    larger.set(this.stack);
    this.stack = larger;
  }
}

function isHex(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
}
