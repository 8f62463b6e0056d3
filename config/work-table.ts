/** The sections `ingest`, `retry` and `schedule` of temporal.yaml: how work is split, retried and scheduled. */
import { WINDOW_LIMITS } from '../protocol/control.js';
import { choice, clockTime, GIB, KIB, rhythm, share, size, timeZone, whole } from './kinds.js';
import { WEEKDAYS } from './rhythm.js';
import { section, setting } from './setting.js';

const { daysInFlight, batchesInFlight } = WINDOW_LIMITS;

/** How the files of a day are split into batches. */
export const ingest = section(
  {
    description: 'How the files of a day are split into batches. Sizes are bytes, or a number with KiB, MiB or GiB.',
  },
  {
    batch_size: setting(size(KIB, 4 * GIB, '1 KiB to 4 GiB'), {
      description: 'A batch ends at this many bytes, as stored (gzipped), or at `batch_files`, whichever comes first.',
      default: '64 MiB',
    }),
    batch_files: setting(whole(1, 100_000), {
      description: 'A batch ends at this many files, or at `batch_size`.',
      default: 2_000,
    }),
    chunk_size: setting(size(KIB, GIB, '1 KiB to 1 GiB'), {
      description:
        'Stored bytes that a batch reads, decodes and writes in one step; idle threads share the decoding. A batch has two such steps in progress. If a worker is killed, that much work is repeated.',
      default: '16 MiB',
    }),
    group_batches: setting(whole(1, 1_000), {
      description:
        'Batches that are committed together. A larger number means fewer snapshots, but data is visible later.',
      default: 16,
    }),
    days_in_flight: setting(whole(daysInFlight.least, daysInFlight.most), {
      description: 'Days of a backfill that are ingested concurrently.',
      default: 2,
    }),
    batches_in_flight: setting(whole(batchesInFlight.least, batchesInFlight.most), {
      description: 'Batches of a day that are read concurrently.',
      default: 4,
    }),
    concurrent_reads: setting(whole(1, 1_000), {
      description: 'Files that a batch reads concurrently, and folders that a plan lists concurrently.',
      default: 32,
    }),
    max_file_size: setting(size(KIB, 2 * GIB, '1 KiB to 2 GiB'), {
      description:
        "Maximum uncompressed size of a file; larger files are quarantined. CloudTrail's own files stay below 50 MB; a larger one may be several files joined together, and [takes memory](performance.md#memory). [Other limits](errors.md#limits-of-one-file) of a file are fixed.",
      default: '128 MiB',
    }),
    max_reject_rate: setting(share, {
      description:
        'A run pauses if more than this share of its records (at least 100) is rejected, [with the reason](#too-many-rejects). `1`: it never pauses.',
      default: 0.05,
    }),
  },
);

/** How long failed work is retried. */
export const retry = section(
  {
    description:
      'Failed work is retried: calls to storage that does not respond or is busy, and work that a worker did not finish before it died.',
  },
  {
    heartbeat_timeout_seconds: setting(whole(5, 600), {
      description: "After this time without a heartbeat, a worker's batch is given to another worker.",
      default: 30,
      unit: 'seconds',
    }),
    maximum_interval_seconds: setting(whole(1, 3_600), {
      description: 'Maximum time between two attempts.',
      default: 60,
      unit: 'seconds',
    }),
    give_up_after_hours: setting(whole(1, 720), {
      description: 'After this time without success, the day fails; other days continue.',
      default: 24,
      unit: 'hours',
    }),
  },
);

/**
 * AWS delivers within about 15 minutes on average, so at 01:00 UTC the previous day is available. Later files mostly arrive
 * within hours; in the worst case AWS retries for 30 days, which is covered by the deep schedule.
 */
const deep = section(
  {
    description:
      'A second schedule that looks back further, once a week: AWS tries to deliver for up to 30 days. `false`: disabled.',
    onOff: {
      default: true,
      allowed: 'true, false, or a section with weekday, at and look_back_days',
    },
  },
  {
    weekday: setting(choice(WEEKDAYS, `one of ${WEEKDAYS.join(', ')}`), {
      description: 'Day of the week.',
      default: 'sunday',
    }),
    at: setting(clockTime(), { description: 'Time of day.', default: '04:00' }),
    look_back_days: setting(whole(0, 366), { description: 'How far it looks back.', default: 30, unit: 'days' }),
  },
);

/** When Temporal starts scheduled runs. */
export const schedule = section(
  {
    description:
      'Scheduled runs that keep the tables up to date: `trailmill schedule apply` creates or updates the [Temporal schedules](schedules.md).',
  },
  {
    every: setting(rhythm, { description: 'How often a run starts.', default: 'day' }),
    at: setting(clockTime('hh:mm, from 00:00 to 23:59; for an hourly schedule only the minutes are used'), {
      description: 'Time of day. CloudTrail delivers within about 15 minutes.',
      default: '01:00',
    }),
    time_zone: setting(timeZone, {
      description: 'Time zone of `at`. Delivery days are always in UTC.',
      default: 'UTC',
    }),
    jitter_seconds: setting(whole(0, 3_600), {
      description: 'Maximum random delay of a run, so that not all runs start at once if many share a server.',
      default: 60,
      unit: 'seconds',
    }),
    look_back_days: setting(whole(0, 366), {
      description:
        'A run covers the day that it is scheduled for and this many days before it, because files may arrive late.',
      default: 3,
      unit: 'days',
    }),
    deep,
    catch_up_days: setting(whole(1, 3_650), {
      description: 'Runs that were missed while the server was down are caught up for this many days.',
      default: 365,
      unit: 'days',
    }),
  },
);
