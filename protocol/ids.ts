/** Every workflow id, query name and task queue in one place, so that the CLI and the workflows cannot disagree. */
import type { SourceFilter } from './messages.js';

/** The task queue where the configuration names none. */
export const DEFAULT_TASK_QUEUE = 'trailmill';

/** One workflow a (source, delivery day): a schedule and a backfill never work on the same day at once. */
export function ingestDayId(source: string, day: string): string {
  return `ingest/${source}/${day}`;
}

/**
 * Readable, and one a (source, range, filter): starting a range that runs attaches to it. A narrower run of the same
 * range is another piece of work, so what narrows it is in its id: `backfill/aws_cloudtrail/2023-07-10..2023-07-12/CloudTrail,eu-west-1`.
 */
export function backfillId(source: string, from: string, to: string, filter: SourceFilter = {}): string {
  return rangeId('backfill', source, from, to, filter);
}

/** Named as a backfill is: an audit of the same range that runs is attached to. */
export function auditId(source: string, from: string, to: string, filter: SourceFilter = {}): string {
  return rangeId('audit', source, from, to, filter);
}

/** `recent`: the days that files mostly come late for. `deep`: as far back as AWS tries to deliver. */
export const SCHEDULE_NAMES = ['recent', 'deep'] as const;
/** A name of {@link SCHEDULE_NAMES}. */
export type ScheduleName = (typeof SCHEDULE_NAMES)[number];

const SCHEDULES = 'trailmill/';

/** Other programs have schedules in the namespace, too. */
export function scheduleId(source: string, name: ScheduleName): string {
  return `${SCHEDULES}${source}/${name}`;
}

/** The parts of a {@link scheduleId}; `undefined` for a schedule that is not Trailmill's. */
export function scheduleOf(id: string): { source: string; name: ScheduleName } | undefined {
  if (!id.startsWith(SCHEDULES)) return undefined;
  const at = id.lastIndexOf('/');
  const name = SCHEDULE_NAMES.find((known) => known === id.slice(at + 1));
  const source = id.slice(SCHEDULES.length, at);
  return name === undefined || source === '' ? undefined : { source, name };
}

/** The type name of what a schedule starts. */
export const SCHEDULED_INGEST_TYPE = 'scheduledIngest';

/** Of each run; the server appends its scheduled time: `scheduled/aws_cloudtrail/recent-2024-06-05T01:00:00Z`. */
export function scheduledIngestId(source: string, name: ScheduleName): string {
  return `scheduled/${source}/${name}`;
}

/** What an id says: of which source, and which delivery days. */
export interface IdParts {
  source: string;
  /** Of the workflow of one day. */
  day?: string;
  /** Of one of a range. */
  from?: string;
  to?: string;
}

const SCHEDULED = /^scheduled\/([^/]+)\//;
const ONE_DAY = /^ingest\/([^/]+)\/(\d{4}-\d\d-\d\d)$/;
// Whatever follows the range: what narrows it, or the time that a schedule adds.
const RANGE = /^(?:backfill|audit)\/([^/]+)\/(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)/;

/** Takes an id apart that one of the functions above has made; `undefined` for any other. */
export function partsOf(id: string): IdParts | undefined {
  const ofDay = ONE_DAY.exec(id);
  if (ofDay !== null) return { source: ofDay[1], day: ofDay[2] };
  const ofRange = RANGE.exec(id);
  if (ofRange !== null) return { source: ofRange[1], from: ofRange[2], to: ofRange[3] };
  const scheduled = SCHEDULED.exec(id);
  return scheduled === null ? undefined : { source: scheduled[1] };
}

function rangeId(what: string, source: string, from: string, to: string, filter: SourceFilter): string {
  const words = [filter.kinds, filter.accounts, filter.regions].flatMap((list) => [...new Set(list ?? [])].sort());
  const range = `${what}/${source}/${from}..${to}`;
  return words.length === 0 ? range : `${range}/${shortened(words.join(','))}`;
}

/** An organization has hundreds of accounts, and an id at most 1,000 characters: the rest becomes a checksum. */
function shortened(text: string): string {
  if (text.length <= 120) return text;
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) as number)) * 0x100000001b3n);
  }
  return `${text.slice(0, 100)}…${hash.toString(16).padStart(16, '0')}`;
}
