/** When a schedule comes due, without a server: test/integration/workflows/schedule-times compares with one. */
import { nextTimes } from '../../../client/schedule/next-times';
import type { Rhythm } from '../../../config/rhythm';

const after = (rhythm: Rhythm, timeZone: string, moment: string, count = 3): string[] =>
  nextTimes(rhythm, timeZone, Date.parse(moment), count).map((at) => new Date(at).toISOString().slice(0, 16));

test('a time is the next one only if it is still to come', () => {
  const daily: Rhythm = { every: 'day', hour: 1, minute: 0 };
  expect(after(daily, 'UTC', '2027-03-10T00:59:59Z', 1)).toEqual(['2027-03-10T01:00']);
  expect(after(daily, 'UTC', '2027-03-10T01:00:00Z', 1)).toEqual(['2027-03-11T01:00']);
});

test('times of the clock go with the time zone, and with its summer time', () => {
  const daily: Rhythm = { every: 'day', hour: 3, minute: 5 };
  expect(after(daily, 'Europe/Berlin', '2027-03-26T12:00:00Z')).toEqual([
    '2027-03-27T02:05',
    '2027-03-28T01:05',
    '2027-03-29T01:05',
  ]);
  expect(after({ every: 'hour', minute: 10 }, 'Asia/Kathmandu', '2027-03-10T00:00:00Z', 2)).toEqual([
    '2027-03-10T00:25',
    '2027-03-10T01:25',
  ]);
});

test('a time that a change of the clock leaves out is left out, one that it repeats comes twice', () => {
  const at = (hour: number): Rhythm => ({ every: 'day', hour, minute: 30 });
  expect(after(at(2), 'America/New_York', '2027-03-13T12:00:00Z', 2)).toEqual(['2027-03-15T06:30', '2027-03-16T06:30']);
  expect(after(at(1), 'America/New_York', '2027-11-07T00:00:00Z', 2)).toEqual(['2027-11-07T05:30', '2027-11-07T06:30']);
});

test('every so many minutes counts from the epoch, and every week keeps to its day', () => {
  expect(after({ every: 'minutes', minutes: 35 }, 'Europe/Berlin', '1970-01-01T00:01:00Z')).toEqual([
    '1970-01-01T00:35',
    '1970-01-01T01:10',
    '1970-01-01T01:45',
  ]);
  const weekly: Rhythm = { every: 'week', weekday: 'sunday', hour: 4, minute: 0 };
  expect(after(weekly, 'Australia/Sydney', '2027-03-10T00:00:00Z', 2)).toEqual([
    '2027-03-13T17:00',
    '2027-03-20T17:00',
  ]);
});
