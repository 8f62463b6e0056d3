/** The three questions of the demo, with SQL that can be reused. */
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
    // AWS hides an unknown user name: the delivered text is not a user.name, but it is in user_identity.user_name.
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

/** A name and a count: all three results have this shape. */
export interface CountedRow {
  name: string;
  count: number;
}

/** Runs the query of a question; its first column is the name, its second the count. */
export async function ask(tables: OpenTables, question: DemoQuestion): Promise<CountedRow[]> {
  return (await tables.query(question.sql)).map(toCounted);
}

function toCounted(row: Row): CountedRow {
  const [name, count] = Object.values(row);
  return { name: String(name), count: Number(count) };
}
