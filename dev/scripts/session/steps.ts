/** What is typed in the recorded session: the way of docs/start.md, from an empty directory to answers. */

/** The days of the sample that the session makes. */
const RANGE = '--from 2024-02-28 --to 2024-02-29';

/** A part of the session: what is typed on an empty screen, and the picture of it. */
export interface Scene {
  /** The name of its pictures. */
  name: string;
  /** What it shows, for readers who do not see the picture. */
  title: string;
  /** Commands as they are typed, some of them over several lines; and what the next one waits for. */
  commands: readonly (string | AwaitedText)[];
}

/** A file of the session, and what is waited for in it. */
export interface AwaitedText {
  file: string;
  says: string;
}

export const SCENES: readonly Scene[] = [
  {
    name: 'sample',
    title: 'a sample bucket',
    commands: ['trailmill sample --out my-bucket --days 2 --accounts 2'],
  },
  {
    name: 'init',
    title: 'the configuration of a new project',
    commands: [
      'trailmill init my-logs',
      'cd my-logs',
      "sed -i 's|^  location: .*|  location: ../my-bucket|' \\\n  log_sources/aws_cloudtrail/log_source.yml",
    ],
  },
  { name: 'check', title: 'the configuration is checked', commands: ['trailmill check'] },
  { name: 'plan', title: 'what a backfill would read', commands: [`trailmill plan ${RANGE}`] },
  {
    name: 'dev',
    title: 'a server and a worker, in the background',
    commands: [
      'trailmill dev > dev.log 2>&1 &',
      { file: 'my-logs/dev.log', says: 'Trailmill is running' },
      'cat dev.log',
    ],
  },
  {
    name: 'backfill',
    title: 'a backfill, watched to its end',
    commands: [`trailmill backfill start ${RANGE} --watch`],
  },
  {
    name: 'query',
    title: 'a question in SQL',
    commands: [
      [
        'trailmill query "SELECT aws.cloudtrail.error_code AS error, event.action,',
        '  count(*) AS n FROM aws_cloudtrail',
        "  WHERE ts >= TIMESTAMPTZ '2024-02-28 00:00:00+00'",
        '  AND aws.cloudtrail.error_code IS NOT NULL',
        '  GROUP BY ALL ORDER BY n DESC LIMIT 5"',
      ].join('\n'),
    ],
  },
  {
    name: 'find',
    title: 'where an access key was used',
    commands: ['trailmill find AKIAVIHAKBSE35ZWTG43 --limit 5'],
  },
  { name: 'audit', title: 'bucket, ledger and tables agree', commands: [`trailmill audit ${RANGE}`] },
];

/** Columns and rows of the terminals that the session is recorded in. */
export const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;
