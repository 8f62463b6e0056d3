/** The column buffer of strings. */
import { returnBuffer, takeBuffer } from './buffers.js';
import { ColumnBuffer, NO_INTS, resized } from './column.js';
import { endsOfPlain, firstByte, NO_WORDS, WORD_SLACK, wordsOf } from './words.js';

/** Copying fewer bytes than this in a loop is faster than creating a view for the engine's memmove. */
const SHORT_BYTES = 64;

/** Initial capacity of a column of strings, in bytes of values. */
const INITIAL_BYTES = 256;

/** Longer JSON strings are not copied while they are scanned. */
const QUOTED_BYTES = INITIAL_BYTES - WORD_SLACK;

const QUOTE = 34;
const NO_DATA = Buffer.alloc(0);

/** UTF-8 strings: the bytes of a row are `data[offsets[row] .. offsets[row + 1]]`. */
export class StringColumn extends ColumnBuffer {
  offsets = NO_INTS;
  data: Buffer = NO_DATA;
  /** The same bytes as `data`. */
  words = NO_WORDS;
  /** End of the values in `data`. */
  end = 0;

  get bytes(): number {
    return this.end + (this.length << 2);
  }

  /** Copies `source[from..to)` as the value of `row`. */
  append(source: Uint8Array, from: number, to: number, row: number): void {
    this.fillTo(row);
    const size = to - from;
    const start = this.end;
    if (start + size + WORD_SLACK > this.data.length) this.reserveBytes(start + size);
    if (size < SHORT_BYTES) {
      const data = this.data;
      for (let i = from, j = start; i < to; ) data[j++] = source[i++];
    } else {
      // Not `subarray`: creating a Buffer from part of a Buffer costs several times as much.
      this.data.set(new Uint8Array(source.buffer, source.byteOffset + from, size), start);
    }
    this.end = start + size;
    this.offsets[row + 1] = this.end;
    this.markPresent(row);
  }

  /** Writes a text as the value of `row`. */
  appendText(text: string, row: number): void {
    this.fillTo(row);
    // A UTF-16 code unit takes at most 3 bytes. Texts are usually short, and counting takes as long as writing.
    const most = text.length < INITIAL_BYTES ? text.length * 3 : Buffer.byteLength(text);
    if (this.end + most + WORD_SLACK > this.data.length) this.reserveBytes(this.end + most);
    this.end += this.data.write(text, this.end, 'utf8');
    this.offsets[row + 1] = this.end;
    this.markPresent(row);
  }

  /**
   * Copies the content of a short JSON string, starting after its opening quote, as the value of `row`, in one pass instead of
   * two. Returns the offset of the closing quote; or -1, without any change, for a string that contains an escape, is not short,
   * or is at the very end of the source.
   * @param words the same bytes as `source`
   */
  appendQuoted(source: Uint8Array, words: DataView, from: number, row: number): number {
    if (this.end + QUOTED_BYTES + WORD_SLACK > this.data.length) this.reserveBytes(this.end + QUOTED_BYTES);
    const { words: values, end } = this;
    const last = Math.min(from + QUOTED_BYTES, source.length) - 4;
    let i = from;
    let j = end;
    for (; ; i += 4, j += 4) {
      if (i > last) return -1;
      const word = words.getInt32(i, true);
      values.setInt32(j, word, true);
      const ends = endsOfPlain(word);
      if (ends === 0) continue;
      i += firstByte(ends);
      break;
    }
    if (source[i] !== QUOTE) return -1;
    this.fillTo(row);
    this.end = end + i - from;
    this.offsets[row + 1] = this.end;
    this.markPresent(row);
    return i;
  }

  /**
   * Like `append`, from words that have WORD_SLACK bytes after `to`: a Text, or the values of a column. This is several times as
   * fast.
   */
  appendWords(words: DataView, from: number, to: number, row: number): void {
    this.fillTo(row);
    const start = this.end;
    const end = start + to - from;
    // The words of this column itself stay readable if its buffer is replaced by a larger one.
    if (end + WORD_SLACK > this.data.length) this.reserveBytes(end);
    const values = this.words;
    for (let i = from, j = start; i < to; i += 4, j += 4) values.setInt32(j, words.getInt32(i, true), true);
    this.end = end;
    this.offsets[row + 1] = end;
    this.markPresent(row);
  }

  /** Ensures capacity for `total` bytes of values, and the slack after them. */
  reserveBytes(total: number): void {
    let size = Math.max(this.data.length, INITIAL_BYTES);
    while (size < total + WORD_SLACK) size *= 2;
    const larger = Buffer.from(takeBuffer(size));
    this.data.copy(larger, 0, 0, this.end);
    returnBuffer(this.data.buffer);
    this.data = larger;
    this.words = wordsOf(larger);
  }

  /** The value of a row as a JavaScript string, for the few callers that need one. */
  text(row: number): string {
    return this.data.toString('utf8', this.offsets[row], this.offsets[row + 1]);
  }

  override truncate(rows: number): void {
    if (this.length > rows) this.end = this.offsets[rows];
    super.truncate(rows);
  }

  protected override releaseValues(): number {
    const freed = returnBuffer(this.offsets.buffer) + returnBuffer(this.data.buffer);
    this.offsets = NO_INTS;
    this.data = NO_DATA;
    this.words = NO_WORDS;
    this.end = 0;
    return freed;
  }

  protected override reserve(rows: number): void {
    this.offsets = resized(this.offsets, rows);
    // The memory may contain old data.
    this.offsets[0] = 0;
  }

  protected override writeNulls(from: number, to: number): void {
    const { offsets, end } = this;
    // Most gaps are short, and a call of `fill` takes as long as about 30 rows.
    if (to - from < 32) for (let row = from; row < to; ) offsets[++row] = end;
    else offsets.fill(end, from + 1, to + 1);
  }
}
