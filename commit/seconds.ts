/** The seconds of an event day: those that a pass compares, and those for which event lists are read. */
import { SECONDS_A_DAY } from '../cloudtrail/event-ids.js';
import type { EventIndex } from '../cloudtrail/event-list.js';
import type { Span } from './event-lists.js';

/** The seconds that a pass compares, and which part of their events. */
export interface Seconds {
  /** From this second of the day up to, but not including, `end`. */
  from: number;
  end: number;
  isWholeDay: boolean;
  /** A second may have more events than a pass takes; then each of `parts` passes compares those with some of the ids. */
  part: number;
  parts: number;
}

/** Divides a day into passes of about `eventsPerPass` events of a commit, whose files have these indexes. */
export function passesOf(indexes: readonly EventIndex[], eventsPerPass: number): Seconds[] {
  const counts = new Float64Array(SECONDS_A_DAY);
  for (const { seconds, ends } of indexes)
    seconds.forEach((second, at) => {
      counts[second] += ends[at] - (at === 0 ? 0 : ends[at - 1]);
    });
  const passes: Seconds[] = [];
  for (let from = 0; from < SECONDS_A_DAY; ) {
    let end = from + 1;
    let events = counts[from];
    while (end < SECONDS_A_DAY && events + counts[end] <= eventsPerPass) events += counts[end++];
    const parts = Math.max(1, Math.ceil(events / eventsPerPass));
    for (let part = 0; part < parts; part++)
      passes.push({ from, end, isWholeDay: from === 0 && end === SECONDS_A_DAY && parts === 1, part, parts });
    from = end;
  }
  return passes;
}

/** A set of seconds of a day. */
export class SecondSet {
  private readonly bits = new Uint32Array(Math.ceil(SECONDS_A_DAY / 32));

  constructor(seconds: Iterable<number>) {
    for (const second of seconds) this.bits[second >>> 5] |= 1 << (second & 31);
  }

  static union(sets: readonly SecondSet[]): SecondSet {
    if (sets.length === 1) return sets[0];
    const all = new SecondSet([]);
    for (const { bits } of sets) for (let at = 0; at < bits.length; at++) all.bits[at] |= bits[at];
    return all;
  }

  has(second: number): boolean {
    return (this.bits[second >>> 5] & (1 << (second & 31))) !== 0;
  }
}

/** Returns the events of a list in the seconds of a pass, and in those of `wanted` if given. */
export function entriesOf({ seconds, ends }: EventIndex, { from, end }: Seconds, wanted?: SecondSet): Span[] {
  const spans: Span[] = [];
  for (let at = firstFrom(seconds, from); at < seconds.length && seconds[at] < end; at++) {
    if (wanted !== undefined && !wanted.has(seconds[at])) continue;
    const first = at === 0 ? 0 : ends[at - 1];
    const last = spans.at(-1);
    if (last?.end === first) last.end = ends[at];
    else spans.push({ from: first, end: ends[at] });
  }
  return spans;
}

/** The position of the first second that is not before `from`. */
function firstFrom(seconds: Uint32Array, from: number): number {
  let low = 0;
  let high = seconds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seconds[middle] < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
