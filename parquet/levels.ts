/** Writes the levels of a data page of version 1: repetition levels before definition levels, each after their size in bytes. */
import { widthOf, writeBitmap, writeHybrid, writeRun } from './hybrid.js';
import type { Leaf } from './leaves.js';
import type { Sink } from './sink.js';
import type { Slots } from './slots.js';

/** Writes the levels of the slots `from` up to, but not including, `to`. A leaf that always has one value has none. */
export function writeLevels(sink: Sink, leaf: Leaf, { levels }: Slots, from: number, to: number): void {
  if (leaf.maxRepetition > 0)
    withLength(sink, () => {
      const width = widthOf(leaf.maxRepetition + 1);
      if (levels.kind === 'each' && levels.repetition !== undefined)
        writeHybrid(sink, levels.repetition, from, to, width);
      else writeRun(sink, 0, to - from, width);
    });
  if (leaf.maxDefinition > 0)
    withLength(sink, () => {
      const width = widthOf(leaf.maxDefinition + 1);
      if (levels.kind === 'each') writeHybrid(sink, levels.definition, from, to, width);
      else if (levels.kind === 'equal') writeRun(sink, levels.level, to - from, width);
      else writeBitmap(sink, levels.bitmap, levels.from + from, levels.from + to, levels.level);
    });
}

function withLength(sink: Sink, write: () => void): void {
  const start = sink.length;
  sink.int32(0);
  write();
  sink.setInt32(start, sink.length - start - 4);
}
