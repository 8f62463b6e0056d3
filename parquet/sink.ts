/** A growable buffer that bytes are written to. Numbers are little-endian, as everywhere in Parquet. */

/** A buffer that has grown beyond this many bytes is not kept for the next use. */
const KEPT_BYTES = 4 << 20;

export class Sink {
  bytes: Uint8Array;
  /** End of the written bytes. */
  length = 0;

  constructor(private readonly initial = 1 << 12) {
    this.bytes = new Uint8Array(initial);
  }

  /** Makes room for `more` bytes after the end. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    let size = this.bytes.length;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  int32(value: number): void {
    this.reserve(4);
    this.setInt32(this.length, value);
    this.length += 4;
  }

  /** Overwrites four bytes that were written before. */
  setInt32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** An unsigned LEB128 integer, up to 2^53 - 1. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128;
    this.bytes[this.length++] = rest;
  }

  append(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** The written bytes, without a copy: valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of the written bytes, in separate memory. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.written());
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(this.initial);
  }
}
