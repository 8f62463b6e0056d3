/** Days as people write them. */
import fc from 'fast-check';
import { parseDayRange, parseDays } from '../../../client/options/days';
import type { UserMistake } from '../../../errors';

const NOW = Date.parse('2024-03-01T00:30:00Z');
const span = (text: string) => {
  const { first, last } = parseDays('--from', text, NOW);
  return first === last ? first : `${first}..${last}`;
};

test.each([
  ['2023-07-10', '2023-07-10'],
  ['2024-02', '2024-02-01..2024-02-29'],
  ['2023-12', '2023-12-01..2023-12-31'],
  ['2023', '2023-01-01..2023-12-31'],
  ['today', '2024-03-01'],
  ['Yesterday', '2024-02-29'],
  ['-1d', '2024-02-29'],
  ['-30d', '2024-01-31'],
  ['-0d', '2024-03-01'],
  ['-2w', '2024-02-16'],
])('%s is %s', (text, expected) => {
  expect(span(text)).toBe(expected);
});

test.each([
  ['2023-02-30', 'is not in the calendar'],
  ['2023-13', 'is not in the calendar'],
  ['10.07.2023', 'is not a day'],
  ['', 'is not a day'],
  ['7d', 'is not a day'],
  ['-7', 'is not a number of days'],
  ['-1m', 'is not a number of days'],
  ['-99999999999999999999d', 'is not a number of days'],
  ['tomorrow', 'is not a day'],
])('refuses %j, and says what is allowed', (text, message) => {
  let thrown: UserMistake | undefined;
  try {
    span(text);
  } catch (error) {
    thrown = error as UserMistake;
  }
  expect(thrown?.name).toBe('UserMistake');
  expect(thrown?.message).toContain(message);
  expect(thrown?.cure).toMatch(/-7d/);
});

test('a range takes the first day of one end and the last of the other', () => {
  expect(parseDayRange('2023-07', '2023-08', NOW)).toEqual({ from: '2023-07-01', to: '2023-08-31' });
  expect(parseDayRange('-7d', undefined, NOW)).toEqual({ from: '2024-02-23' });
  expect(parseDayRange(undefined, undefined, NOW)).toEqual({});
  expect(() => parseDayRange('2023-07-02', '2023-07-01', NOW)).toThrow('is before --from');
  expect(parseDayRange('2023-07-02', '2023', NOW)).toEqual({ from: '2023-07-02', to: '2023-12-31' });
});

test('a month and a year begin and end where the calendar says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1990, max: 2090 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
      const text = `${year}-${String(month).padStart(2, '0')}`;
      const { first, last } = parseDays('--to', text, NOW);
      const end = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
      return first === `${text}-01` && last === end;
    }),
  );
});
