/** The progress of a day, over all of its plans. */
import type { DayPlan } from '../../../protocol/messages';
import { addTotals, NO_TOTALS, type Totals } from '../../../protocol/totals';
import { beforeNextPlan, progressOf } from '../../../workflows/day-progress';

const plan = (files: number, bytes: number): DayPlan => ({ files, bytes }) as DayPlan;
const ingested = (files: number, bytes: number): Totals => ({ ...NO_TOTALS, files, bytes });
const kept = (files: number, keptBytes: number): Totals => ({
  ...NO_TOTALS,
  kept: [{ code: 'object_not_found', files, example: 'k' }],
  keptBytes,
});
const NOTHING = { files: 0, bytes: 0 };

test('a day is done when all planned files are ingested', () => {
  expect(progressOf('d', { before: NOTHING, plan: plan(3, 30), totals: ingested(3, 30) })).toMatchObject({
    planned: { files: 3, bytes: 30 },
    totals: { files: 3, bytes: 30 },
  });
});

test('files that could not be read again are not waited for', () => {
  const totals = addTotals(ingested(2, 20), kept(1, 10));
  expect(progressOf('d', { before: NOTHING, plan: plan(3, 30), totals })).toMatchObject({
    planned: { files: 2, bytes: 20 },
    totals: { files: 2, bytes: 20 },
  });
});

test('a new plan starts from what the plans before have done', () => {
  const first = addTotals(ingested(2, 20), kept(1, 10));
  const before = beforeNextPlan(first);
  expect(before).toEqual({ files: 2, bytes: 20, other: 0, kept: { files: 1, bytes: 10 } });
  expect(progressOf('d', { before, plan: plan(4, 40), totals: first }).planned).toEqual({ files: 6, bytes: 60 });
  const done = addTotals(first, addTotals(ingested(3, 30), kept(1, 10)));
  expect(progressOf('d', { before, plan: plan(4, 40), totals: done })).toMatchObject({
    planned: { files: 5, bytes: 50 },
    totals: { files: 5, bytes: 50 },
  });
});

test('before the first plan nothing is planned', () => {
  expect(progressOf('d', { before: NOTHING, totals: NO_TOTALS }).planned).toEqual(NOTHING);
});
