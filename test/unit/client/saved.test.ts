/** `trailmill query` with the name of a saved query: its parameters, its list, and mistakes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Option } from 'commander';
import { createProgram } from '../../../client/program';
import { RESERVED_OPTIONS } from '../../../client/query/options';
import { diskRun, ingestRecords } from '../../support/query-warehouse';
import { runCommand, type Said } from '../../support/run-command';
import { event, login, user } from '../../support/saved-cases/records';

let directory: string;
const NOW = Date.parse('2024-03-08T12:00:00Z');
const query = (...argv: string[]): Promise<Said> =>
  runCommand(['query', ...argv, '--warehouse', 'warehouse'], directory, () => NOW);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-saved-cli-'));
  await ingestRecords(diskRun(directory), [
    { ...login('05 08:00', 'Failure', 'No'), eventID: 'e1' },
    { ...login('06 08:00', 'Failure', 'No', { who: user('bob'), ip: "' OR 1=1 --" }), eventID: 'e2' },
    { ...login('06 09:00', 'Failure', 'No', { who: user('bob'), ip: "' OR 1=1 --" }), eventID: 'e3' },
    { ...event('07 08:00', 's3', 'ListBuckets'), eventID: 'e4' },
  ]);
  mkdirSync(join(directory, 'queries'));
  writeFileSync(
    join(directory, 'queries', 'calls-of.sql'),
    '-- title: Calls\n-- description: All calls.\n-- parameter: name text = null: of whom\nSELECT event_id FROM events WHERE $name IS NULL OR principal = $name ORDER BY 1',
  );
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The first column of the answer. */
const first = async (...argv: string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await query(...argv, '--format', 'csv');
  expect([code, stderr.replace(/^All days.*\n/, '')]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[0]);
};

describe('a saved query', () => {
  it.each([
    [['failed-logins'], ['bob', 'alice']],
    [['failed-logins', '--from', '2024-03-06'], ['bob']],
    [['failed-logins', '--from', '-2d', '--to', 'today'], ['bob']],
    [['failed-logins', '--to', '2024-03-05'], ['alice']],
    [['failed-logins', '--from', '2024-03', '--at-least', '2'], ['bob']],
    [['failed-logins', '--at_least=2', '--to=2024'], ['bob']],
    [['failed-logins', '--from', 'yesterday'], []],
    [['ip-activity', '--ip', "' OR 1=1 --"], ['2024-03-06']],
    [['ip-activity', '--ip', "x' OR 1=1 --"], []],
    [['calls-of'], ['e1', 'e2', 'e3', 'e4']],
    [
      ['calls-of', '--name', 'bob'],
      ['e2', 'e3'],
    ],
    [['calls-of', '--name=--from'], []],
  ])('%j', async (argv, expected) => {
    expect(await first(...argv)).toEqual(expected);
  });

  it('says that it is about all days, and that nothing was found', async () => {
    expect((await query('failed-logins')).stderr).toMatch(/^All days of the tables\. --from and --to choose some/);
    expect((await query('failed-logins', '--from', '2024-03')).stderr).toBe('');
    expect((await query('failed-logins', '--from', 'today')).stderr).toMatch(/^Nothing found\./);
  });

  it.each([
    [['faild-logins'], 'There is no saved query faild-logins.'],
    [
      ['failed-logins', '--at-leest', '2'],
      'Unknown option --at-leest. The saved query failed-logins has the parameters --at-least',
    ],
    [['failed-logins', '--at-leest', '2'], 'Did you mean --at-least?'],
    [['failed-logins', '--at-least', 'two'], '--at-least "two" is not a whole number'],
    [['failed-logins', '--at-least'], '--at-least has no value'],
    [['failed-logins', '--at-least', '1', '--at-least', '2'], '--at-least is given twice'],
    [['failed-logins', '--from', '2024-02-30'], 'is not in the calendar'],
    [['failed-logins', '--from', '-1d', '--to', '-2d'], 'is before --from'],
    [['ip-activity'], 'needs --ip (a text)'],
    [['calls-of', '--from', '-1d'], 'The saved query calls-of has no $from'],
    [['SELECT', '1'], 'There is no saved query SELECT'],
    [['SELECT 1', 'more'], '"more" is one word too many'],
    [['SELECT 1', '--formatt', 'csv'], 'Did you mean --format?'],
    [['SELECT 1', '--from', '-1d'], 'The SQL has no $from'],
    [['--list', 'nothing'], 'There is no saved query nothing'],
  ])('%j is refused with a cure', async (argv, message) => {
    const { code, stdout, stderr } = await query(...argv);
    expect(stdout + stderr).toContain(message);
    expect(stderr).not.toMatch(/ at .*\.(ts|js):\d/);
    expect(code).toBe(2);
  });
});

test('SQL of your own may use the range', async () => {
  const sql = 'SELECT event_id FROM events WHERE event_time >= $from AND event_time < $to ORDER BY 1';
  expect(await first(sql, '--from', '2024-03-06', '--to', '2024-03-06')).toEqual(['e2', 'e3']);
  expect(await first(sql, '--from', '-1d')).toEqual(['e4']);
});

describe('the list', () => {
  it('fits 80 columns, with the queries of the project', async () => {
    const { code, stdout, stderr } = await query('--list');
    expect(stdout).toMatch(/^query +what it answers\n/);
    expect(stdout).toMatch(/\nfailed-logins +Failed sign-ins/);
    expect(stdout).toMatch(/\ncalls-of +Calls\n/);
    expect(Math.max(...`${stdout}${stderr}`.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(code).toBe(0);
  });

  it('shows one query with its parameters and its SQL', async () => {
    const { stdout } = await query('--list', 'ip-activity');
    expect(stdout).toContain('ip-activity: What came from an address, day by day\n');
    expect(stdout).toMatch(/--ip TEXT +the address, as CloudTrail writes it \(required\)\n/);
    expect(stdout).toMatch(/--from DAY +first day \(default: all days\)\n/);
    expect(stdout).toContain('AND source_ip = $ip');
    const [head] = stdout.split('\nSELECT');
    expect(Math.max(...head.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const { queries } = JSON.parse((await query('--list', '--json')).stdout);
    expect(queries.find(({ name }: { name: string }) => name === 'calls-of')).toMatchObject({
      title: 'Calls',
      range: false,
      parameters: [{ name: 'name', type: 'text', default: null, description: 'of whom' }],
    });
  });

  it('names files that cannot be used, and lists the others', async () => {
    writeFileSync(join(directory, 'queries', 'root-activity.sql'), 'SELECT 1');
    const { code, stdout, stderr } = await query('--list');
    rmSync(join(directory, 'queries', 'root-activity.sql'));
    expect(stderr).toMatch(/queries\/root-activity\.sql has the name of a saved query of Trailmill/);
    expect(stdout).toContain('calls-of');
    expect(code).toBe(2);
  });
});

test('no parameter can have the name of an option', () => {
  const { io } = { io: { stdout: { write: () => {} } } };
  const program = createProgram({ io, output: {}, onHelpPage: () => {}, onExitCode: () => {} } as never);
  const command = program.commands.find((one) => one.name() === 'query');
  const options: readonly Option[] = [...program.options, ...(command?.options ?? [])];
  const names = options.map(({ long }) => long?.replace('--', ''));
  expect([...RESERVED_OPTIONS].sort()).toEqual([...names, 'help'].sort());
});
