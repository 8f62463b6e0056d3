/** What temporal.yaml may say. The error text of a field says what is allowed, and nothing else. */
import { z } from 'zod';
import { WINDOW_LIMITS } from '../protocol/control.js';
import { GIB, KIB, MIB, WORKER } from './defaults.js';
import { CLOCK_TIME, isRhythm, isTimeZone, RHYTHM_ALLOWED, WEEKDAYS } from './rhythm.js';
import type { Pollers } from './settings.js';
import { type FileShape, SPELLED_OUT } from './yaml-file.js';

const UNITS: Record<string, number> = { '': 1, b: 1, kib: KIB, mib: MIB, gib: GIB };

/** Bytes from `65536` or `64 MiB`; `undefined` for anything else. `64 MB` is refused: people mean two things by it. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const parts = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value) : null;
  const unit = UNITS[parts?.[2].toLowerCase() ?? '?'];
  return parts && unit !== undefined ? Math.round(Number(parts[1]) * unit) : undefined;
}

export function whole(least: number, most: number) {
  const inRange = (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return z.custom<number>(inRange, { error: `a whole number from ${least} to ${most}` }).optional();
}

function size(least: number, most: number, range: string) {
  const inRange = (value: unknown) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= least && bytes <= most;
  };
  const error = `bytes, or a number with KiB, MiB or GiB; ${range}`;
  return z
    .custom<number | string>(inRange, { error })
    .transform((value) => parseSize(value) as number)
    .optional();
}

/** Text of a form; `error` says what is allowed. */
export function text(pattern: RegExp, error: string) {
  return z.custom<string>((value) => typeof value === 'string' && pattern.test(value), { error }).optional();
}

/** `key: true`, `key: false` and `key: {…}` as one shape; what is none of them fails the shape's check with `error`. */
export function orSwitch<T extends z.ZodType>(section: T, error: string) {
  const spellOut = (value: unknown): unknown => {
    if (typeof value === 'boolean') return { on: value };
    return typeof value === 'object' && !Array.isArray(value) ? { on: true, [SPELLED_OUT]: value } : value;
  };
  const shape = z.strictObject({ on: z.boolean(), [SPELLED_OUT]: section.optional() }, { error });
  return z.preprocess(spellOut, shape).optional();
}

export const anyText = (error: string) => text(/\S/, error);
const port = whole(1, 65_535);

/** IPv6 addresses stand in brackets. */
export const ADDRESS = /^(\[[0-9a-f:]+\]|[^\s:/@]+):\d{1,5}$/i;
export const ADDRESS_ALLOWED = 'host:port, without http://';

const tls = z
  .strictObject({
    server_name: anyText('a host name'),
    server_root_ca_file: anyText('a path'),
    client_cert_file: anyText('a path'),
    client_key_file: anyText('a path'),
  })
  .refine((value) => (value.client_cert_file === undefined) === (value.client_key_file === undefined), {
    error: 'client_cert_file and client_key_file, both or none',
  });

const temporal = z.strictObject({
  address: text(ADDRESS, ADDRESS_ALLOWED),
  namespace: text(/^\S+$/, 'a name without spaces'),
  task_queue: text(/^\S+$/, 'a name without spaces'),
  tls: orSwitch(tls, 'true, false, or a section of files'),
  api_key: anyText('text'),
  ui_url: text(/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/, 'a URL with http:// or https://, without a user name or password'),
});

const server = z.strictObject({ port, ui_port: port, database: anyText('a path') });

/** The server joins name and build id by a dot or a colon. */
export const DEPLOYMENT_NAME = /^(?!__)[^\s.:]{1,200}$/;
export const DEPLOYMENT_NAME_ALLOWED = 'a name without spaces, dots and colons';

function pollers(least: number) {
  const isOne = (value: unknown) => value === 'auto' || whole(least, 100).safeParse(value).success;
  return z.custom<Pollers>(isOne, { error: `a whole number from ${least} to 100, or auto` }).optional();
}

/** One text or more; a single one needs no brackets. */
function texts(error: string) {
  const isText = (value: unknown) => typeof value === 'string' && /\S/.test(value);
  const isList = (value: unknown) => Array.isArray(value) && value.every(isText);
  return z
    .custom<string | string[]>((value) => isText(value) || isList(value), { error })
    .transform((value) => [value].flat())
    .optional();
}

