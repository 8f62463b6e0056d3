/**
 * Files of the bucket that are rewritten while they are read, as a tool does that copies without care: for a moment a file is
 * torn, or has only some of its records; then it is what it was.
 *
 * Whoever looks at that moment finds another object, and takes it as such: the ledger has a row for it, and its events are the
 * first delivery of what comes again. `strays` says which rows those are.
 */
import { gzipSync } from 'node:zlib';
import type { Random } from '../sample/random.js';
import type { ObjectStore } from '../storage/object-store.js';

/** A file all of whose records can be rows and have ids. */
export interface Rewritable {
  key: string;
  records: readonly { eventID: string }[];
}

export class Rewrites {
  private readonly touched: Rewritable[] = [];

  constructor(
    private readonly bucket: ObjectStore,
    private readonly files: readonly Rewritable[],
  ) {}

  /** Rewrites one, for as long as `during` takes; false when there is none. */
  async rewrite(random: Random, during: () => Promise<void>): Promise<boolean> {
    const file = random.pick(this.files);
    const before = file === undefined ? undefined : await this.bucket.get(file.key).catch(() => undefined);
    if (before === undefined) return false; // It is one that comes late.
    const { body, metadata, key } = before;
    const some = file.records.filter(() => random.chance(0.5));
    const other = random.chance(0.5) ? body.subarray(0, body.length >> 1) : gzipSync(JSON.stringify({ Records: some }));
    this.touched.push(file);
    try {
      await this.bucket.put(key, other, { metadata });
      await during();
    } finally {
      await this.bucket.put(key, body, { metadata });
    }
    return true;
  }

  /** Files that were rewritten. */
  get keys(): ReadonlySet<string> {
    return new Set(this.touched.map(({ key }) => key));
  }

  /** Ids of their events. */
  get events(): string[] {
    return this.touched.flatMap(({ records }) => records.map(({ eventID }) => eventID));
  }
}
