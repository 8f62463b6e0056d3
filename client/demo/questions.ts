/** The three questions of the demo, in SQL that a reader can take along. */
import type { OpenTables, Row } from '../../query/open-tables.js';

/** A question that `demo` answers with SQL. */
export interface DemoQuestion {
  id: 'topPrincipals' | 'failedLogins' | 'errorsByService';
  title: string;
  sql: string;
}

/** The questions of `demo`, in the order in which they are answered. */
export const DEMO_QUESTIONS: readonly DemoQuestion[] = [
  {
    id: 'topPrincipals',
    title: 'Who did the most?',
    sql: `SELECT aws.cloudtrail.user_identity.arn AS principal, count(*) AS events
FROM aws_cloudtrail
WHERE aws.cloudtrail.user_identity.arn IS NOT NULL
GROUP BY principal ORDER BY events DESC, principal LIMIT 5`,
  },
  {
    id: 'failedLogins',
    title: 'Whose console logins failed?',
    // AWS hides a user name that it does not know: that text is no user.name, but it is what was delivered.
    sql: `SELECT coalesce(aws.cloudtrail.user_identity.arn, "user".name, aws.cloudtrail.user_identity.user_name, "user".id) AS principal,
  count(*) AS failures
FROM aws_cloudtrail
WHERE event.action = 'ConsoleLogin' AND event.outcome = 'failure'
GROUP BY principal ORDER BY failures DESC, principal`,
  },
  {
    id: 'errorsByService',
    title: 'Which services answered with errors?',
    sql: `SELECT event.provider AS service, count(*) AS errors
FROM aws_cloudtrail
WHERE aws.cloudtrail.error_code IS NOT NULL
GROUP BY service ORDER BY errors DESC, service`,
  },
];

/** A word and how often: all three answers have this shape. */
export interface CountedRow {
  name: string;
  count: number;
}

/** Runs a question; the first column names, the second counts. */
export async function ask(tables: OpenTables, question: DemoQuestion): Promise<CountedRow[]> {
  return (await tables.query(question.sql)).map(toCounted);
}

function toCounted(row: Row): CountedRow {
  const [name, count] = Object.values(row);
  return { name: String(name), count: Number(count) };
}
