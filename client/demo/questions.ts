/** The three questions of the demo, in SQL that a reader can take along. */
import type { OpenTables, Row } from '../../query/open-tables.js';

export interface Question {
  id: 'topPrincipals' | 'failedLogins' | 'errorsByService';
  title: string;
  sql: string;
}

export const QUESTIONS: readonly Question[] = [
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
export interface Counted {
  name: string;
  count: number;
}

/** Runs a question; the first column names, the second counts. */
export async function ask(tables: OpenTables, question: Question): Promise<Counted[]> {
  return (await tables.query(question.sql)).map(toCounted);
}

function toCounted(row: Row): Counted {
  const [name, count] = Object.values(row);
  return { name: String(name), count: Number(count) };
}
