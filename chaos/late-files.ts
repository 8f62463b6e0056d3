/**
 * Files that come late: the undisturbed run finds them in the bucket, and in a storm they come while it runs, into days that
 * were planned without them.
 */
import type { Random } from '../sample/random.js';
import type { ObjectStore, StoredObject } from '../storage/object-store.js';

/** Of all files. */
const SHARE = 0.08;

export class LateFiles {
  private constructor(
    private readonly bucket: ObjectStore,
    private readonly waiting: StoredObject[],
  ) {}

  /** Takes some files out of the bucket. */
  static async hold(bucket: ObjectStore, random: Random): Promise<LateFiles> {
    const held: { file: StoredObject; turn: number }[] = [];
    for await (const { objects } of bucket.list('AWSLogs/'))
      for (const { key } of objects)
        if (random.chance(SHARE)) held.push({ file: await bucket.get(key), turn: random.next() });
    for (const { file } of held) await bucket.delete(file.key);
    // In the order of keys all those of a day would come at once.
    held.sort((a, b) => a.turn - b.turn);
    return new LateFiles(
      bucket,
      held.map(({ file }) => file),
    );
  }

  /** Delivers the next one; false when there is none left. */
  async deliver(): Promise<boolean> {
    const file = this.waiting.pop();
    if (file === undefined) return false;
    // The same bytes under the same key have the same ETag.
    await this.bucket.put(file.key, file.body, { metadata: file.metadata });
    return true;
  }
}
