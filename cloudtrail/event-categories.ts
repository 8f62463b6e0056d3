/** ECS categories and types of an event, looked up in the table in event-groups/. */
import { Text } from '../columnar/words.js';
import { EVENT_GROUPS } from './event-groups/index.js';

/** ECS categories and types of an event, as UTF-8. */
export interface EventClass {
  category: readonly Text[];
  type: readonly Text[];
}

/** The classes of one eventName, by service. */
export interface ActionClasses {
  /** `service` is the beginning of the eventSource, `iam.amazonaws.`; the rest differs by partition. */
  byService: readonly { service: Text; class: EventClass }[];
  /** The class for records without eventSource: the one that the reference mapping has for the name. */
  withoutService: EventClass;
}

const utf8 = (words: string): Text[] => words.split(' ').map((word) => new Text(word));

/** Returns the beginning of a service's eventSource, which is the same in all partitions. */
export const sourceOf = (service: string): Text => new Text(`${service}.amazonaws.`);

/** The class of events that are not in the table: no category, and the type `info`. */
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
/** Classes for all events of a service. They come last, so that an event's own line takes precedence. */
const SERVICE_DEFAULTS = TABLE.get(ALL_NAMES)?.byService ?? [];
TABLE.delete(ALL_NAMES);
for (const classes of TABLE.values()) classes.byService.push(...SERVICE_DEFAULTS);

const UNKNOWN_NAME: ActionClasses = { byService: SERVICE_DEFAULTS, withoutService: UNCLASSIFIED };

/** Returns the classes of an eventName; `undefined` means that the event has none. */
export function classesOf(eventName: string | undefined): ActionClasses {
  return (eventName === undefined ? undefined : TABLE.get(eventName)) ?? UNKNOWN_NAME;
}

/** Returns the class of an event; without `eventSource` (missing or empty), the one that the reference mapping has for the name. */
export function classOf(eventName: string, eventSource = ''): EventClass {
  const classes = classesOf(eventName);
  if (eventSource === '') return classes.withoutService;
  return classes.byService.find(({ service }) => eventSource.startsWith(String(service)))?.class ?? UNCLASSIFIED;
}
