/**
 * Which values a text of a row has: what `trailmill find` matches, and what the index contains. Pure, and the only definition.
 *
 * - A text that begins with `{` and ends with `}`, or with `[` and `]`, is JSON: its values are those of its strings at any
 *   depth, except member names. A string that is JSON itself has the values of that JSON.
 * - Any other text is a value as a whole.
 * - An ARN also has its account, the parts of its resource, which `/` and `:` separate, and all that follows the first of these
 *   separators: `arn:aws:sts::111122223333:assumed-role/Admin/alice` has `111122223333`, `assumed-role`, `Admin`, `alice` and
 *   `Admin/alice`. An ARN of S3 has its bucket and its key: `arn:aws:s3:::logs/2024/a.gz` has `logs` and `2024/a.gz`.
 * - The id of a principal with its session, `AROA…:alice`, also has both parts.
 * - The member `x-amz-id-2`, the second id of a request to S3, is left out.
 *
 * Values are compared in their canonical form (addresses.ts). Texts of more than {@link MAX_VALUE_BYTES}, and times, are not
 * values. A change to these rules must increase {@link RULES_VERSION}: an index that was made by other rules is not used.
 */
import { endsOfPlain, firstByte, WORD_SLACK, wordsOf } from '../columnar/words.js';
import { canonical } from './addresses.js';
import { COLON, hasSeparator, isArn, isIdByte, isLeftOut, isS3, isTime, mayBeOther, SLASH } from './text-forms.js';
import { withoutEscapes } from './unescape.js';

/**
 * The version of the rules in this file, in text-forms.ts and addresses.ts, and of the searched columns; it is stored in the
 * index.
 */
export const RULES_VERSION = 2;

/** Longer texts are not values: session tokens and documents. The key of an S3 object has at most this many bytes. */
export const MAX_VALUE_BYTES = 1_024;

/** JSON in strings of JSON is read no deeper than this. */
const MAX_DEPTH = 4;

const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const SMALL_A = 97;
const CAPITAL_A = 65;

/** Longer strings are rare. */
const MOST_UNESCAPED = 16_384;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new DataView(new ArrayBuffer(0));

/**
 * Reads the values of texts. Makes no object for a value, except where one is not in its canonical form. What receives the values
 * is a method, and not a function that each reader is given: V8 compiles a method once, but for each such function it would
 * compile this class again.
 */
export abstract class ValueReader {
  bytes: Uint8Array = NO_BYTES;
  /** The same bytes. */
  words: DataView = NO_WORDS;
  private depth = 0;
  /** Strings of JSON without their escapes, by depth. */
  private readonly unescaped: Uint8Array[] = [];

  /**
   * Receives the value `bytes[from..to)`, which is valid during the call only. `hasParts`: all parts of the value come too, so
   * the index does not need the whole.
   */
  protected abstract onValue(from: number, to: number, hasParts: boolean): void;

  /** Sets the bytes that the following texts are in. */
  open(bytes: Uint8Array, words: DataView): void {
    this.bytes = bytes;
    this.words = words;
  }

  /** Reads a text that is not part of opened bytes. */
  readText(text: string): void {
    const { bytes, words } = this;
    const own = Buffer.from(text);
    this.open(own, new DataView(own.buffer, own.byteOffset, own.length));
    this.read(0, own.length);
    this.open(bytes, words);
  }

  /** Reads the text `bytes[from..to)`. */
  read(from: number, to: number): void {
    if (to - from < 2) {
      if (to > from) this.onValue(from, to, false);
      return;
    }
    const first = this.bytes[from];
    const last = this.bytes[to - 1];
    if ((first === OPEN_OBJECT && last === CLOSE_OBJECT) || (first === OPEN_LIST && last === CLOSE_LIST)) {
      this.readJson(from, to);
    } else if (to - from <= MAX_VALUE_BYTES) {
      this.readValue(from, to);
    }
  }

  /** The end of the string after a colon; that of the colon if no string follows. */
  private endOfNext(colon: number, to: number): number {
    const { bytes } = this;
    let at = colon + 1;
    while (at < to && bytes[at] <= SPACE) at++;
    if (bytes[at] !== QUOTE) return colon;
    for (at = this.endOfPlain(at + 1, to); at < to && bytes[at] !== QUOTE; at = this.endOfPlain(at + 1, to))
      if (bytes[at] === BACKSLASH) at++;
    return at;
  }

  /** The offset of the next quote, backslash or control character in a string of JSON. */
  private endOfPlain(from: number, to: number): number {
    const { words } = this;
    let at = from;
    // Four bytes at a time: most of JSON is within strings.
    for (const whole = to - 3; at < whole; at += 4) {
      const ends = endsOfPlain(words.getInt32(at, true));
      if (ends !== 0) return at + firstByte(ends);
    }
    const { bytes } = this;
    while (at < to && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH && bytes[at] >= SPACE) at++;
    return at;
  }

