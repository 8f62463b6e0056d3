/** The events of a commit that one pass compares with those of the table. */

import { ID_WORDS } from '../cloudtrail/event-ids.js';
import { ENTRY_WORDS } from '../cloudtrail/event-list.js';
import { FingerprintSet, hashOf } from '../ledger/fingerprints.js';
import type { Seconds } from './seconds.js';

/** Instead of the file of an event that is already known to be a repeat. */
const REPEATED = 0xffffffff;

/** A row of a table file with an event of the commit. */
export interface EventMatch {
  /** Number of the event in the commit. */
  event: number;
  row: number;
}

export class CommitEvents {
  private readonly ids = new FingerprintSet();
  /** File and row of each id, by the id's number in the set. */
  private files = new Uint32Array(1024);
  private rows = new Uint32Array(1024);

  constructor(private readonly pass: Pick<Seconds, 'part' | 'parts'>) {}

  /** Adds events of a file of the commit, in the form of event lists. Rows of events that were added before go to `repeats`. */
  addAll(events: Uint32Array, file: number, repeats: number[]): void {
    for (let at = 0; at < events.length; at += ENTRY_WORDS) {
      if (!this.isInPass(events, at)) continue;
      const row = events[at + ID_WORDS];
      const number = this.ids.size;
      if (!this.ids.add(events, at)) {
        repeats.push(row);
        continue;
      }
      if (number === this.files.length) {
        this.files = grown(this.files);
        this.rows = grown(this.rows);
      }
      this.files[number] = file;
      this.rows[number] = row;
    }
  }

  /** Returns the events of a table file that the commit also has. */
  matches(events: readonly Uint32Array[]): EventMatch[] {
    const found: EventMatch[] = [];
    for (const some of events)
      for (let at = 0; at < some.length; at += ENTRY_WORDS) {
        if (!this.isInPass(some, at)) continue;
        const event = this.ids.numberOf(some, at);
        if (event >= 0) found.push({ event, row: some[at + ID_WORDS] });
      }
    return found;
  }

  /** The row of the commit with this event goes to `repeats` of its file, once. */
  markRepeat(event: number, repeats: number[][]): void {
    if (this.files[event] === REPEATED) return;
    repeats[this.files[event]].push(this.rows[event]);
    this.files[event] = REPEATED;
  }

  private isInPass(events: Uint32Array, at: number): boolean {
    const { part, parts } = this.pass;
    // The high bits select the part and the low bits the slot in the set, so ids of a part are still spread over all slots.
    return parts === 1 || Math.floor((hashOf(events, at) / 2 ** 32) * parts) === part;
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(array.length * 2);
  copy.set(array);
  return copy;
}
