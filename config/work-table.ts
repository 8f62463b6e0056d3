/** The sections `ingest`, `retry` and `schedule` of temporal.yaml: how work is cut, tried again and repeated. */
import { WINDOW_LIMITS } from '../protocol/control.js';
import { choice, clockTime, GIB, KIB, rhythm, size, timeZone, whole } from './kinds.js';
import { WEEKDAYS } from './rhythm.js';
import { section, setting } from './setting.js';

const { daysInFlight, batchesInFlight } = WINDOW_LIMITS;

/** How the files of a day are cut. */
export const ingest = section(
  { description: 'How the files of a day are cut. Sizes are bytes, or a number with KiB, MiB or GiB.' },
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
        'What a thread reads, decodes and writes out at once, as stored: a killed worker does so much again, and reads as much more again that it had read ahead.',
      default: '16 MiB',
    }),
    group_batches: setting(whole(1, 1_000), {
      description: 'Batches that are committed together. More: fewer snapshots, later answers.',
      default: 16,
    }),
    days_in_flight: setting(whole(daysInFlight.least, daysInFlight.most), {
      description: 'Days of a backfill at once.',
      default: 2,
    }),
    batches_in_flight: setting(whole(batchesInFlight.least, batchesInFlight.most), {
      description: 'Batches of a day at once.',
      default: 4,
    }),
    concurrent_reads: setting(whole(1, 1_000), {
      description: 'Files that one batch reads at once, and folders that a plan lists at once.',
      default: 16,
    }),
    max_file_size: setting(size(KIB, 2 * GIB, '1 KiB to 2 GiB'), {
      description:
        "A file that is larger when unzipped is set aside. CloudTrail's own stay below 50 MB; a larger one may be a file that somebody joined, and [takes memory](performance.md#memory). [Other limits](errors.md#limits-of-one-file) of one file are fixed.",
      default: '128 MiB',
    }),
  },
);

/** How long what fails is tried again. */
export const retry = section(
  {
    description:
      'What fails is tried again: storage that does not answer or says that it is busy, and whatever a dead worker had begun.',
  },
  {
    heartbeat_timeout_seconds: setting(whole(5, 600), {
      description: "Without a heartbeat for so long, a worker's batch goes to another worker.",
      default: 30,
      unit: 'seconds',
    }),
    maximum_interval_seconds: setting(whole(1, 3_600), {
      description: 'Longest wait between two tries.',
      default: 60,
      unit: 'seconds',
    }),
    give_up_after_hours: setting(whole(1, 720), {
      description: 'After so long without success the day fails, and the others go on.',
      default: 24,
      unit: 'hours',
    }),
  },
);

/**
 * AWS delivers within some 15 minutes on average, so at 01:00 UTC the day before is there. What comes later comes within
 * hours, mostly; in the worst case AWS tries for 30 days, and for that there is the deep one.
 */
const deep = section(
  {
    description:
      'A second schedule that looks further back, once a week: AWS tries to deliver for up to 30 days. `false`: none.',
    onOff: {
      default: true,
      allowed: 'true, false, or a section with weekday, at and look_back_days',
    },
  },
  {
    weekday: setting(choice(WEEKDAYS, `one of ${WEEKDAYS.join(', ')}`), {
      description: 'Its day of the week.',
      default: 'sunday',
    }),
    at: setting(clockTime(), { description: 'Its time of day.', default: '04:00' }),
    look_back_days: setting(whole(0, 366), { description: 'How far it looks back.', default: 30, unit: 'days' }),
  },
);

/** When Temporal starts runs. */
export const schedule = section(
  {
    description:
      'What keeps the tables fresh: `trailmill schedule apply` makes [Temporal schedules](schedules.md) of it, and applies what has changed since.',
  },
  {
    every: setting(rhythm, { description: 'How often a run starts.', default: 'day' }),
    at: setting(clockTime('hh:mm, from 00:00 to 23:59; of an hourly one the minutes count'), {
      description: 'Time of day. CloudTrail delivers within some 15 minutes.',
      default: '01:00',
    }),
    time_zone: setting(timeZone, {
      description: 'Time zone of `at`. Delivery days are UTC all the same.',
      default: 'UTC',
    }),
    jitter_seconds: setting(whole(0, 3_600), {
      description: 'A run begins at random up to so much later: not all at once where many share a server.',
      default: 60,
      unit: 'seconds',
    }),
    look_back_days: setting(whole(0, 366), {
      description: 'A run covers the day that it is scheduled for, and so many before it: files come late.',
      default: 3,
      unit: 'days',
    }),
    deep,
    catch_up_days: setting(whole(1, 3_650), {
      description: 'Runs that were due while the server was down are made up for when it is back, so far back.',
      default: 365,
      unit: 'days',
    }),
  },
);
