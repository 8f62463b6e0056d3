/** Days as people write them, in every command with a range of days. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseDayRange, parseDays, parseRange, understoodDays } from '../../../client/options/days';
import { addDays, countDays, dayAt } from '../../../protocol/days';
import { runCommand, type Said } from '../../support/run-command';

const NOW = Date.parse('2024-06-15T12:00:00Z');

describe('a day', () => {
  it.each([
    ['2023-07-10', '2023-07-10', '2023-07-10'],
    ['2023-07', '2023-07-01', '2023-07-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2023-12', '2023-12-01', '2023-12-31'],
    ['2023', '2023-01-01', '2023-12-31'],
    ['today', '2024-06-15', '2024-06-15'],
    ['Yesterday', '2024-06-14', '2024-06-14'],
    ['-7d', '2024-06-08', '2024-06-08'],
    ['-2w', '2024-06-01', '2024-06-01'],
    ['-0d', '2024-06-15', '2024-06-15'],
  ])('%s', (text, first, last) => expect(parseDays('--from', text, NOW)).toEqual({ first, last }));

  it.each([
    '',
    'tomorrow',
    '2023-7-1',
    '2023-13',
    '2023-02-29',
    '7d',
    '-7',
    '-1m',
    '-99999999d',
    '2023-07-10T00:00',
    '+7d',
  ])('is not "%s"', (text) =>
    expect(() => parseDays('--to', text, NOW)).toThrow(/^--to ".*" is not (a day|in the calendar|a number of days)\.$/),
  );

  it('is in UTC, also just before and after midnight', () => {
    expect(parseDays('--from', 'today', Date.parse('2024-01-01T00:00:00Z')).first).toBe('2024-01-01');
    expect(parseDays('--from', 'yesterday', Date.parse('2024-03-01T23:59:59.999Z')).first).toBe('2024-02-29');
  });
});

describe('a range of days', () => {
  it.each([
    ['2023-07', undefined, '2023-07-01', '2023-07-31'],
    ['2023', undefined, '2023-01-01', '2023-12-31'],
    ['2023-07-10', undefined, '2023-07-10', '2024-06-15'],
    ['-7d', undefined, '2024-06-08', '2024-06-15'],
    ['-7d', 'yesterday', '2024-06-08', '2024-06-14'],
    ['2023-05', '2023-07', '2023-05-01', '2023-07-31'],
    // A month or a year that has begun ends today.
    ['2024-06', undefined, '2024-06-01', '2024-06-15'],
    ['2023', '2024', '2023-01-01', '2024-06-15'],
  ])('from %s to %s', (from, to, first, last) => expect(parseRange(from, to, NOW)).toEqual({ from: first, to: last }));

  it.each([
    ['2024-07', undefined, /--from 2024-07-01 is in the future/],
    ['2024-06-16', undefined, /--from 2024-06-16 is in the future/],
    ['2023', '2025', /--to 2025-12-31 is in the future/],
    ['yesterday', '-3d', /--to 2024-06-12 is before --from 2024-06-14\./],
  ])('is not from %s to %s', (from, to, message) => expect(() => parseRange(from, to, NOW)).toThrow(message));

  it('may be open, but of a month or a year both ends are known', () => {
    expect(parseDayRange('-7d', undefined, NOW)).toEqual({ from: '2024-06-08' });
    expect(parseDayRange(undefined, '2023-07', NOW)).toEqual({ to: '2023-07-31' });
    expect(parseDayRange('2023-07', undefined, NOW)).toEqual({ from: '2023-07-01', to: '2023-07-31' });
    expect(parseDayRange(undefined, undefined, NOW)).toEqual({});
    expect(() => parseDayRange('today', '2023', NOW)).toThrow('--to 2023-12-31 is before --from 2024-06-15.');
  });

  it('written as days is what it was, whenever it is read', () => {
    const day = fc.integer({ min: 0, max: 30_000 }).map((number) => dayAt(number * 86_400_000));
    fc.assert(
      fc.property(day, fc.nat(400), fc.nat(400), (from, length, later) => {
        const to = addDays(from, length);
        const range = parseRange(from, to, Date.parse(addDays(to, later)));
        expect(range).toEqual({ from, to });
        expect(understoodDays({ from, to }, range)).toBeUndefined();
        const [month, year] = [from.slice(0, 7), from.slice(0, 4)];
        const whole = parseRange(month, undefined, Date.parse(addDays(from, 40)));
        expect(whole.from).toBe(`${month}-01`);
        expect(addDays(whole.to, 1).slice(8)).toBe('01');
        expect(countDays(parseDays('--from', year, 0).first, parseDays('--from', year, 0).last)).toBeGreaterThan(364);
      }),
    );
  });
});

describe('a command says which days it understood', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'trailmill-days-'));
    const folder = join(cwd, 'bucket', 'AWSLogs', '123456789012', 'CloudTrail', 'eu-west-1', '2024', '06', '14');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '123456789012_CloudTrail_eu-west-1_20240614T0000Z_x.json.gz'), '');
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));
  const trailmill = (...argv: string[]): Promise<Said> => runCommand(argv, cwd, () => NOW);
  const places = ['--location', 'bucket', '--warehouse', 'warehouse'];

  it.each([
    [['--from', '-7d'], 'Days: 2024-06-08 to 2024-06-15 (8 days, UTC)'],
    [['--from', 'yesterday', '--to', 'yesterday'], 'Days: only 2024-06-14 (UTC)'],
    [['--from', '2024-06'], 'Days: 2024-06-01 to 2024-06-15 (15 days, UTC)'],
  ])('plan %j', async (days, note) => {
    const { code, stdout, stderr } = await trailmill('plan', ...days, ...places);
    expect([code, stderr]).toEqual([0, expect.stringContaining(note)]);
    expect(stdout).not.toContain('Days:');
  });

  it('but not if they were written as days', async () => {
    const { stderr } = await trailmill('plan', '--from', '2024-06-14', '--to', '2024-06-15', ...places);
    expect(stderr).not.toContain('Days:');
  });

  // They need tables or a server, and say it before.
  it.each([
    ['audit', '--from', '-2d', ...places],
    ['verify', '--from', '-2d', ...places],
    ['backfill', 'start', '--from', '-2d', ...places, '--address', '127.0.0.1:1'],
  ])('%s', async (...argv) => {
    expect((await trailmill(...argv)).stderr).toContain('Days: 2024-06-13 to 2024-06-15 (3 days, UTC)');
  });
  it.each([
    ['find', 'alice', '--from', '-2d', '--warehouse', 'warehouse'],
    ['upkeep', '--from', '-2d', ...places],
    ['backfill', 'list', '--from', '-2d', '--address', '127.0.0.1:1'],
  ])('%s', async (...argv) => {
    expect((await trailmill(...argv)).stderr).toContain('Days: from 2024-06-13 on (UTC)');
  });
  it('schedule backfill', async () => {
    const { stderr } = await trailmill('schedule', 'backfill', '--from', '2024-06', '--address', '127.0.0.1:1');
    expect(stderr).toContain('Days: 2024-06-01 to 2024-06-15 (15 days, UTC)');
  });
});
