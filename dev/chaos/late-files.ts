/**
 * Files that are delivered late: the undisturbed run finds them in the bucket; in a storm they are delivered during the run, for
 * days that were planned without them.
 */
import type { Random } from '../../sample/random.js';
import type { ObjectStore, StoredObject } from '../../storage/object-store.js';

/** The share of late files among all files. */
const SHARE = 0.08;

/** Files that are delivered during the run. */
export class LateFiles {
  private constructor(
    private readonly bucket: ObjectStore,
    private readonly waiting: StoredObject[],
  ) {}

  /** Removes some files from the bucket, for delivery during the run. */
  static async withhold(bucket: ObjectStore, random: Random): Promise<LateFiles> {
    const late: { file: StoredObject; turn: number }[] = [];
    for await (const { objects } of bucket.list('AWSLogs/'))
      for (const { key } of objects)
        if (random.chance(SHARE)) late.push({ file: await bucket.get(key), turn: random.next() });
    for (const { file } of late) await bucket.delete(file.key);
    // In key order, all files of a day would be delivered together.
    late.sort((a, b) => a.turn - b.turn);
    return new LateFiles(
      bucket,
      late.map(({ file }) => file),
    );
  }

  /** Delivers the next file; false if there is none left. */
  async deliver(): Promise<boolean> {
    const file = this.waiting.pop();
    if (file === undefined) return false;
    // The same bytes under the same key have the same ETag.
    await this.bucket.put(file.key, file.body, { metadata: file.metadata });
    return true;
  }
}
