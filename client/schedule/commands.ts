/** The definitions of `trailmill schedule …`. */
import type { Command as Program } from 'commander';
import { wholeNumber } from '../options/arguments.js';
import { DAY_FORMS } from '../options/days.js';
import { define, overrideExit, type ProgramEnvironment } from '../options/define.js';
import { withLocations } from '../options/range-options.js';
import { EXIT_CODES, examples } from '../terminal/help.js';

const WORDS = 'recent, deep, or full ids';
const ALL = `${WORDS} (default: all of the log source)`;
const RECENT = `${WORDS} (default: recent)`;

const NOTES = `
Each log source has two schedules, both in temporal.yaml: recent looks back a
few days, deep a month. Each run covers whole delivery days (UTC), based on its
scheduled time: late files are picked up, and nothing is ingested twice. A run
waits for a run in progress; what was due while the server was down or the
schedule was paused is caught up.
`;

/** Defines the commands of `trailmill schedule`. */
export function defineSchedule(program: Program, environment: ProgramEnvironment): void {
  const schedule = program
    .command('schedule')
    .description('keep the tables fresh: daily ingestion by Temporal schedules');
  schedule.addHelpText('after', NOTES + EXIT_CODES);
  overrideExit(schedule, environment);
  defineApplyCommands(schedule, environment);
  defineShowCommands(schedule, environment);
  defineChangeCommands(schedule, environment);
}

function defineApplyCommands(schedule: Program, environment: ProgramEnvironment): void {
  const dry = ['--dry-run', 'show what would change, and the next ten times of each; changes nothing'] as const;
  withLocations(
    define(schedule, 'apply', environment, () => import('./apply-command.js'))
      .description('update the schedules to match temporal.yaml and log_source.yml; run it after each change')
      .option(...dry),
  ).addHelpText(
    'after',
    examples(
      ['trailmill schedule apply --dry-run', 'what would change, and when it would run'],
      ['trailmill schedule apply', 'create or update the schedules'],
    ) + EXIT_CODES,
  );
  withLocations(
    define(schedule, 'create', environment, async () => ({ run: (await import('./apply-command.js')).create }))
      .description('like apply, but fail if a schedule already exists')
      .option(...dry),
  ).addHelpText('after', examples(['trailmill schedule create', 'for the first time']) + EXIT_CODES);
}

function defineShowCommands(schedule: Program, environment: ProgramEnvironment): void {
  define(schedule, 'list', environment, async () => ({ run: (await import('./show.js')).listSchedules }))
    .description('list the schedules of all log sources: state, times, and next run')
    .addHelpText('after', examples(['trailmill schedule list --json', 'for a program']) + EXIT_CODES);
  define(schedule, 'describe', environment, async () => ({ run: (await import('./show.js')).describeSchedules }))
    .description('show the next runs and the results of the last ones')
    .argument('[names...]', ALL)
    .option('--runs <n>', 'number of runs to show', wholeNumber('--runs', 0), 10)
    .addHelpText('after', examples(['trailmill schedule describe recent', 'the daily one']) + EXIT_CODES);
}

function defineChangeCommands(schedule: Program, environment: ProgramEnvironment): void {
  define(schedule, 'pause', environment, async () => ({ run: (await import('./change.js')).pauseSchedules }))
    .description('start nothing until it is resumed; a run in progress continues')
    .argument('[names...]', ALL)
    .option('--reason <text>', 'why; shown by describe and in the UI')
    .addHelpText('after', examples([`trailmill schedule pause --reason 'the bucket moves'`, 'pause all']) + EXIT_CODES);
  define(schedule, 'resume', environment, async () => ({ run: (await import('./change.js')).resumeSchedules }))
    .description('resume; the next run catches up')
    .argument('[names...]', ALL)
    .addHelpText('after', examples(['trailmill schedule resume', 'all of the log source']) + EXIT_CODES);
  define(schedule, 'trigger', environment, () => import('./trigger.js'))
    .description('start a run now, or after the one in progress')
    .argument('[names...]', RECENT)
    .addHelpText('after', examples(['trailmill schedule trigger deep', 'check the last month now']) + EXIT_CODES);
  define(schedule, 'backfill', environment, () => import('./backfill.js'))
    .description('start the runs that were due in a range of days, one after another')
    .argument('[names...]', RECENT)
    .requiredOption('--from <day>', `first day (UTC): ${DAY_FORMS}`)
    .option('--to <day>', 'last day, inclusive; default: of a month or year in --from its end, else today')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(['trailmill schedule backfill --from 2023-07-01 --to 2023-07-31', 'a month of daily runs']) +
        `\nTo ingest a range of any size at once: trailmill backfill start.\n${EXIT_CODES}`,
    );
  define(schedule, 'delete', environment, async () => ({ run: (await import('./change.js')).deleteSchedules }))
    .description('delete schedules; a run in progress continues, and the tables stay')
    .argument('[names...]', ALL)
    .addHelpText('after', examples(['trailmill schedule delete', 'all of the log source']) + EXIT_CODES);
}
