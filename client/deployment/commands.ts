/** The definitions of `trailmill deployment …`. */
import type { Command as Program } from 'commander';
import { define, overrideExit, type ProgramEnvironment } from '../options/define.js';
import { EXIT_CODES, examples } from '../terminal/help.js';

const NOTES = `
For workers with worker.deployment in temporal.yaml, or
TEMPORAL_DEPLOYMENT_NAME: each build of the workflows is a version of the
deployment, and tasks go only to the current one. Running backfills move to it
with their next step.
`;

/** Defines the commands of `trailmill deployment`. */
export function defineDeployment(program: Program, environment: ProgramEnvironment): void {
  const deployment = program.command('deployment').description('show the worker versions, and set the current one');
  deployment.addHelpText('after', NOTES + EXIT_CODES);
  overrideExit(deployment, environment);

  define(deployment, 'describe', environment, async () => ({ run: (await import('./versions.js')).showDeployment }))
    .description('show the versions that the server knows, and which one is current')
    .addHelpText('after', examples(['trailmill deployment describe', 'before and after a deploy']) + EXIT_CODES);

  define(deployment, 'set-current-version', environment, async () => ({
    run: (await import('./versions.js')).makeCurrent,
  }))
    .description('make this build the current version; waits up to a minute until its workers poll')
    .option('--build-id <id>', 'another build, or none for unversioned workers (default: this build)')
    .addHelpText(
      'after',
      examples(
        ['trailmill deployment set-current-version', 'after new workers have been started'],
        ['trailmill deployment set-current-version --build-id 0.1.0-87add6563e67', 'back to an earlier one'],
      ) + EXIT_CODES,
    );
}
