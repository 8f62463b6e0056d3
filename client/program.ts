/** The command tree. It loads only commander: the modules of a command are loaded when it runs. */
import { CommanderError, Command as Program } from 'commander';
import { defineBackfill } from './backfill/commands.js';
import { defineCompletion } from './completion/commands.js';
import { defineDeployment } from './deployment/commands.js';
import { defineFind } from './find/commands.js';
import { listOf, wholeNumber } from './options/arguments.js';
import { DAY_FORMS } from './options/days.js';
import { define, overrideExit, type ProgramEnvironment } from './options/define.js';
import { withLocations, withOptionalRange, withRange } from './options/range-options.js';
import { defineQuery } from './query/commands.js';
import { defineSchedule } from './schedule/commands.js';
import { EXIT_CODES, examples, GLOBAL_NOTES } from './terminal/help.js';
import { withTelemetry } from './worker/telemetry-options.js';

/** The code of the error that `--version` ends the parsing with: the caller prints the versions. */
export const VERSION_ASKED = 'commander.version';

/** All commands, ready to parse. */
export function createProgram(environment: ProgramEnvironment): Program {
  const program = new Program('trailmill')
    .description('Ingest AWS CloudTrail logs into Iceberg tables, exactly once, with Temporal workflows.')
    .option('-V, --version', 'print the versions of Trailmill, Node, Temporal and DuckDB')
    .option('--project <dir>', 'the directory of temporal.yaml and .trailmill/ (default: the working directory)')
    .option('--json', 'print JSON on stdout: one value, or one line per change with --watch')
    .option('--address <host:port>', 'the Temporal server, instead of the embedded one')
    .option('--namespace <name>', 'the Temporal namespace')
    .option('--task-queue <name>', 'the task queue of the workers')
    .option('--tls', "connect with TLS and the system's root certificates")
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => environment.io.stdout.write(text),
      // The caller prints errors, once.
      writeErr: () => {},
      getOutHasColors: () => false,
      getOutHelpWidth: () => Math.min(environment.io.stdout.columns ?? 100, 110),
    })
    .addHelpText('after', `${START}${GLOBAL_NOTES}${EXIT_CODES}`);
  overrideExit(program, environment);
  program.on('option:version', () => {
    throw new CommanderError(0, VERSION_ASKED, '');
  });

  const demo = define(program, 'demo', environment, () => import('./demo/demo.js'))
    .description('create a sample bucket, ingest it with a real server, and answer three questions with SQL')
    .option('--keep', 'keep the server and the worker running until Ctrl-C')
    .option('--seed <n>', 'the seed of the sample (default: 1)', wholeNumber('--seed', 0));
  demo.addHelpText('after', examples(['trailmill demo --keep', 'then look at the workflows in the UI']) + EXIT_CODES);

  withTelemetry(define(program, 'dev', environment, () => import('./worker/dev.js')))
    .description('run a Temporal server with its UI, and a worker, until Ctrl-C')
    .addHelpText('after', DEV_NOTES + EXIT_CODES);

  withTelemetry(define(program, 'worker', environment, () => import('./worker/worker.js')))
    .description("run another worker, on the project's server or on a cluster, until Ctrl-C")
    .addHelpText(
      'after',
      examples(
        ['trailmill worker', 'next to `trailmill dev` of the same project'],
        ['trailmill worker --address temporal:7233', 'on any cluster'],
        ['trailmill worker --log json --metrics 0.0.0.0:9464 --health 0.0.0.0:8080', 'in a container'],
      ) + EXIT_CODES,
    );

  define(program, 'setup', environment, () => import('./setup/setup.js'))
    .description('register the search attributes for finding days and backfills in the Temporal UI; once per namespace')
    .addHelpText(
      'after',
      examples(['trailmill setup --address temporal:7233', 'on a cluster; `dev` does it for its own server']) +
        EXIT_CODES,
    );

  define(program, 'init', environment, () => import('./init/init.js'))
    .description('write the commented configuration files of a new project')
    .argument('[dir]', 'the target directory (default: the project)')
    .addHelpText('after', examples(['trailmill init my-logs', 'then edit log_source.yml in it']) + EXIT_CODES);

  withLocations(
    define(program, 'check', environment, () => import('./check/check.js'))
      .description(
        'explain the resulting configuration, test its transforms, and test access to the bucket, the warehouse and the server',
      )
      .option('--columns', 'list the managed columns too')
      .option(
        '--sample <n>',
        'run transforms over up to n of the newest records of each table; 0: only load them',
        wholeNumber('--sample', 0, 10_000),
        100,
      )
      .option(
        '--show <n>',
        'show the changed columns of the first n rows that a transform changes',
        wholeNumber('--show', 0, 1_000),
        3,
      ),
  ).addHelpText(
    'after',
    examples(
      ['trailmill check', 'after each change to a file'],
      ['trailmill check --columns', 'with every column of every table'],
      ['trailmill check --sample 1000 --show 10', 'a larger sample for the transforms, and more of what they change'],
    ) +
      CHECK_NOTES +
      EXIT_CODES,
  );

  defineSample(program, environment);
  definePlan(program, environment);
  defineIamPolicy(program, environment);
  defineBackfill(program, environment);
  defineSchedule(program, environment);
  defineAudit(program, environment);
  defineVerify(program, environment);
  defineUpkeep(program, environment);
  defineFind(program, environment);
  defineQuery(program, environment);
  defineDeployment(program, environment);
  defineOpen(program, environment);
  defineCompletion(program, environment);
  return program;
}

