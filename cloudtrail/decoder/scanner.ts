/** A strict JSON scanner over bytes (RFC 8259): it accepts exactly what `JSON.parse` accepts, and creates no values. */
import { JsonTokens } from './json-tokens.js';
import { OverLimit } from './limits.js';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** Nesting levels and name bytes above which text is suspect: at or below the limits of portable-json.ts. */
const DEEP = 256;
const LONG_NAME = 50_000;
/** Names of one object that are compared; an object with more is suspect. */
const MANY_NAMES = 256;

/** Skips and validates whole values, and records the names in objects to find possible duplicates. */
export class JsonScanner extends JsonTokens {
  /** Hashes of the names in all open objects, and where those of each object begin. */
  private names = new Int32Array(1024);
  private namesEnd = 0;
  private readonly bases: number[] = [];
  /** Open containers of the value that is being skipped, 1 = object. Grows up to the limit `depth`. */
  private stack = new Uint8Array(64);

  /** Moves past the next value, of any type, and validates it. */
  skip(): void {
    let c = this.peek();
    if (c !== OPEN_BRACE && c !== OPEN_BRACKET) {
      this.scalar(c);
      return;
    }
    let depth = 0;
    for (;;) {
      // A value begins here.
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
      // A value has ended here.
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
   * Starts the names of an object that the caller reads itself. Returns the base for {@link name}, which adds a name, and
   * {@link closeNames}, which drops them.
   */
  openNames(): number {
    return this.namesEnd;
  }

  /** Drops the names that were added since `openNames` returned `base`. */
  closeNames(base: number): void {
    this.namesEnd = base;
  }

  /**
   * Adds the name `bytes[from..to)` to the object whose names begin at `base`, and sets `suspect` if it may be a duplicate.
   * Names are compared by hash, so that no string is created. A name with an escape may be equal to one without.
   */
  name(base: number, from: number, to: number): void {
    const { words, names, namesEnd } = this;
    if (namesEnd - base >= MANY_NAMES) {
      this.suspect = true;
      // Outside a record, names are not kept in memory.
      if (this.end !== Number.MAX_SAFE_INTEGER) this.checkMembers(++this.manyNames);
      return;
    }
    let hash = to - from;
    if (this.escaped || hash > LONG_NAME) this.suspect = true;
    let i = from;
    for (; i + 4 <= to; i += 4) hash = (Math.imul(hash, 31) + words.getInt32(i, true)) | 0;
    for (; i < to; i++) hash = (Math.imul(hash, 31) + words.getUint8(i)) | 0;
    for (let n = base; n < namesEnd; n++) if (names[n] === hash) this.suspect = true;
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

  /** Throws `OverLimit` if an object has more members than allowed. */
  checkMembers(count: number): void {
    if (count > this.limits.members) throw new OverLimit('members', this.limits.members, `Byte ${this.pos}`);
  }
}
