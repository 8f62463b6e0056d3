/** `trailmill query` and `trailmill tables`: their options and help. */
import type { Command as Program } from 'commander';
import { oneOf, wholeNumber } from '../options/arguments.js';
import { DAY_FORMS } from '../options/days.js';
import { define, type ProgramEnvironment } from '../options/define.js';
import { EXIT_CODES, examples } from '../terminal/help.js';
import { FORMATS } from './formats.js';

/** Defines `trailmill query` and `trailmill tables`. */
export function defineQuery(program: Program, environment: ProgramEnvironment): void {
  define(program, 'query', environment, () => import('./query.js'))
    .description('run SQL over the tables with DuckDB, in this process; no server is needed')
    .argument(
      '[sql]',
      'the SQL, in quotes, or the name of a saved query; without it: a shell on a terminal, else standard input',
    )
    .option('--list', 'list the saved queries; with a name, show that one')
    .option('--from <day>', `the first day, for a saved query: ${DAY_FORMS}`)
    .option('--to <day>', 'the last day, inclusive')
    // The parameters of saved queries, each with its own.
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[sql | name [--parameter value …]] [options]')
    .option('--file <path>', 'read the SQL from a file')
    .option(
      '--param <name=value>',
      'a value for $name in the SQL, which is bound; repeat it',
      (text, all: string[] = []) => [...all, text],
    )
    .option('--format <format>', `${FORMATS.join(', ')} (default: table)`, oneOf('--format', FORMATS))
    .option(
      '--limit <n>',
      'maximum number of rows in format table and line (default: 1000); the others print all',
      rows,
    )
    .option('--warehouse <uri>', 'overrides warehouse')
    .addHelpText(
      'after',
      examples(
        ['trailmill query "SELECT event_name, count(*) AS n FROM events GROUP BY ALL ORDER BY n DESC"', ''],
        ['trailmill query "SELECT event.action, count(*) AS n FROM aws_cloudtrail GROUP BY ALL ORDER BY n DESC"', ''],
        [`trailmill query "FROM aws_cloudtrail_files WHERE status = 'quarantined'" --format csv > bad.csv`, ''],
        ['trailmill query --list', ''],
        ['trailmill query failed-logins --from -30d', ''],
        ['trailmill query ip-activity --ip 192.0.2.7 --from 2023-07 --format csv', ''],
        ['trailmill query --file report.sql --json', ''],
        ['trailmill query', 'a shell: history, Tab completes, .help lists its commands'],
        [`trailmill query 'FROM events WHERE source_ip = $ip' --param ip=192.0.2.7 --format line`, ''],
        ['echo "DESCRIBE aws_cloudtrail" | trailmill query', ''],
      ) +
        QUERY_NOTES +
        EXIT_CODES,
    );

  define(program, 'tables', environment, () => import('./tables.js'))
    .description('list the tables: rows, files, bytes, days, and whether they need maintenance; no data file is read')
    .argument('[name]', 'only this one, with its columns')
    .option('--columns', 'list the columns of each')
    .option('--snapshots [n]', 'list the last snapshots of each (default: 10)', wholeNumber('--snapshots', 1))
    .option('--health', 'show what makes the tables slow, and the size of the work area')
    .option('--warehouse <uri>', 'overrides warehouse')
    .addHelpText(
      'after',
      examples(
        ['trailmill tables', 'all tables of the log source'],
        ['trailmill tables aws_cloudtrail', 'one of them, with its columns'],
        ['trailmill tables --health', 'small files, deletes, snapshots, metadata: what maintenance reduces'],
        ['trailmill tables --snapshots 3', 'the last commits, and the runs that made them'],
      ) + EXIT_CODES,
    );
}

const rows = wholeNumber('--limit', 1);

const QUERY_NOTES = `
Each table is a view of its current snapshot; events, insights, digests, files,
rejects and integrity are views over them with short column names. A query
opens only the files that can contain matching rows, so filter by ts
(event_time) where you can: WHERE ts >= TIMESTAMPTZ '2023-07-10 00:00:00+00'.
The time zone of the session is UTC. Quote a column that is an SQL keyword:
"group".name. All of DuckDB's SQL is available, including COPY … TO
'file.parquet'. The exit code is 2 for mistakes in the SQL, and 1 for files
that cannot be read.
`;
