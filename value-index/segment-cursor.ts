/** Reads the values of a stored segment in order, some blocks at a time, for a merge. */
import type { ObjectStore } from '../storage/object-store.js';
import { blockRange, prefixOf, readBlock, type SegmentHeader } from './segment.js';
import type { ValueCursor } from './segment-writer.js';

/** Bytes that a cursor reads at once. */
const READ_BYTES = 256 << 10;

/** A block of a segment does not match its checksum. */
export class DamagedSegment extends Error {
  constructor(readonly key: string) {
    super(`${key} is damaged`);
  }
}

/** A segment to read. */
interface CursorSegment {
  key: string;
  header: SegmentHeader;
}

/** Reads a segment from its first block to its last. */
export class SegmentCursor implements ValueCursor {
  value = -1;
  files: readonly number[] = [];
  private block = 0;
  private blockEnd = 0;
  private ahead: Buffer = Buffer.alloc(0);
  private aheadFrom = 0;
  private values: Iterator<{ value: number; files: number[] }> | undefined;

  constructor(
    private readonly store: ObjectStore,
    private readonly segment: CursorSegment,
    /** New numbers of the files; -1 for one that is left out. */
    private readonly numbers: readonly number[],
    private readonly width: number,
    private readonly signal?: AbortSignal,
  ) {}

  next(): void | Promise<void> {
    const { header } = this.segment;
    for (;;) {
      const one = this.nextOfBlock();
      if (one === undefined || one.done) {
        if (this.block === header.checksums.length - 1) {
          this.value = Number.POSITIVE_INFINITY;
          return;
        }
        if (this.block === this.blockEnd) return this.readMore().then(() => this.next());
        this.values = this.openBlock();
        continue;
      }
      const files = one.value.files;
      // In place: the block has created the list for this value only.
      let count = 0;
      for (const file of files) if (this.numbers[file] >= 0) files[count++] = this.numbers[file];
      files.length = count;
      if (count === 0) continue;
      this.value = prefixOf(one.value.value, this.width, header.width);
      this.files = files;
      return;
    }
  }

  private nextOfBlock(): IteratorResult<{ value: number; files: number[] }> | undefined {
    try {
      return this.values?.next();
    } catch (error) {
      if (error instanceof Error && error.message === 'damaged') throw new DamagedSegment(this.segment.key);
      throw error;
    }
  }

  private openBlock(): Iterator<{ value: number; files: number[] }> {
    const { header } = this.segment;
    const block = this.block++;
    const { from, length } = blockRange(header, block);
    const start = from - this.aheadFrom;
    return readBlock(header, block, this.ahead.subarray(start, start + length));
  }

  /** Reads the next blocks, at least one. */
  private async readMore(): Promise<void> {
    const { header, key } = this.segment;
    const { from } = blockRange(header, this.block);
    const blocks = header.checksums.length - 1;
    let end = this.block + 1;
    while (end < blocks && blockRange(header, end).from + blockRange(header, end).length - from <= READ_BYTES) end++;
    const last = blockRange(header, end - 1);
    const length = last.from + last.length - from;
    this.ahead =
      length === 0 ? Buffer.alloc(0) : await this.store.getRange(key, { from, length }, { signal: this.signal });
    this.aheadFrom = from;
    this.blockEnd = end;
  }
}
