/** The definitions of `trailmill schedule …`. */
import type { Command as Program } from 'commander';
import { wholeNumber } from '../options/arguments.js';
import { define, overrideExit, type ProgramEnvironment } from '../options/define.js';
import { withPlaces } from '../options/range-options.js';
import { EXIT_CODES, examples } from '../terminal/help.js';

const WORDS = 'recent, deep, or whole ids';
const ALL = `${WORDS} (default: all of the log source)`;
const RECENT = `${WORDS} (default: recent)`;

const NOTES = `
Two schedules a log source, both in temporal.yaml: recent looks some days back, deep a month. Each run covers whole
delivery days (UTC), by the time that it is scheduled for: late files are picked up, nothing is ingested twice. A run
that meets another one waits for it; what was due while the server was down or the schedule paused is made up for.
`;

/** Defines the commands of `trailmill schedule`. */
export function defineSchedule(program: Program, environment: ProgramEnvironment): void {
  const schedule = program
    .command('schedule')
    .description('keep the tables fresh: daily ingestion by Temporal schedules');
  schedule.addHelpText('after', NOTES + EXIT_CODES);
  overrideExit(schedule, environment);
  defineMaking(schedule, environment);
  defineLooking(schedule, environment);
  defineChanging(schedule, environment);
}

function defineMaking(schedule: Program, environment: ProgramEnvironment): void {
  const dry = ['--dry-run', 'show the next ten times of each, and change nothing; no server is needed'] as const;
  withPlaces(
    define(schedule, 'apply', environment, () => import('./apply-command.js'))
      .description('make the schedules what temporal.yaml and log_source.yml say; again after each change of them')
      .option(...dry),
  ).addHelpText(
    'after',
    examples(['trailmill schedule apply --dry-run', 'when would it run'], ['trailmill schedule apply', 'from now on']) +
      EXIT_CODES,
  );
  withPlaces(
    define(schedule, 'create', environment, async () => ({ run: (await import('./apply-command.js')).create }))
      .description('as apply, but refuse to change schedules that are there already')
      .option(...dry),
  ).addHelpText('after', examples(['trailmill schedule create', 'for the first time']) + EXIT_CODES);
}

function defineLooking(schedule: Program, environment: ProgramEnvironment): void {
  define(schedule, 'list', environment, async () => ({ run: (await import('./show.js')).listSchedules }))
    .description('the schedules of all log sources: state, when, and what comes next')
    .addHelpText('after', examples(['trailmill schedule list --json', 'for a program']) + EXIT_CODES);
  define(schedule, 'describe', environment, async () => ({ run: (await import('./show.js')).describeSchedules }))
    .description('when it runs next, and how its last runs went')
    .argument('[names...]', ALL)
    .option('--runs <n>', 'runs that are shown', wholeNumber('--runs', 0), 10)
    .addHelpText('after', examples(['trailmill schedule describe recent', 'the daily one']) + EXIT_CODES);
}

function defineChanging(schedule: Program, environment: ProgramEnvironment): void {
  define(schedule, 'pause', environment, async () => ({ run: (await import('./change.js')).pauseSchedules }))
    .description('start nothing until it is resumed; a run under way goes on')
    .argument('[names...]', ALL)
    .option('--reason <text>', 'why; shown by describe and in the UI')
    .addHelpText('after', examples([`trailmill schedule pause --reason 'the bucket moves'`, 'hold all']) + EXIT_CODES);
  define(schedule, 'resume', environment, async () => ({ run: (await import('./change.js')).resumeSchedules }))
    .description('go on; the next run makes up for the pause')
    .argument('[names...]', ALL)
    .addHelpText('after', examples(['trailmill schedule resume', 'all of the log source']) + EXIT_CODES);
  define(schedule, 'trigger', environment, () => import('./trigger.js'))
    .description('one run now, behind the one that is under way')
    .argument('[names...]', RECENT)
    .addHelpText('after', examples(['trailmill schedule trigger deep', 'look a month back, now']) + EXIT_CODES);
  define(schedule, 'backfill', environment, () => import('./backfill.js'))
    .description('the runs that were due in a range of days, one after another')
    .argument('[names...]', RECENT)
    .requiredOption('--from <day>', 'first day, YYYY-MM-DD (UTC)')
    .requiredOption('--to <day>', 'last day, inclusive')
    .addHelpText(
      'after',
      examples(['trailmill schedule backfill --from 2023-07-01 --to 2023-07-31', 'a month of daily runs']) +
        `\nA range at once, whatever its size: trailmill backfill start.\n${EXIT_CODES}`,
    );
  define(schedule, 'delete', environment, async () => ({ run: (await import('./change.js')).deleteSchedules }))
    .description('remove schedules; a run under way goes on, and the tables stay')
    .argument('[names...]', ALL)
    .addHelpText('after', examples(['trailmill schedule delete', 'all of the log source']) + EXIT_CODES);
}
