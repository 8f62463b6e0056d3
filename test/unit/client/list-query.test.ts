/** What `backfill list` asks for: by search attributes where they are registered, and as far as it goes where not. */
import { fitsRange, type ListFilter, listQuery } from '../../../client/backfill/list-query';
import { queryMistake } from '../../../client/backfill/visibility';

const backfills = 'WorkflowType IN ("backfill", "scheduledIngest") AND ';
const days = 'WorkflowType IN ("ingestDay") AND ';
const all = 'ExecutionStatus != "ContinuedAsNew"';
const june = { from: '2024-06-01', to: '2024-06-30' };

test.each<[string, ListFilter, boolean, string]>([
  ['everything', {}, true, `${backfills}${all}`],
  ['failures', { status: 'failed' }, true, `${backfills}ExecutionStatus IN ("Failed", "TimedOut")`],
  [
    'the failed days of June',
    { days: true, status: 'failed', ...june },
    true,
    `${days}ExecutionStatus IN ("Failed", "TimedOut") AND TrailmillDay >= "2024-06-01" AND TrailmillDay <= "2024-06-30"`,
  ],
  ['days without attributes', { days: true, ...june }, false, `${days}${all}`],
  ['a source', { source: 'a"b' }, true, `${backfills}${all} AND TrailmillSource = "a\\"b"`],
  ['a source by ids', { source: 'ab', days: true }, false, `${days}${all} AND (WorkflowId STARTS_WITH "ingest/ab/")`],
  ['pauses', { status: 'paused' }, true, `${backfills}ExecutionStatus = "Running" AND TrailmillStatus = "paused"`],
  ['pauses by memo', { status: 'paused' }, false, `${backfills}ExecutionStatus = "Running"`],
  ['a condition', { query: 'A = 1 OR B = 2' }, true, `${backfills}${all} AND (A = 1 OR B = 2)`],
])('%s', (_name, filter, searchable, query) => expect(listQuery(filter, searchable)).toBe(query));

test('a range fits when it meets the one that is asked for', () => {
  const range = (from: string | null, to: string | null) => fitsRange({ from, to }, june);
  expect([
    range('2024-05-01', '2024-06-01'),
    range('2024-06-30', '2024-07-31'),
    range('2024-01-01', '2024-12-31'),
  ]).toEqual([true, true, true]);
  expect([range('2024-05-01', '2024-05-31'), range('2024-07-01', '2024-07-02'), range(null, null)]).toEqual([
    false,
    false,
    false,
  ]);
  expect(fitsRange({ from: null, to: null }, {})).toBe(true);
  expect(fitsRange({ from: '2024-07-01', to: '2024-07-02' }, { from: '2024-06-01' })).toBe(true);
});

test('what a server says of a query is a mistake of who wrote it, and only then', () => {
  const refused = Object.assign(new Error('3'), { code: 3, details: 'syntax error' });
  const failed = new Error('Failed to list', { cause: refused });
  expect(queryMistake(failed, 'x')).toMatchObject({ message: "The server rejects --query 'x': syntax error." });
  expect(queryMistake(failed, undefined)).toBe(failed);
  const gone = Object.assign(new Error('14'), { code: 14 });
  expect(queryMistake(gone, 'x')).toBe(gone);
});
