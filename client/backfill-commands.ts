/** The definitions of `trailmill backfill …`. */
import type { Command as Program } from 'commander';
import { wholeNumber } from './arguments.js';
import { define, overrideExit, type ProgramEnvironment } from './define.js';
import { EXIT_CODES, examples } from './help.js';
import { withRange } from './range-options.js';

export function defineBackfill(program: Program, environment: ProgramEnvironment): void {
  const backfill = program.command('backfill').description('ingest a range of delivery days, and follow it');
  backfill.addHelpText('after', EXIT_CODES);
  overrideExit(backfill, environment);
  defineStart(backfill, environment);

  define(backfill, 'status', environment, () => import('./commands/backfill-status.js'))
    .description('how far a backfill is, or how it ended (exit code 1 when it failed)')
    .argument('<id>', 'as `backfill start` and `backfill list` print it')
    .option('--watch', 'follow it to its end; Ctrl-C leaves it running')
    .addHelpText(
      'after',
      examples(['trailmill backfill status backfill/aws_cloudtrail/2023-07-10..2023-07-12 --watch', 'follow it']) +
        EXIT_CODES,
    );

  define(backfill, 'list', environment, () => import('./commands/backfill-list.js'))
    .description('the backfills that the server remembers, newest first')
    .option('--limit <n>', 'at most this many', wholeNumber('--limit', 1), 50)
    .addHelpText('after', examples(['trailmill backfill list --json', 'for a program']) + EXIT_CODES);

  define(backfill, 'cancel', environment, () => import('./commands/backfill-cancel.js'))
    .description('stop a backfill; what was committed stays')
    .argument('<id>', 'as `backfill start` and `backfill list` print it')
    .option('--watch', 'wait until it has stopped')
    .addHelpText(
      'after',
      examples(['trailmill backfill cancel backfill/aws_cloudtrail/2023-07-10..2023-07-12', 'stop it']) + EXIT_CODES,
    );
}

function defineStart(backfill: Program, environment: ProgramEnvironment): void {
  withRange(define(backfill, 'start', environment, () => import('./commands/backfill-start.js')))
    .description('ingest every file that was delivered in a range of days; what is in the ledger is not read again')
    .option('--watch', 'follow it to its end; Ctrl-C leaves it running')
    .addHelpText(
      'after',
      examples(
        ['trailmill backfill start --from 2023-07-01 --to 2023-07-31 --watch', 'a month'],
        [
          'trailmill backfill start --from 2023-07-10 --to 2023-07-10 --region eu-west-1,us-east-1',
          'a day of two regions',
        ],
        ['trailmill backfill start --from 2023-07-10 --to 2023-07-10 --location ./bucket --json', 'for a program'],
      ) + EXIT_CODES,
    );
}