function defineOpen(program: Program, environment: ProgramEnvironment): void {
  define(program, 'open', environment, () => import('./open/open.js'))
    .description('open the Temporal UI in the browser')
    .argument('[what]', 'a workflow id, latest (the last backfill), schedules, or workflows (default)')
    .option('--no-browser', 'only print the address')
    .addHelpText(
      'after',
      examples(
        ['trailmill open latest', 'the backfill that was started last'],
        ['trailmill open schedules --no-browser', 'the address, for another machine'],
      ) + EXIT_CODES,
    );
}

function definePlan(program: Program, environment: ProgramEnvironment): void {
  withRange(define(program, 'plan', environment, () => import('./plan/plan.js')))
    .description('show what a backfill would read: files, bytes, requests and their price, by account and kind')
    .option('--all', 'ignore the ledger: count files that are already done, too')
    .addHelpText(
      'after',
      examples(
        ['trailmill plan --from 2023-07-01 --to 2023-07-31', 'a month; no server is needed'],
        ['trailmill plan --from 2023-01-01 --to 2023-12-31 --all --json', 'a year, for a program'],
      ) +
        PLAN_NOTES +
        EXIT_CODES,
    );
}

function defineIamPolicy(program: Program, environment: ProgramEnvironment): void {
  const keys = listOf((word) => word);
  withLocations(
    define(program, 'iam-policy', environment, () => import('./iam-policy/iam-policy.js'))
      .description('print the minimal IAM policy for this configuration, for the user or role that runs the workers')
      .option('--read', 'only the permissions to read the logs')
      .option('--write', 'only the permissions to write the tables')
      .option('--verify', 'also the permission to get the public keys that `trailmill verify` needs')
      .option('--trust', 'the trust policy of the configured role (with --principal)')
      .option('--principal <arn>', 'with --read or --write: a bucket policy, for this user or role')
      .option('--kms-key <arn>', 'a KMS key that the logs are encrypted with; can be repeated or comma-separated', keys)
      .option('--warehouse-kms-key <arn>', 'a KMS key that the warehouse is encrypted with', keys),
  ).addHelpText(
    'after',
    examples(
      ['trailmill iam-policy > policy.json', 'then aws iam put-role-policy … --policy-document file://policy.json'],
      ['trailmill iam-policy --read', 'for the role that reads the logs, if there is one'],
      ['trailmill iam-policy --trust --principal arn:aws:iam::123456789012:role/trailmill', 'who may assume it'],
    ) + EXIT_CODES,
  );
}

function defineAudit(program: Program, environment: ProgramEnvironment): void {
  withRange(define(program, 'audit', environment, () => import('./audit/audit.js')))
    .description(
      'check that the bucket, the ledger and the tables agree for a range of delivery days (exit code 1 if they differ)',
    )
    .option('--workflow', 'run it as a workflow on the server, visible in the UI, and follow it until it ends')
    .addHelpText(
      'after',
      examples(
        ['trailmill audit --from 2023-07-01 --to 2023-07-31', 'a month; no server is needed'],
        ['trailmill audit --from 2023-07-10 --to 2023-07-10 --json', 'with all counts, for a program'],
      ) + EXIT_CODES,
    );
}