const allow = z.strictObject({
  warehouses: texts('a list of directories, file:// URIs or s3://bucket/prefix'),
  files: texts('a list of files and directories'),
});

const worker = z.strictObject({
  max_concurrent_activities: whole(1, 1_000),
  activity_task_pollers: pollers(1),
  // The SDK wants two at least: one for its sticky queue, one for the other.
  max_concurrent_workflow_tasks: whole(2, 1_000),
  workflow_task_pollers: pollers(2),
  max_cached_workflows: whole(2, 10_000),
  threads: whole(0, 256),
  shutdown_grace_seconds: whole(1, 3_600),
  storage_timeout_seconds: whole(1, 3_600),
  deployment: text(DEPLOYMENT_NAME, DEPLOYMENT_NAME_ALLOWED),
  allow: allow.optional(),
});

/** The SDK would take the smaller of the two and only log that it did. */
const workerInLimits = worker.refine(
  ({ max_concurrent_workflow_tasks: tasks = 0, max_cached_workflows: cached = WORKER.maxCachedWorkflows }) =>
    tasks <= cached,
  { path: ['max_concurrent_workflow_tasks'], error: 'not more than worker.max_cached_workflows' },
);

const retry = z.strictObject({
  heartbeat_timeout_seconds: whole(5, 600),
  maximum_interval_seconds: whole(1, 3_600),
  give_up_after_hours: whole(1, 720),
});

const { daysInFlight, batchesInFlight } = WINDOW_LIMITS;
const ingest = z.strictObject({
  batch_size: size(KIB, 4 * GIB, '1 KiB to 4 GiB'),
  batch_files: whole(1, 100_000),
  chunk_size: size(KIB, GIB, '1 KiB to 1 GiB'),
  group_batches: whole(1, 1_000),
  days_in_flight: whole(daysInFlight.least, daysInFlight.most),
  batches_in_flight: whole(batchesInFlight.least, batchesInFlight.most),
  concurrent_reads: whole(1, 1_000),
  max_file_size: size(KIB, 2 * GIB, '1 KiB to 2 GiB'),
});

const clockTime = (error = 'hh:mm, from 00:00 to 23:59') => text(CLOCK_TIME, error);

const deep = z.strictObject({
  weekday: z.enum(WEEKDAYS, { error: `one of ${WEEKDAYS.join(', ')}` }).optional(),
  at: clockTime(),
  look_back_days: whole(0, 366),
});

const schedule = z.strictObject({
  every: z.custom<string>(isRhythm, { error: RHYTHM_ALLOWED }).optional(),
  at: clockTime('hh:mm, from 00:00 to 23:59; of an hourly one the minutes count'),
  time_zone: z
    .custom<string>(isTimeZone, { error: 'a name of the IANA time zone database, such as Europe/Berlin' })
    .optional(),
  jitter_seconds: whole(0, 3_600),
  look_back_days: whole(0, 366),
  deep: orSwitch(deep, 'true, false, or a section with weekday, at and look_back_days'),
  catch_up_days: whole(1, 3_650),
});

const TEMPORAL_SCHEMA = z.strictObject({
  temporal: temporal.optional(),
  server: server.optional(),
  worker: workerInLimits.optional(),
  ingest: ingest.optional(),
  retry: retry.optional(),
  schedule: schedule.optional(),
});

export type TemporalFile = z.infer<typeof TEMPORAL_SCHEMA>;

export const TEMPORAL: FileShape<TemporalFile> = {
  schema: TEMPORAL_SCHEMA,
  keys: {
    '': Object.keys(TEMPORAL_SCHEMA.shape),
    temporal: Object.keys(temporal.shape),
    'temporal.tls': Object.keys(tls.shape),
    server: Object.keys(server.shape),
    worker: Object.keys(worker.shape),
    'worker.allow': Object.keys(allow.shape),
    ingest: Object.keys(ingest.shape),
    retry: Object.keys(retry.shape),
    schedule: Object.keys(schedule.shape),
    'schedule.deep': Object.keys(deep.shape),
  },
  switches: ['temporal.tls', 'schedule.deep'],
};
