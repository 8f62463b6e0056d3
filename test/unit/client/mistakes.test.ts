import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type Said } from '../../support/run-command';

/** A day after all days that are used here. */
const NOW = Date.parse('2024-06-15T12:00:00Z');
let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'trailmill-cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const trailmill = (...argv: string[]): Promise<Said> => runCommand(argv, cwd, () => NOW);

const start = (...flags: string[]) => trailmill('backfill', 'start', ...flags);
const RANGE = ['--from', '2023-07-10', '--to', '2023-07-12'];

function bucketAt(path: string): string {
  mkdirSync(join(cwd, path, 'AWSLogs', '123456789012', 'CloudTrail'), { recursive: true });
  writeFileSync(join(cwd, path, 'AWSLogs', '123456789012', 'CloudTrail', 'x.json.gz'), '');
  return path;
}

describe('a mistake gets one clear line, the cure, and exit code 2', () => {
  const cases: [what: string, argv: string[], message: RegExp, cure: RegExp][] = [
    ['an unknown command', ['backfil'], /unknown command 'backfil'/i, /Did you mean backfill\?.*trailmill --help/],
    [
      'an unknown subcommand',
      ['backfill', 'stauts'],
      /unknown command 'stauts'/i,
      /Did you mean status\?.*backfill --help/,
    ],
    [
      'an unknown option',
      ['backfill', 'start', ...RANGE, '--wacth'],
      /unknown option '--wacth'/i,
      /Did you mean --watch\?.*start --help/,
    ],
    [
      'a missing option',
      ['backfill', 'start', '--to', '2023-07-10'],
      /required option '--from <day>'/i,
      /backfill start --help/,
    ],
    ['a missing argument', ['backfill', 'status'], /missing required argument 'id'/i, /backfill status --help/],
    ['a surplus argument', ['backfill', 'list', 'x'], /too many arguments/i, /backfill list --help/],
    ['no command', [], /no command was given/i, /trailmill --help/],
    [
      'a day that is not in the calendar',
      ['backfill', 'start', '--from', '2023-02-30', '--to', '2023-03-01'],
      /2023-02-30.*calendar/,
      /2023-07-10, 2023-07, 2023, today, yesterday or -7d \(UTC\)/,
    ],
    [
      'a word for a day',
      ['backfill', 'start', '--from', 'someday', '--to', '2023-03-01'],
      /"someday" is not a day/,
      /2023-07-10, 2023-07, 2023, today, yesterday or -7d \(UTC\)/,
    ],
    [
      '--to before --from',
      ['backfill', 'start', '--from', '2023-07-12', '--to', '2023-07-10'],
      /before --from/,
      /--from 2023-07-10 --to 2023-07-12/,
    ],
    [
      '--from in the future',
      ['backfill', 'start', '--from', '2024-06-16', '--to', '2024-06-17'],
      /--from 2024-06-16 is in the future/,
      /2024-06-15/,
    ],
    [
      '--to in the future',
      ['backfill', 'start', '--from', '2024-06-15', '--to', '2024-06-16'],
      /--to 2024-06-16 is in the future/,
      /2024-06-15/,
    ],
    [
      'an unknown kind',
      ['backfill', 'start', ...RANGE, '--kind', 'CloudTrail,Digests'],
      /--kind "Digests" is unknown/,
      /mean CloudTrail-Digest\?.*CloudTrail-Insight.*Aggregated/,
    ],
    [
      'a short account',
      ['backfill', 'start', ...RANGE, '--account', '12345'],
      /"12345" is not an AWS account/,
      /12 digits/,
    ],
    [
      'a strange region',
      ['backfill', 'start', ...RANGE, '--region', 'Ireland'],
      /"Ireland" does not look like/,
      /eu-west-1/,
    ],
    ['no location', ['backfill', 'start', ...RANGE], /No location of CloudTrail files is configured/, /--location URI/],
    [
      'a missing path',
      ['backfill', 'start', ...RANGE, '--location', 'nowhere'],
      /directory .*nowhere does not exist/,
      /Create it/,
    ],
    [
      'a range of an audit that is none',
      ['audit', '--from', 'now', '--to', '2023-03-01'],
      /--from "now"/,
      /2023-07-10, 2023-07, 2023, today/,
    ],
    [
      'an audit without a location',
      ['audit', ...RANGE],
      /No location of CloudTrail files is configured/,
      /--location URI/,
    ],
    ['a number that is none', ['backfill', 'list', '--limit', 'ten'], /--limit "ten"/, /--limit 3/],
    ['a window of nothing', ['backfill', 'window', 'b'], /nothing to change/, /--days, --batches or both/],
    ['a window of no days', ['backfill', 'window', 'b', '--days', '0'], /--days "0" .* from 1 to 100/, /--days 3/],
    [
      'a window of too many batches',
      ['backfill', 'window', 'b', '--batches', '501'],
      /--batches "501" .* from 1 to 500/,
      /--batches 3/,
    ],
    ['a long reason', ['backfill', 'pause', 'b', '--reason', 'x'.repeat(201)], /201 characters/, /a short text/],
    ['nobody to pause', ['backfill', 'pause', 'b'], /No Temporal server is running for the project/, /trailmill dev/],
    ['no server', ['backfill', 'list'], /No Temporal server is running for the project/, /trailmill dev/],
    ['a server that is not there', ['backfill', 'list', '--address', '127.0.0.1:9'], /127\.0\.0\.1:9/, /address/],
    ['an address with a scheme', ['backfill', 'list', '--address', 'http://localhost:7233'], /--address/, /host:port/],
  ];

  test.each(cases)(
    '%s',
    async (_, argv, message, cure) => {
      const { code, stdout, stderr } = await trailmill(...argv);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      const lines = stderr.trimEnd().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(/^trailmill: /);
      expect(lines[0]).toMatch(message);
      expect(lines[1]).toMatch(cure);
    },
    15_000,
  );

  test.each(cases)(
    'as JSON: %s',
    async (_, argv, message, cure) => {
      const { code, stdout, stderr } = await trailmill(...argv, '--json');
      expect(code).toBe(2);
      expect(stderr).toBe('');
      const { error } = JSON.parse(stdout);
      expect(error.message).toMatch(message);
      expect(error.cure).toMatch(cure);
    },
    15_000,
  );
});

