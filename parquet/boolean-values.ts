/** Booleans: one bit each, never with a dictionary. */
import type { BooleanColumn } from '../columnar/columns.js';
import type { Dictionary } from './dictionary.js';
import type { Sink } from './sink.js';
import type { Bound, Extremes, Values } from './values.js';

export class BooleanValues implements Values {
  readonly level = 1;

  constructor(
    private readonly column: BooleanColumn,
    private readonly positions: Int32Array,
    readonly count: number,
  ) {}

  get plainBytes(): number {
    return (this.count + 7) >> 3;
  }

  dictionary(): undefined {
    return undefined;
  }

  sorted(dictionary: Dictionary): Dictionary {
    return dictionary;
  }

  write(sink: Sink, from: number, to: number): void {
    const start = sink.length;
    const end = start + ((to - from + 7) >> 3);
    sink.reserve(end - start);
    sink.bytes.fill(0, start, end);
    for (let i = from; i < to; i++) {
      const bit = i - from;
      sink.bytes[start + (bit >> 3)] |= this.at(this.positions[i]) << (bit & 7);
    }
    sink.length = end;
  }

  writeEntries(): void {}

  fit(from: number, bytes: number): number {
    return from + bytes * 8;
  }

  extremes(): Extremes | undefined {
    const { count, positions } = this;
    if (count === 0) return undefined;
    let lower = positions[0];
    let upper = lower;
    for (let i = 1; i < count && this.at(lower) === this.at(upper); i++)
      if (this.at(positions[i])) upper = positions[i];
      else lower = positions[i];
    return { lower, upper };
  }

  /** Only strings are searched for single values. */
  bloomFilter(): undefined {
    return undefined;
  }

  bound(place: number): Bound {
    return { bytes: Uint8Array.of(this.at(place)), exact: true };
  }

  private at(row: number): number {
    return (this.column.values[row >> 3] >> (row & 7)) & 1;
  }
}
