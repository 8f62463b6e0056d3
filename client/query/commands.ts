/** `trailmill query` and `trailmill tables`: their options and help. */
import type { Command as Program } from 'commander';
import { oneOf, wholeNumber } from '../options/arguments.js';
import { define, type ProgramEnvironment } from '../options/define.js';
import { EXIT_CODES, examples } from '../terminal/help.js';

/** As the option says them; client/query/render-rows.ts writes them. */
const FORMATS: readonly string[] = ['table', 'csv', 'json', 'jsonl'];

/** Both commands. */
export function defineQuery(program: Program, environment: ProgramEnvironment): void {
  define(program, 'query', environment, () => import('./query.js'))
    .description('run SQL over the tables with DuckDB, in this process; no server is needed')
    .argument('[sql]', 'the SQL, in quotes; - reads it from standard input')
    .option('--file <path>', 'read the SQL from a file')
    .option('--format <format>', `${FORMATS.join(', ')} (default: table)`, oneOf('--format', FORMATS))
    .option('--limit <n>', 'rows of a table that are shown (default: 1000); the other formats have all', rows)
    .option('--warehouse <uri>', 'in place of warehouse')
    .addHelpText(
      'after',
      examples(
        ['trailmill query "SELECT event.action, count(*) AS n FROM aws_cloudtrail GROUP BY ALL ORDER BY n DESC"', ''],
        [`trailmill query "FROM aws_cloudtrail_files WHERE status = 'quarantined'" --format csv > bad.csv`, ''],
        ['trailmill query --file report.sql --json', ''],
        ['echo "DESCRIBE aws_cloudtrail" | trailmill query -', ''],
      ) +
        QUERY_NOTES +
        EXIT_CODES,
    );

  define(program, 'tables', environment, () => import('./tables.js'))
    .description('list the tables: rows, files, bytes, snapshots, days; no data file is read')
    .argument('[name]', 'only this one, with its columns')
    .option('--columns', 'with the columns of each')
    .option('--snapshots [n]', 'with its last snapshots (default: 10)', wholeNumber('--snapshots', 1))
    .option('--warehouse <uri>', 'in place of warehouse')
    .addHelpText(
      'after',
      examples(
        ['trailmill tables', 'all tables of the log source'],
        ['trailmill tables aws_cloudtrail', 'one of them, with its columns'],
        ['trailmill tables --snapshots 3', 'what was committed last, and by whom'],
      ) + EXIT_CODES,
    );
}

const rows = wholeNumber('--limit', 1);

const QUERY_NOTES = `
The tables are views of their names, each as its snapshot is at the start. A question about some days, by ts, opens the
files of those days only: WHERE ts >= TIMESTAMPTZ '2023-07-10 00:00:00+00'. The time zone of the session is UTC. A column
that is an SQL keyword stands in quotes: "group".name. All that DuckDB's SQL has can be used, COPY … TO 'file.parquet' too.
Mistakes in the SQL end with exit code 2, files that cannot be read with 1.
`;
