/** event.category and event.type, by eventName. */
import { classOf, type EventClass } from '../event-categories.js';
import { appendList, lookedUp, type Question } from './derivation.js';

const eventClass: Question<EventClass> = { input: 'event.action', bind: () => classOf, absent: classOf('') };

export const eventCategory = lookedUp(eventClass, ({ category }, out, row) => {
  if (category.length > 0) appendList(out, category, row);
});
export const eventType = lookedUp(eventClass, ({ type }, out, row) => appendList(out, type, row));
