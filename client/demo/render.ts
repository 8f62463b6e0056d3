/** What the demo prints: the checked counts, and the questions with their SQL and results. */

import { count } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import { renderTable } from '../terminal/table.js';
import type { Check } from './checks.js';
import type { CountedRow, DemoQuestion } from './questions.js';

const TICK = '✓';
const CROSS = '✗';

/** The counts of the tables next to those of the sample. */
export function renderChecks(checks: readonly Check[]): string {
  const rows = checks.map(({ table, what, expected, found, ok }) => [
    table,
    what,
    count(expected),
    count(found),
    ok ? TICK : CROSS,
  ]);
  return renderTable(
    [
      { name: 'table' },
      { name: '' },
      { name: 'in the sample', align: 'right' },
      { name: 'in the table', align: 'right' },
      { name: '' },
    ],
    rows,
    3,
  );
}

/** A question, its SQL and its result. `wrong`: the differences from the sample. */
export function renderAnswer(question: DemoQuestion, answer: readonly CountedRow[], wrong: readonly string[]): string {
  const sql = question.sql.split('\n').map((line) => `     ${line}`);
  const rows = allPrintable(answer).map(({ name, count: times }) => [count(times), name]);
  const width = Math.max(0, ...rows.map(([times]) => times.length));
  const lines = rows.map(([times, name]) => `     ${times.padStart(width)}  ${name}`);
  const verdict =
    wrong.length === 0
      ? `${TICK} matches the sample`
      : [`${CROSS} differs from the sample:`, ...wrong.map(printable)].join('\n       ');
  return [
    `   ${question.title}`,
    ...sql,
    '',
    ...(lines.length === 0 ? ['     no rows'] : lines),
    `     ${verdict}`,
    '',
  ].join('\n');
}
