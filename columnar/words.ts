/**
 * Bytes of texts, four at a time: a DataView reads a word at any offset, which takes as long as reading a byte. All words are
 * little-endian, so the first byte of the text is the lowest one.
 */

/** Bytes that must follow a text, of any value, so that its last word can be read. */
export const WORD_SLACK = 3;

/** Empty words. */
export const NO_WORDS: DataView = new DataView(new ArrayBuffer(0));

/** The same bytes, to read and write them as words. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A text that is often copied into columns or compared with their values. */
export class Text {
  readonly words: DataView;
  /** Bytes. */
  readonly length: number;

  /** @param text a string, or UTF-8, which is copied */
  constructor(text: string | Uint8Array) {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.length = bytes.length;
    const padded = new Uint8Array(bytes.length + WORD_SLACK);
    padded.set(bytes);
    this.words = wordsOf(padded);
  }

  /** Whether the words from byte `from` to `to` are this text. */
  equals(words: DataView, from: number, to: number): boolean {
    return this.length === to - from && sameWords(this.words, 0, words, from, this.length);
  }

  toString(): string {
    return Buffer.from(this.words.buffer, 0, this.length).toString();
  }
}

/**
 * Finds the bytes of a word that end the plain part of a JSON string: a quote, a backslash or a control character (below 32).
 * Returns 0 if there is none; otherwise the lowest bit that is set belongs to the first of them: see {@link firstByte}.
 * "Determine if a word has a byte less than n", https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
 */
export function endsOfPlain(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const control = (word - 0x20202020) & ~word;
  return (control | ((quote - 0x01010101) & ~quote) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
}

/** The index, from 0 to 3, of the first byte in which a bit of the mask is set. */
export function firstByte(mask: number): number {
  return (31 - Math.clz32(mask & -mask)) >> 3;
}

/** Whether the `size` bytes from `aFrom` in `a` and from `bFrom` in `b` are equal. */
export function sameWords(a: DataView, aFrom: number, b: DataView, bFrom: number, size: number): boolean {
  const whole = size - 3;
  let at = 0;
  for (; at < whole; at += 4) if (a.getInt32(aFrom + at, true) !== b.getInt32(bFrom + at, true)) return false;
  for (; at < size; at++) if (a.getInt8(aFrom + at) !== b.getInt8(bFrom + at)) return false;
  return true;
}

/** Whether the bytes from `aFrom` to `aTo` and from `bFrom` to `bTo` are equal: for short texts that have no words. */
export function sameBytes(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = aFrom, j = bFrom; i < aTo; ) if (a[i++] !== b[j++]) return false;
  return true;
}
