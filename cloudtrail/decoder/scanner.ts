/** A strict JSON scanner over bytes (RFC 8259): it accepts what `JSON.parse` accepts, and creates no values. */
import { JsonTokens } from './json-tokens.js';
import { OverLimit } from './limits.js';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** Levels and bytes from which on text is suspect: at or below what portable-json.ts changes. */
const DEEP = 256;
const LONG_NAME = 50_000;
/** More names of one object are not compared here. */
const MANY_NAMES = 256;

/** Skips whole values, checking all of them, and notes the names of objects, to find those that may be there twice. */
export class JsonScanner extends JsonTokens {
  /** Hashes of the names of the objects that are open, and where those of each begin. */
  private names = new Int32Array(1024);
  private namesEnd = 0;
  private readonly bases: number[] = [];
  /** Open containers of the value that is being skipped, 1 = object; grows, so that depth is bounded by memory only. */
  private stack = new Uint8Array(64);

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

  /** Throws `OverLimit` when an object has more members than it may. */
  checkMembers(count: number): void {
    if (count > this.limits.members) throw new OverLimit('members', this.limits.members, `Byte ${this.pos}`);
  }
}
