/** `trailmill find`: its options and help. */
import type { Command as Program } from 'commander';
import { wholeNumber } from '../options/arguments.js';
import { DAY_FORMS } from '../options/days.js';
import { define, type ProgramEnvironment } from '../options/define.js';
import { examples } from '../terminal/help.js';

/** Defines `trailmill find`. */
export function defineFind(program: Program, environment: ProgramEnvironment): void {
  define(program, 'find', environment, () => import('./find.js'))
    .description('find events by value: an access key, IP address, ARN, name or id; no server is needed')
    .argument('<value...>', 'access key id, IP address or CIDR, ARN, account, user, role, session, bucket, event id …')
    .option('--from <day>', `first event day (UTC): ${DAY_FORMS}; default: the first of the tables`)
    .option('--to <day>', 'last event day, inclusive; default: the last of the tables')
    .option('--in <column>', 'only in this column, or in the columns below it')
    .option('--limit <n>', 'maximum number of events per value (default: 20; all with --json and --csv)', limit)
    .option('--csv', 'print the events as CSV, one line per event and value')
    .option('--warehouse <uri>', 'overrides warehouse')
    .addHelpText(
      'after',
      examples(
        ['trailmill find AKIAIOSFODNN7EXAMPLE', 'where was this key used?'],
        ['trailmill find 203.0.113.0/24 198.51.100.7 --from 2023-07-01', 'addresses, and networks'],
        ['trailmill find alice --in aws.cloudtrail.user_identity', 'only as the caller'],
        ['trailmill find arn:aws:s3:::my-bucket --csv > events.csv', 'all events, newest first'],
      ) + FIND_NOTES,
    );
}

const limit = wholeNumber('--limit', 1);

const FIND_NOTES = `
Only whole values match: names, ids and ARNs in columns, and in JSON columns at
any depth, and the parts of ARNs, such as the bucket, the role or the session.
Case matters, except in UUIDs and IPv6 addresses. The rules are in
docs/find.md.

Exit codes:
  0    found: at least one of the values
  1    not found, or the work failed
  2    a mistake in the command line, a file or the environment; nothing was
       started
  130  ended by Ctrl-C
`;