  /** Finds the strings of a JSON text. It need not be valid: whatever is between quotes and not before a colon is a value. */
  private readJson(from: number, to: number): void {
    if (this.depth === MAX_DEPTH) return;
    this.depth++;
    const { bytes } = this;
    for (let at = from; at < to; at++) {
      if (bytes[at] !== QUOTE) continue;
      const start = at + 1;
      let escaped = false;
      for (at = this.endOfPlain(start, to); at < to && bytes[at] !== QUOTE; at = this.endOfPlain(at + 1, to)) {
        if (bytes[at] !== BACKSLASH) continue;
        escaped = true;
        at++;
      }
      let next = at + 1;
      while (next < to && bytes[next] <= SPACE) next++;
      if (at >= to) break;
      if (bytes[next] === COLON) {
        if (isLeftOut(bytes, start, at)) at = this.endOfNext(next, to);
        continue;
      }
      if (!escaped) this.read(start, at);
      else this.readEscaped(start, at);
    }
    this.depth--;
  }

  private readEscaped(from: number, to: number): void {
    const { bytes, words, depth } = this;
    if (to - from <= MOST_UNESCAPED) {
      this.unescaped[depth] ??= new Uint8Array(MOST_UNESCAPED + WORD_SLACK);
      const own = this.unescaped[depth];
      const end = withoutEscapes(bytes, from, to, own);
      if (end >= 0) {
        this.open(own, wordsOf(own));
        this.read(0, end);
        this.open(bytes, words);
        return;
      }
    }
    let text: unknown;
    try {
      text = JSON.parse(Buffer.from(this.bytes.subarray(from - 1, to + 1)).toString());
    } catch {
      // Not JSON: the text as it is.
      text = Buffer.from(this.bytes.subarray(from, to)).toString();
    }
    this.readText(text as string);
  }

  private readValue(from: number, to: number): void {
    const { bytes } = this;
    const length = to - from;
    const first = bytes[from];
    if (first === SMALL_A && isArn(bytes, from, length)) this.readArn(from, to);
    else if (first === CAPITAL_A && this.readPrincipal(from, to)) return;
    else if (!isTime(bytes, from, length)) this.emit(from, to);
  }

  /** Passes on a value or a part of one, in its canonical form. */
  private emit(from: number, to: number): void {
    if (mayBeOther(this.bytes, this.words, from, to - from)) this.readOther(from, to);
    else this.onValue(from, to, false);
  }

  private readOther(from: number, to: number): void {
    const { bytes, words } = this;
    const own = Buffer.from(canonical(Buffer.from(bytes.subarray(from, to)).toString()));
    this.open(own, new DataView(own.buffer, own.byteOffset, own.length));
    this.onValue(0, own.length, false);
    this.open(bytes, words);
  }

  /** `arn:partition:service:region:account:resource`. */
  private readArn(from: number, to: number): void {
    const { bytes } = this;
    let at = from;
    let start = from;
    for (let colons = 0; colons < 5; colons++) {
      start = at;
      while (at < to && bytes[at] !== COLON) at++;
      if (at++ < to) continue;
      this.onValue(from, to, false);
      return;
    }
    this.onValue(from, to, at < to);
    // The account, without the colon after it.
    if (at - 1 > start) this.emit(start, at - 1);
    if (isS3(bytes, from)) {
      let slash = at;
      while (slash < to && bytes[slash] !== SLASH) slash++;
      if (slash > at) this.emit(at, slash);
      if (slash + 1 < to) this.emit(slash + 1, to);
      return;
    }
    let rest = -1;
    for (let part = at; at <= to; at++) {
      if (at < to && bytes[at] !== COLON && bytes[at] !== SLASH) continue;
      if (at > part) this.emit(part, at);
      part = at + 1;
      // If the rest is a single part, it is emitted as a part.
      if (rest < 0) rest = at + 1;
      else if (at === to && part - 1 > rest && hasSeparator(bytes, rest, to)) this.emit(rest, to);
    }
  }

  /** `AROAEXAMPLEID:session`: IAM's unique ids begin with A. Returns false for anything else, which is not read. */
  private readPrincipal(from: number, to: number): boolean {
    const { bytes } = this;
    let at = from;
    while (at < to && isIdByte(bytes[at])) at++;
    if (at - from < 16 || at + 1 >= to || bytes[at] !== COLON) return false;
    this.onValue(from, to, true);
    this.emit(from, at);
    this.emit(at + 1, to);
    return true;
  }
}
