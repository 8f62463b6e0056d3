/** The settings of log_source.yml and of the table files about upkeep and retention. */
import { GIB, MIB, size, whole } from './kinds.js';
import { section, setting } from './setting.js';

/** The section `upkeep`. */
export const upkeep = section(
  {
    description:
      '[Upkeep](upkeep.md) of the tables: `trailmill upkeep`, and scheduled runs once a day. `false`: only with the command.',
    onOff: { default: true, allowed: 'true, false, or a section of settings' },
  },
  {
    compact_after_days: setting(whole(1, 3_650), {
      description:
        'Event days that are at least this old are compacted. Files that arrive later are merged by a later compaction.',
      default: 3,
      unit: 'days',
    }),
    target_file_size: setting(size(MIB, 2 * GIB, '1 MiB to 2 GiB'), {
      description: 'Size of compacted data files. A day with less data has one file in each table.',
      default: '256 MiB',
    }),
    keep_snapshots_days: setting(whole(1, 3_650), {
      description: 'Younger snapshots are kept, for time travel and for queries in progress.',
      default: 7,
      unit: 'days',
    }),
    keep_snapshots: setting(whole(1, 1_000), {
      description: 'At least this many of the newest snapshots are kept, however old they are.',
      default: 20,
    }),
    keep_unused_days: setting(whole(1, 3_650), {
      description: 'Files that no snapshot uses are deleted after this time. Failed attempts leave such files.',
      default: 3,
      unit: 'days',
    }),
  },
);

/** The section `retention`. `what`: from where events are removed; `default_`: what happens without it. */
export const retentionOf = (what: string, default_: string) =>
  section(
    {
      description: `[Retention](upkeep.md#retention): upkeep removes whole days of old events from ${what}.`,
      shorthand: { for: 'days', allowed: 'a number of days from 1 to 36500, or a section with days' },
    },
    {
      days: setting(whole(1, 36_500), {
        description:
          'Event days that are older are removed. Their files stay in the ledger, so they are not ingested again.',
        defaultNote: default_,
        unit: 'days',
        example: '1095',
      }),
    },
  );
