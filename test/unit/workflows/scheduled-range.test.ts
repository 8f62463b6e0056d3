/** Which days a run of a schedule covers: whatever happened to the runs before it, no day is left out. */
import fc from 'fast-check';
import { addDays, dayAt } from '../../../protocol/days';
import { nextMemory, type ScheduleMemory, scheduledRange } from '../../../workflows/scheduled-range';

const at = (text: string): number => Date.parse(`${text}Z`);
const due = (text: string, lookBackDays = 3) => ({ scheduledAt: at(text), lookBackDays });

test('the first run covers its day and the days before it', () => {
  expect(scheduledRange(due('2024-03-05T01:00:00'), undefined)).toEqual({
    from: '2024-03-02',
    to: '2024-03-05',
    covered: false,
  });
});

test('days are UTC days of the scheduled time, not of the time when the run starts', () => {
  expect(scheduledRange(due('2024-03-05T23:59:59'), undefined).to).toBe('2024-03-05');
  expect(scheduledRange(due('2024-03-06T00:00:00', 0), undefined)).toMatchObject({
    from: '2024-03-06',
    to: '2024-03-06',
  });
});

test('after a gap the range begins with the days that the missed runs would have covered', () => {
  const memory = { through: '2024-02-10' };
  expect(scheduledRange(due('2024-03-05T01:00:00'), memory)).toMatchObject({ from: '2024-02-07', to: '2024-03-05' });
});

test('a day that has failed stays in the range until it succeeds, for thirty days', () => {
  const ran = { from: '2024-03-02', to: '2024-03-05', at: at('2024-03-05T01:00:10') };
  let memory = nextMemory(ran, undefined, { failed: '2024-03-03' });
  expect(memory).toEqual({ through: '2024-03-05', failed: '2024-03-03' });
  expect(scheduledRange(due('2024-03-20T01:00:00'), { ...memory, through: '2024-03-19' }).from).toBe('2024-03-03');
  // Its other days have been seen: those are not read again.
  expect(scheduledRange(due('2024-04-20T01:00:00'), { ...memory, through: '2024-04-19' }).from).toBe('2024-04-17');
  memory = nextMemory({ from: '2024-03-03', to: '2024-03-20', at: at('2024-03-20T01:00:10') }, memory, {});
  expect(memory.failed).toBeUndefined();
});

test('a failed day that a run did not cover remains failed', () => {
  const memory: ScheduleMemory = { through: '2024-03-05', failed: '2024-03-03' };
  const past = { from: '2024-01-01', to: '2024-01-04', at: at('2024-03-05T09:00:00') };
  expect(nextMemory(past, memory, {})).toMatchObject({ through: '2024-03-05', failed: '2024-03-03' });
});

test('a run that was due before its days were last covered has nothing to do', () => {
  const memory = nextMemory({ from: '2024-03-02', to: '2024-03-05', at: at('2024-03-05T12:30:00') }, undefined, {});
  expect(scheduledRange(due('2024-03-05T12:00:00'), memory).covered).toBe(true);
  expect(scheduledRange(due('2024-03-05T13:00:00'), memory).covered).toBe(false);
  expect(scheduledRange(due('2024-03-04T12:00:00'), memory).covered).toBe(false);
  expect(scheduledRange(due('2024-03-05T12:00:00', 4), memory).covered).toBe(false);
});

test('no day is lost, in whatever order runs are late, dropped or failing (property)', () => {
  const HOUR = 3_600_000;
  const begin = at('2024-03-01T00:00:00');
  const startOf = (day: string): number => at(`${day}T00:00:00`);
  const scheduledRun = fc.record({
    /** Hours after it was due. */
    late: fc.integer({ min: 0, max: 60 }),
    dropped: fc.boolean(),
    fails: fc.constantFrom('no', 'no', 'no', 'a day', 'as a whole'),
  });
  const runs = fc.array(scheduledRun, { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(
      runs,
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(1, 6, 24),
      (planned, lookBackDays, everyHours) => {
        let memory: ScheduleMemory | undefined;
        let now = begin;
        let first: string | undefined;
        const looked = new Map<string, number>();
        [...planned, { late: 0, dropped: false, fails: 'no' }].forEach(({ late, dropped, fails }, index) => {
          if (dropped) return;
          const scheduledAt = begin + index * everyHours * HOUR;
          now = Math.max(now, scheduledAt + late * HOUR);
          const { from, to, covered } = scheduledRange({ scheduledAt, lookBackDays }, memory);
          if (covered || fails === 'as a whole') return;
          first ??= from;
          const failed = fails === 'a day' ? from : undefined;
          for (let day = from; day <= to; day = addDays(day, 1)) if (day !== failed) looked.set(day, now);
          memory = nextMemory({ from, to, at: now }, memory, { failed });
        });
        // Each day was looked at when it, and the days that its files may be late by, had begun.
        const last = dayAt(begin + planned.length * everyHours * HOUR);
        for (let day = first as string; day <= last; day = addDays(day, 1)) {
          const late = addDays(day, lookBackDays);
          expect(looked.get(day) ?? 0).toBeGreaterThanOrEqual(Math.min(startOf(late), startOf(last)));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
