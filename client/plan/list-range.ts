/** Lists the files of one place in a range of delivery days, in one listing that stops after the last day. */
import { dayOfDateFolders, type SourcePrefix } from '../../cloudtrail/object-key.js';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import type { ListedObject, ObjectStore, UnusableEntry } from '../../storage/object-store.js';

/** A file in the bucket, with its delivery day. */
interface RangeFile extends ListedObject {
  /** Delivery day, `YYYY-MM-DD`. */
  day: string;
}

/**
 * Yields the files in pages, without those outside of the day folders. `onUnusable` is called for entries in the range that are not
 * objects.
 */
export async function* listRange(
  bucket: ObjectStore,
  { prefix }: Pick<SourcePrefix, 'prefix'>,
  range: DateRange,
  signal: AbortSignal,
  onUnusable: (entry: UnusableEntry) => void,
): AsyncGenerator<RangeFile[]> {
  let last: { date: string; day: string | undefined } = { date: '', day: undefined };
  const [from, to] = [range.from, range.to].map((day) => day.replaceAll('-', '/'));
  const inRange = (key: string): boolean => {
    const date = key.slice(prefix.length).replace(/\/$/, '').slice(0, to.length);
    return from.slice(0, date.length) <= date && date <= to.slice(0, date.length);
  };
  const options = {
    startAfter: prefix + from,
    signal,
    onUnusable: (entry: UnusableEntry) => (inRange(entry.key) ? onUnusable(entry) : undefined),
  };
  for await (const { objects } of bucket.list(prefix + commonStart(from, to), options)) {
    const page: RangeFile[] = [];
    for (const object of objects) {
      const rest = object.key.slice(prefix.length);
      if (rest.slice(0, to.length) > to) {
        yield page;
        return;
      }
      const date = rest.slice(0, to.length + 1);
      // Most files have the same day as the previous one.
      if (date !== last.date) last = { date, day: dayOfDateFolders(date) };
      if (last.day !== undefined) page.push({ ...object, day: last.day });
    }
    yield page;
  }
}

function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}
