/** event.category and event.type, by eventSource and eventName. */
import type { AnyColumn } from '../../columnar/nested.js';
import { type ActionClasses, classesOf, classOf, type EventClass } from '../event-categories.js';
import { appendList, fromLookup, hasBytes, type Lookup, startsWith } from './derivation.js';

const PROVIDER = ['event.provider'];
const UNKNOWN = classOf('');

const actionClasses: Lookup<ActionClasses> = {
  input: 'event.action',
  bind: () => classesOf,
  absent: classesOf(undefined),
};

function pick({ byService, withoutService }: ActionClasses, provider: AnyColumn, row: number): EventClass {
  for (const { service, class: found } of byService) if (startsWith(provider, row, service)) return found;
  return hasBytes(provider, row) ? UNKNOWN : withoutService;
}

/** event.category. */
export const eventCategory = fromLookup(
  actionClasses,
  (classes, out, row, [provider]) => {
    const { category } = pick(classes, provider, row);
    if (category.length > 0) appendList(out, category, row);
  },
  PROVIDER,
);

/** event.type. */
export const eventType = fromLookup(
  actionClasses,
  (classes, out, row, [provider]) => appendList(out, pick(classes, provider, row).type, row),
  PROVIDER,
);
