/** ECS category and types of an event, looked up in the table of event-groups/. */
import { EVENT_GROUPS } from './event-groups/index.js';

/** ECS categories and types of an event, as UTF-8. */
export interface EventClass {
  category: readonly Buffer[];
  type: readonly Buffer[];
}

/** What one eventName means, service by service. */
export interface ActionClasses {
  /** `service` is the beginning of the eventSource, `iam.amazonaws.`: what follows differs by partition. */
  byService: readonly { service: Buffer; class: EventClass }[];
  /** Where the record has no eventSource: what the reference says of the name. */
  withoutService: EventClass;
}

const utf8 = (words: string): Buffer[] => words.split(' ').map((word) => Buffer.from(word));

/** The beginning of the eventSource of a service, in all partitions. */
export const sourceOf = (service: string): Buffer => Buffer.from(`${service}.amazonaws.`);

/** An event that the table does not name has no category and the type `info`. */
const UNCLASSIFIED: EventClass = { category: [], type: utf8('info') };
const ALL_NAMES = '*';

const TABLE = new Map<string, { byService: ActionClasses['byService'][number][]; withoutService: EventClass }>();
for (const { services, names, category, type, source } of EVENT_GROUPS) {
  const eventClass = { category: utf8(category), type: utf8(type) };
  for (const name of names.split(' ')) {
    const classes = TABLE.get(name) ?? { byService: [], withoutService: UNCLASSIFIED };
    TABLE.set(name, classes);
    for (const service of services.split(' '))
      classes.byService.push({ service: sourceOf(service), class: eventClass });
    if (source === 'reference') classes.withoutService = eventClass;
  }
}
/** Services all of whose events have a class come last: an event's own line wins. */
const REST = TABLE.get(ALL_NAMES)?.byService ?? [];
TABLE.delete(ALL_NAMES);
for (const classes of TABLE.values()) classes.byService.push(...REST);

const NO_NAME: ActionClasses = { byService: REST, withoutService: UNCLASSIFIED };

/** The classes of an eventName; `undefined` for an event without one. */
export function classesOf(eventName: string | undefined): ActionClasses {
  return (eventName === undefined ? undefined : TABLE.get(eventName)) ?? NO_NAME;
}

/** The class of an event; without `eventSource` (missing or empty) what the reference says of the name alone. */
export function classOf(eventName: string, eventSource = ''): EventClass {
  const classes = classesOf(eventName);
  if (eventSource === '') return classes.withoutService;
  return classes.byService.find(({ service }) => eventSource.startsWith(String(service)))?.class ?? UNCLASSIFIED;
}
