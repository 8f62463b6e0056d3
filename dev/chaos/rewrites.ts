/**
 * Files of the bucket that are rewritten while they are read, as by a careless copy tool: temporarily, a file is truncated or has
 * only some of its records; then it is restored.
 *
 * A run that reads the file at that moment finds another object: the ledger has a row for it, and the events of the restored file
 * are duplicates. compare.ts calls such ledger rows strays.
 */
import { gzipSync } from 'node:zlib';
import type { Random } from '../../sample/random.js';
import type { ObjectStore } from '../../storage/object-store.js';

/** A file whose records all have ids and can become rows. */
export interface Rewritable {
  key: string;
  records: readonly { eventID: string }[];
}

/** Rewrites files during the run. */
export class Rewrites {
  private readonly touched: Rewritable[] = [];

  constructor(
    private readonly bucket: ObjectStore,
    private readonly files: readonly Rewritable[],
  ) {}

  /** Rewrites a file until `during` resolves; false if the file does not exist yet. */
  async rewrite(random: Random, during: () => Promise<void>): Promise<boolean> {
    const file = random.pick(this.files);
    const before = file === undefined ? undefined : await this.bucket.get(file.key).catch(() => undefined);
    if (before === undefined) return false; // It is delivered late.
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

  /** Keys of the files that were rewritten. */
  get keys(): ReadonlySet<string> {
    return new Set(this.touched.map(({ key }) => key));
  }

  /** Ids of the events in these files. */
  get events(): string[] {
    return this.touched.flatMap(({ records }) => records.map(({ eventID }) => eventID));
  }
}
