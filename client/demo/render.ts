/** What the demo prints: the counts with their ticks, and the answers with the SQL behind them. */

import { count } from '../../text/numbers.js';
import { allPrintable, printable } from '../../text/printable.js';
import { renderTable } from '../terminal/table.js';
import type { Check } from './checks.js';
import type { CountedRow, DemoQuestion } from './questions.js';

const TICK = '✓';
const CROSS = '✗';

/** The tables' counts beside the sample's. */
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
      { name: 'sample made', align: 'right' },
      { name: 'in the table', align: 'right' },
      { name: '' },
    ],
    rows,
    3,
  );
}

/** A question, its SQL, and its answer; `wrong` says where it differs from what the sample promised. */
export function renderAnswer(question: DemoQuestion, answer: readonly CountedRow[], wrong: readonly string[]): string {
  const sql = question.sql.split('\n').map((line) => `     ${line}`);
  const rows = allPrintable(answer).map(({ name, count: times }) => [count(times), name]);
  const width = Math.max(0, ...rows.map(([times]) => times.length));
  const lines = rows.map(([times, name]) => `     ${times.padStart(width)}  ${name}`);
  const verdict =
    wrong.length === 0
      ? `${TICK} as the sample says`
      : [`${CROSS} differs from the sample:`, ...wrong.map(printable)].join('\n       ');
  return [
    `   ${question.title}`,
    ...sql,
    '',
    ...(lines.length === 0 ? ['     nobody'] : lines),
    `     ${verdict}`,
    '',
  ].join('\n');
}
