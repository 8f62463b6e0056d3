/** A store whose objects seem older than they are, so that what is removed by age can be removed within seconds. */
import type { ListPage, ObjectStore } from '../../storage/object-store.js';

/** Returns the store with other modification times in listings. `ageOf`: from the true age to the shown one, in milliseconds. */
export function agedStore(store: ObjectStore, ageOf: (ms: number) => number): ObjectStore {
  // The clock of this process may be skewed (clock.ts), but not this one.
  const now = (): number => Math.floor(performance.timeOrigin + performance.now());
  const aged = (lastModified: number): number => Math.floor(now() - ageOf(Math.max(0, now() - lastModified)));
  async function* list(...request: Parameters<ObjectStore['list']>): AsyncGenerator<ListPage> {
    for await (const page of store.list(...request))
      yield {
        ...page,
        objects: page.objects.map((object) => ({ ...object, lastModified: aged(object.lastModified) })),
      };
  }
  return Object.assign(Object.create(store) as ObjectStore, { list });
}
