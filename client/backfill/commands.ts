/** The definitions of `trailmill backfill …`. */
import type { Command as Program } from 'commander';
import { WINDOW_LIMITS } from '../../protocol/control.js';
import { REPROCESS_STATUSES } from '../../protocol/reprocess-messages.js';
import { listOf, oneOf, wholeNumber } from '../options/arguments.js';
import { DAY_FORMS } from '../options/days.js';
import { define, overrideExit, type ProgramEnvironment } from '../options/define.js';
import { withRange } from '../options/range-options.js';
import { EXIT_CODES, examples } from '../terminal/help.js';
import { DAY_CHOICES } from './day-view.js';
import { LIST_STATUSES } from './list-query.js';
import { addKey, parseVersion } from './reprocess.js';
import { FAIL_ON, ID_HELP } from './words.js';

const failOn = listOf(oneOf('--fail-on', FAIL_ON));
const FAIL_ON_HELP = `exit with 1 also if there are ${FAIL_ON.join(' or ')}; separate several by commas`;
const dayChoice = oneOf('--days', DAY_CHOICES);
const EXAMPLE = 'backfill/aws_cloudtrail/2023-07-10..2023-07-12';

/** Defines the commands of `trailmill backfill`. */
export function defineBackfill(program: Program, environment: ProgramEnvironment): void {
  const backfill = program.command('backfill').description('ingest a range of delivery days, and follow it');
  backfill.addHelpText('after', EXIT_CODES);
  overrideExit(backfill, environment);
  defineStart(backfill, environment);

  define(backfill, 'status', environment, () => import('./status.js'))
    .description('show the progress or the result of a backfill (exit code 1 if it failed)')
    .argument('<id>', ID_HELP)
    .option('--watch', 'follow it until it ends; Ctrl-C leaves it running')
    .option('--fail-on <what>', FAIL_ON_HELP, failOn)
    .option(
      '--days <which>',
      `${DAY_CHOICES.join(', ')} (default: the last 31, and all that failed or are in progress)`,
      dayChoice,
    )
    .addHelpText(
      'after',
      examples(
        ['trailmill backfill status latest --watch', 'follow the last one'],
        [`trailmill backfill status ${EXAMPLE} --days failed`, 'what failed, and why'],
      ) + EXIT_CODES,
    );

  define(backfill, 'list', environment, () => import('./list.js'))
    .description('list the backfills on the server, newest first, or their days')
    .option('--days', 'list days instead of backfills: which of them failed, and why')
    .option('--status <status>', LIST_STATUSES.join(', '), oneOf('--status', LIST_STATUSES))
    .option('--from <day>', `only ranges (with --days: days) from this delivery day on: ${DAY_FORMS}`)
    .option('--to <day>', 'up to this one, inclusive')
    .option('--source <name>', 'only this log source')
    .option('--query <query>', "an additional condition, as in the UI: StartTime > '2024-06-01T00:00:00Z'")
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1), 50)
    .addHelpText(
      'after',
      examples(
        ['trailmill backfill list --status running', 'what is in progress'],
        ['trailmill backfill list --days --status failed --from 2024-06-01 --to 2024-06-30', 'the failed days of June'],
        ['trailmill backfill list --json', 'for a program'],
      ) + EXIT_CODES,
    );

  defineControl(backfill, environment);

  define(backfill, 'cancel', environment, async () => ({ run: (await import('./end.js')).cancelBackfill }))
    .description('stop a backfill; committed data stays')
    .argument('<id>', ID_HELP)
    .option('--watch', 'wait until it has stopped')
    .addHelpText('after', examples(['trailmill backfill cancel latest', 'stop it']) + EXIT_CODES);
  define(backfill, 'terminate', environment, async () => ({ run: (await import('./end.js')).terminateBackfill }))
    .description('end a backfill at once, also without a worker; committed data stays')
    .argument('<id>', ID_HELP)
    .option('--reason <text>', 'why; shown in the UI')
    .addHelpText(
      'after',
      examples(['trailmill backfill terminate latest', 'where `cancel` has to wait for a worker']) + EXIT_CODES,
    );
}

function defineControl(backfill: Program, environment: ProgramEnvironment): void {
  define(backfill, 'pause', environment, async () => ({ run: (await import('./control.js')).pauseBackfill }))
    .description('start nothing new until it is resumed; batches in progress finish')
    .argument('<id>', ID_HELP)
    .option('--reason <text>', 'why; shown by `status` and in the UI')
    .addHelpText(
      'after',
      examples([`trailmill backfill pause ${EXAMPLE} --reason 'the disk is full'`, 'pause it']) + EXIT_CODES,
    );

  define(backfill, 'resume', environment, async () => ({ run: (await import('./control.js')).resumeBackfill }))
    .description('continue after a pause')
    .argument('<id>', ID_HELP)
    .addHelpText('after', examples([`trailmill backfill resume ${EXAMPLE}`, 'continue']) + EXIT_CODES);

  const { daysInFlight, batchesInFlight } = WINDOW_LIMITS;
  define(backfill, 'window', environment, async () => ({ run: (await import('./control.js')).changeWindow }))
    .description('change how much a running backfill processes at once')
    .argument('<id>', ID_HELP)
    .option('--days <n>', 'days in flight', wholeNumber('--days', daysInFlight.least, daysInFlight.most))
    .option(
      '--batches <n>',
      'batches in flight per day',
      wholeNumber('--batches', batchesInFlight.least, batchesInFlight.most),
    )
    .addHelpText(
      'after',
      examples([`trailmill backfill window ${EXAMPLE} --days 4 --batches 8`, 'process more at once']) + EXIT_CODES,
    );
}

function defineStart(backfill: Program, environment: ProgramEnvironment): void {
  withRange(
    define(backfill, 'start', environment, () => import('./start.js')),
    { isOptional: true },
  )
    .description('ingest every file that was delivered in a range of days; files in the ledger are not read again')
    .option('--retry-quarantined', 'retry files that an earlier run has quarantined')
    .option('--reprocess', 'read files again that another configuration or version has read, and replace their rows')
    .option(
      '--status <status>',
      `with --reprocess: only files with rejected records, or quarantined files (${REPROCESS_STATUSES.join(', ')})`,
      oneOf('--status', REPROCESS_STATUSES),
    )
    .option('--key <key>', 'with --reprocess: only this object; repeat it for more. The days are then optional', addKey)
    .option('--older-than <version>', 'with --reprocess: only files that an older version has read', parseVersion)
    .option('--watch', 'follow it until it ends; Ctrl-C leaves it running')
    .option('--fail-on <what>', `with --watch: ${FAIL_ON_HELP}`, failOn)
    .addHelpText(
      'after',
      examples(
        ['trailmill backfill start --from 2023-07-01 --to 2023-07-31 --watch', 'a month'],
        [
          'trailmill backfill start --from 2023-07-10 --to 2023-07-10 --region eu-west-1,us-east-1',
          'one day, two regions',
        ],
        [
          'trailmill backfill start --from 2023-07-01 --to 2023-07-31 --reprocess',
          'again, after a change of a transform',
        ],
        ['trailmill backfill start --from 2023-07-10 --to 2023-07-10 --location ./bucket --json', 'for a program'],
      ) + EXIT_CODES,
    );
}