function defineVerify(program: Program, environment: ProgramEnvironment): void {
  withOptionalRange(define(program, 'verify', environment, () => import('./verify/verify.js')))
    .description(
      'verify log files and the chains of digests, as a workflow, without reading log files again (exit code 1 if anything failed)',
    )
    .option('--trail <name>', 'only the digests of this trail, and the log files that they list')
    .option(
      '--keys <dir>',
      'use the public keys in this directory instead of requesting them from CloudTrail; overrides integrity.keys',
    )
    .option(
      '--recheck [percent]',
      'read valid objects from the bucket again, all or this percentage, and compare them',
      wholeNumber('--recheck', 1, 100),
    )
    .option('--watch', 'print the progress')
    .option('--event <id>', 'with --out: write the proof of one event')
    .option('--out <dir>', 'with --event: a new or empty directory')
    .addHelpText(
      'after',
      examples(
        ['trailmill verify --from 2023-07-01 --to 2023-07-31', 'a month'],
        ['trailmill verify --from 2023-07-10 --to 2023-07-10 --keys ./keys', 'with public keys from a directory'],
        ['trailmill verify --event 6d2b… --out ./evidence', 'files that openssl and sha256sum can check'],
      ) + EXIT_CODES,
    );
}

function defineUpkeep(program: Program, environment: ProgramEnvironment): void {
  withLocations(
    define(program, 'upkeep', environment, () => import('./upkeep/upkeep.js'))
      .description(
        'keep the tables small and fast, as a workflow: retention, compaction, expired snapshots, unused files',
      )
      .option('--from <day>', `compact only event days from this one on (UTC): ${DAY_FORMS}`)
      .option('--to <day>', 'compact only event days up to this one')
      .option('--dry-run', 'report what would be done, and change nothing')
      .option('--watch', 'print the progress'),
  ).addHelpText(
    'after',
    examples(
      ['trailmill upkeep', 'all tables; scheduled runs do it once a day'],
      ['trailmill upkeep --dry-run', 'what it would do'],
      ['trailmill upkeep --from 2023-07-01 --to 2023-07-31', 'compact the days of one month'],
    ) + EXIT_CODES,
  );
}

function defineSample(program: Program, environment: ProgramEnvironment): void {
  define(program, 'sample', environment, () => import('./sample/sample.js'))
    .description('write a realistic CloudTrail bucket; the same seed gives the same bytes')
    .requiredOption('--out <uri>', 'a new or empty directory, or s3://bucket/prefix')
    .option('--days <n>', 'days of events', wholeNumber('--days', 1), 3)
    .option('--accounts <n>', 'AWS accounts', wholeNumber('--accounts', 1), 3)
    .option('--regions <n>', 'regions of each account', wholeNumber('--regions', 1), 2)
    .option('--events-per-hour <n>', 'events per hour, in total', wholeNumber('--events-per-hour', 1), 200)
    .option('--seed <n>', 'the random seed', wholeNumber('--seed', 0), 1)
    .option('--organization', 'use the keys of an organization trail, with its o-… folder')
    .option(
      '--trail-changes',
      'add a second trail, a stop and restart of one trail, a new signing key, and backfilled digests',
    )
    .addHelpText(
      'after',
      examples(['trailmill sample --out ./bucket --days 7 --accounts 5 --seed 42', 'a week of five accounts']) +
        EXIT_CODES,
    );
}

const START = examples(
  ['trailmill demo', 'see it work, from an empty directory to query results'],
  ['trailmill dev', 'a server and a worker, in one terminal …'],
  [
    'trailmill backfill start --location ./bucket --from 2023-07-10 --to 2023-07-12 --watch',
    '… and a backfill, in another',
  ],
);

const PLAN_NOTES = `
It lists the bucket, reads no object and writes nothing; the warehouse need
not exist yet.
`;

const CHECK_NOTES = `
Nothing is started. The exit code is 2 for a mistake in a file or a transform,
and 1 for a location that cannot be reached. It writes one small object to the
warehouse and deletes it again.
`;

const DEV_NOTES = `
All data is stored in .trailmill/ in the project. Ctrl-C lets the worker finish
its current activities, then stops the server; unfinished work continues at the
next start.
`;
