/** The days of a backfill: what is believed of them, which of them are shown, and how. */

import { chooseDays, type DayView, type ListedDay, mergeDays } from '../../../client/backfill/day-view';
import { renderDays } from '../../../client/backfill/render-days';
import type { BackfillView } from '../../../client/backfill/view';
import { quoted } from '../../../client/backfill/visibility';

type Some = Partial<Omit<BackfillView, 'days'>> & { days?: Partial<NonNullable<BackfillView['days']>> | null };

/** A backfill of 10 to 19 July 2023. */
function view({ days, ...more }: Some = {}): BackfillView {
  const counts = { total: 10, done: 0, failed: 0, running: [], waiting: [], ...days };
  return {
    state: 'running',
    from: '2023-07-10',
    to: '2023-07-19',
    failures: [],
    ...more,
    days: days === null ? null : counts,
  } as unknown as BackfillView;
}

function listed(states: Record<number, ListedDay['state']>): Map<string, ListedDay> {
  return new Map(
    Object.entries(states).map(([n, state]) => {
      const day = `2023-07-${n}`;
      const closedAt = state === 'running' ? null : '2023-07-20T00:01:05.000Z';
      const startedAt = '2023-07-20T00:00:00.000Z';
      return [
        day,
        { day, state, id: `ingest/x/${day}`, runId: `r${n}`, startedAt, closedAt, counts: null, ui: `u${n}` },
      ];
    }),
  );
}

const states = (days: readonly DayView[]): string[] => days.map(({ state }) => state);
const repeat = (n: number, state: string): string[] => Array.from({ length: n }, () => state);

describe('what is believed of a day', () => {
  test('the list of the server, in order, with what was not begun', () => {
    const days = mergeDays(
      view({ days: { done: 1, failed: 1, running: ['2023-07-12'] }, failures: [{ day: '2023-07-11', error: 'No.' }] }),
      listed({ 10: 'done', 11: 'failed', 12: 'running' }),
    );
    expect(states(days)).toEqual(['done', 'failed', 'running', ...repeat(7, 'not begun')]);
    expect(days[1]).toEqual({ ...listed({ 11: 'failed' }).get('2023-07-11'), error: 'No.' });
    expect(days[3]).toMatchObject({ day: '2023-07-13', id: null, counts: null, ui: null });
  });

  test('the backfill knows better than a list that lags behind', () => {
    const days = mergeDays(
      view({
        days: { done: 1, failed: 1, running: ['2023-07-12'], waiting: ['2023-07-13'] },
        failures: [{ day: '2023-07-11', error: 'No.' }],
      }),
      listed({ 10: 'running', 11: 'running' }),
    );
    expect(states(days).slice(0, 5)).toEqual(['done', 'failed', 'running', 'waiting', 'not begun']);
  });

  test('without a worker the list is all that there is', () => {
    const days = mergeDays(view({ days: null }), listed({ 11: 'done', 12: 'running' }));
    expect(states(days)).toEqual(['unknown', 'done', 'running', ...repeat(7, 'not begun')]);
  });

  test('days that the server has forgotten are those that the backfill has counted', () => {
    const forgotten = view({ days: { done: 5, running: ['2023-07-15'] } });
    const five = [...repeat(5, 'done'), 'running', ...repeat(4, 'not begun')];
    expect(states(mergeDays(forgotten, listed({ 14: 'done', 15: 'running' })))).toEqual(five);
    expect(states(mergeDays(forgotten, new Map()))).toEqual(five);
    const completed = view({ state: 'completed', days: { done: 10 } });
    expect(states(mergeDays(completed, listed({ 19: 'done' })))).toEqual(repeat(10, 'done'));
    // 600 have failed, 500 are named: the two cannot be told apart any more.
    const mixed = view({ days: { done: 3, failed: 1, running: ['2023-07-14'] } });
    expect(states(mergeDays(mixed, new Map()))).toEqual([
      ...repeat(4, 'unknown'),
      'running',
      ...repeat(5, 'not begun'),
    ]);
  });

  test('one that was ended by force remembers days at work, and the list says how they ended', () => {
    const days = mergeDays(
      view({ state: 'terminated', days: { done: 1, running: ['2023-07-11', '2023-07-12'] } }),
      listed({ 10: 'done', 11: 'cancelled', 12: 'terminated' }),
    );
    expect(states(days).slice(0, 4)).toEqual(['done', 'cancelled', 'terminated', 'not begun']);
  });
});

describe('of many days are shown', () => {
  const day = (n: number, state: DayView['state']): DayView =>
    ({ ...listed({ 10: 'done' }).get('2023-07-10'), day: `day ${n}`, state, error: null }) as DayView;
  const year = Array.from({ length: 365 }, (_, n) =>
    day(n, n === 3 ? 'failed' : n === 4 ? 'cancelled' : n < 200 ? 'done' : n < 202 ? 'running' : 'not begun'),
  );

  test('the last 31, all that failed and all that are at work; the others are counted', () => {
    const { days, leftOut } = chooseDays(year, undefined);
    expect(days.map((one) => one.day)).toEqual(
      [3, 4, ...Array.from({ length: 33 }, (_, n) => 169 + n)].map((n) => `day ${n}`),
    );
    expect(leftOut).toEqual({ done: 167, 'not begun': 163 });
    expect(renderDays({ days: [], leftOut }, 0)).toBe('\n  not shown   167 done, 163 not begun: --days all shows them');
  });

  test('what is asked for', () => {
    expect(chooseDays(year, 'all')).toEqual({ days: year, leftOut: {} });
    expect(chooseDays(year, 'failed').days.map((one) => one.day)).toEqual(['day 3', 'day 4']);
    expect(chooseDays(year, 'running').leftOut).toEqual({ done: 198, failed: 1, cancelled: 1, 'not begun': 163 });
  });

  test('all of a month', () => {
    const month = [day(1, 'done'), ...Array.from({ length: 30 }, (_, n) => day(n, 'not begun'))];
    expect(chooseDays(month, undefined)).toEqual({ days: month, leftOut: {} });
  });
});

test('a line a day: nothing stands where nothing is known', () => {
  const [done, running] = mergeDays(view({ days: { running: ['2023-07-11'] } }), listed({ 10: 'done', 11: 'running' }));
  const counts = { plannedFiles: 1204, files: 1204, bytes: 5, events: 98_765, rejects: 1, quarantined: 2 };
  const shown = {
    days: [
      { ...done, counts },
      { ...running, counts: { ...counts, files: 10 } },
    ],
    leftOut: {},
  };
  const now = Date.parse('2023-07-20T00:00:30.000Z');
  const [blank, ...lines] = renderDays(shown, now).split('\n');
  expect(blank).toBe('');
  expect(lines.map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
    ' | day | state | files | events | rejects | quarantined | took | page',
    ' | 2023-07-10 | done | 1,204 | 98,765 | 1 | 2 | 1 min 5 s | u10',
    ' | 2023-07-11 | running | 10 of 1,204 | 98,765 | 1 | 2 | 30 s | u11',
  ]);
  const bare = renderDays({ days: [{ ...done, state: 'not begun', startedAt: null, ui: null }], leftOut: {} }, now);
  expect(bare.split('\n').at(-1)).toBe('  2023-07-10  not begun');
  expect(bare).not.toContain('page');
});

test('a literal of a query is one, whatever is in it', () => {
  expect(quoted('a"b\\c')).toBe('"a\\"b\\\\c"');
});
