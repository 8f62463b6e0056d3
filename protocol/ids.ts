/** All workflow ids, schedule ids and the default task queue in one place, so that the CLI and the workflows cannot disagree. */
import type { Reprocess, SourceFilter } from './messages.js';

/** The task queue if none is configured. */
export const DEFAULT_TASK_QUEUE = 'trailmill';

/** One workflow per (source, delivery day), so that a schedule and a backfill never work on the same day at once. */
export function ingestDayId(source: string, day: string): string {
  return `ingest/${source}/${day}`;
}

/**
 * One readable id per (source, range, filter): starting a range that is already running attaches to it. A filtered run of the
 * same range is separate work, so the filter is part of its id:
 * `backfill/aws_cloudtrail/2023-07-10..2023-07-12/CloudTrail,eu-west-1`.
 */
export function backfillId(source: string, from: string, to: string, filter: SourceFilter = {}): string {
  return rangeId('backfill', source, from, to, filter);
}

/**
 * Built like {@link backfillId}. A run that reads files again is separate work, and so is one that reads others of them:
 * `reprocess/aws_cloudtrail/2023-07-10..2023-07-12/status=rejected`.
 */
export function reprocessId(
  source: string,
  from: string,
  to: string,
  filter: SourceFilter,
  { status, keys, olderThan }: Reprocess,
): string {
  const selection = [
    ...(status === undefined ? [] : [`status=${status}`]),
    ...(olderThan === undefined ? [] : [`older-than=${olderThan}`]),
    ...(keys === undefined ? [] : [`keys=${keys.length}-${hashOf([...keys].sort().join('\n'))}`]),
  ];
  return [rangeId('reprocess', source, from, to, filter), ...selection].join('/');
}

/** Built like {@link backfillId}: starting an audit that is already running attaches to it. */
export function auditId(source: string, from: string, to: string, filter: SourceFilter = {}): string {
  return rangeId('audit', source, from, to, filter);
}

/** Built like {@link backfillId}. A verification of a trail, or one that reads objects again, is separate work. */
export function verifyId(
  source: string,
  {
    from,
    to,
    filter,
    trail,
    recheck,
  }: { from: string; to: string; filter: SourceFilter; trail?: string; recheck?: number },
): string {
  const id = rangeId('verify', source, from, to, filter);
  return [
    id,
    ...(trail === undefined ? [] : [`trail=${trail}`]),
    ...(recheck === undefined ? [] : [`recheck=${recheck}`]),
  ].join('/');
}

/** One at a time per source: two would rewrite the same days. A dry run changes nothing and is separate work. */
export function upkeepId(source: string, { dryRun }: { dryRun?: boolean } = {}): string {
  return `upkeep/${source}${dryRun === true ? '/dry-run' : ''}`;
}

/** `recent`: the days for which files usually still arrive. `deep`: as far back as AWS retries delivery. */
export const SCHEDULE_NAMES = ['recent', 'deep'] as const;
/** A name of {@link SCHEDULE_NAMES}. */
export type ScheduleName = (typeof SCHEDULE_NAMES)[number];

/** Distinguishes Trailmill's schedules from those of other applications in the namespace. */
const SCHEDULE_PREFIX = 'trailmill/';

/** The id of a schedule: `trailmill/aws_cloudtrail/recent`. */
export function scheduleId(source: string, name: ScheduleName): string {
  return `${SCHEDULE_PREFIX}${source}/${name}`;
}

/** Parses a {@link scheduleId}; `undefined` if the schedule is not Trailmill's. */
export function scheduleOf(id: string): { source: string; name: ScheduleName } | undefined {
  if (!id.startsWith(SCHEDULE_PREFIX)) return undefined;
  const at = id.lastIndexOf('/');
  const name = SCHEDULE_NAMES.find((known) => known === id.slice(at + 1));
  const source = id.slice(SCHEDULE_PREFIX.length, at);
  return name === undefined || source === '' ? undefined : { source, name };
}

/** The type of the workflow that a schedule starts. */
export const SCHEDULED_INGEST_TYPE = 'scheduledIngest';

/**
 * Id of the workflows that a schedule starts; the server appends the scheduled time:
 * `scheduled/aws_cloudtrail/recent-2024-06-05T01:00:00Z`.
 */
export function scheduledIngestId(source: string, name: ScheduleName): string {
  return `scheduled/${source}/${name}`;
}

/** The parts of a workflow id: source and delivery days. */
export interface IdParts {
  source: string;
  /** Set for the workflow of a single day. */
  day?: string;
  /** Set for a workflow of a range. */
  from?: string;
  to?: string;
}

const UPKEEP = /^upkeep\/([^/]+)/;
const SCHEDULED = /^scheduled\/([^/]+)\//;
const ONE_DAY = /^ingest\/([^/]+)\/(\d{4}-\d\d-\d\d)$/;
// The range may be followed by a filter, or by the time that a schedule appends.
const RANGE = /^(?:backfill|reprocess|audit|verify)\/([^/]+)\/(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)/;

/** Parses an id created by one of the functions above; `undefined` for any other id. */
export function parseWorkflowId(id: string): IdParts | undefined {
  const ofDay = ONE_DAY.exec(id);
  if (ofDay !== null) return { source: ofDay[1], day: ofDay[2] };
  const ofRange = RANGE.exec(id);
  if (ofRange !== null) return { source: ofRange[1], from: ofRange[2], to: ofRange[3] };
  const whole = SCHEDULED.exec(id) ?? UPKEEP.exec(id);
  return whole === null ? undefined : { source: whole[1] };
}

function rangeId(what: string, source: string, from: string, to: string, filter: SourceFilter): string {
  const words = [filter.kinds, filter.accounts, filter.regions].flatMap((list) => [...new Set(list ?? [])].sort());
  const range = `${what}/${source}/${from}..${to}`;
  return words.length === 0 ? range : `${range}/${shortened(words.join(','))}`;
}

/**
 * An organization can have hundreds of accounts, and an id at most 1,000 characters, so the rest becomes a hash.
 */
function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 100)}…${hashOf(text)}`;
}

/** 64-bit FNV-1a, hex. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of text) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) as number)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