describe('a location without CloudTrail files', () => {
  test('says where they should be', async () => {
    mkdirSync(join(cwd, 'empty'));
    const { code, stderr } = await start(...RANGE, '--location', 'empty');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no AWSLogs\/ under file:\/\/.*empty/);
    expect(stderr).toMatch(/--key-prefix/);
  });

  test('knows the prefix when it is one level down', async () => {
    bucketAt('logs/trails');
    const { stderr } = await start(...RANGE, '--location', 'logs');
    expect(stderr).toMatch(/--key-prefix trails/);
  });

  test('knows that the location is AWSLogs itself', async () => {
    bucketAt('logs');
    const { stderr } = await start(...RANGE, '--location', 'logs/AWSLogs');
    expect(stderr).toMatch(/--location file:\/\/.*\/logs\n/);
  });

  test('knows that the prefix is too much', async () => {
    bucketAt('logs');
    const { stderr } = await start(...RANGE, '--location', 'logs', '--key-prefix', 'wrong');
    expect(stderr).toMatch(/omit --key-prefix/);
  });

  test('is not said of a good one: the server is the next thing that is missing', async () => {
    bucketAt('logs');
    const { code, stderr } = await start(...RANGE, '--location', 'logs');
    expect(code).toBe(2);
    expect(stderr).toMatch(/No Temporal server/);
  });
});

describe('help', () => {
  test.each([
    ['trailmill', []],
    ['demo', ['demo']],
    ['dev', ['dev']],
    ['worker', ['worker']],
    ['sample', ['sample']],
    ['init', ['init']],
    ['check', ['check']],
    ['plan', ['plan']],
    ['iam-policy', ['iam-policy']],
    ['start', ['backfill', 'start']],
    ['status', ['backfill', 'status']],
    ['list', ['backfill', 'list']],
    ['pause', ['backfill', 'pause']],
    ['resume', ['backfill', 'resume']],
    ['window', ['backfill', 'window']],
    ['cancel', ['backfill', 'cancel']],
  ])('%s: goes to stdout, with exit codes and the global options', async (_, words) => {
    const { code, stdout, stderr } = await trailmill(...words, '--help');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Exit codes:/);
    expect(stdout).toMatch(/--json/);
  });
});

describe('init', () => {
  test('writes the files once, and refuses to write over them', async () => {
    const first = await trailmill('init', 'project', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout).files).toHaveLength(6);
    const second = await trailmill('init', 'project');
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/already exists/);
  });
});
