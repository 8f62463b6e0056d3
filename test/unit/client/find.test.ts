/** `trailmill find` over a warehouse on disk: what it prints, and its exit codes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../../client/terminal/io';
import { findWarehouse } from '../../support/find-warehouse';
import { runCommand, type Said } from '../../support/run-command';

let directory: string;
const find = (argv: readonly string[], io: Partial<Io> = {}): Promise<Said> =>
  runCommand(['find', ...argv, '--warehouse', join(directory, 'warehouse')], directory, Date.now, io);
let account: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-find-'));
  await findWarehouse(directory, { days: 1, eventsPerHour: 10 });
  const sql = 'SELECT cloud.account.id AS a, count(*) AS n FROM aws_cloudtrail GROUP BY ALL ORDER BY n DESC LIMIT 1';
  const { stdout } = await runCommand(['query', sql, '--json', '--warehouse', join(directory, 'warehouse')], directory);
  account = JSON.parse(stdout)[0].a;
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('shows counts, first and last time, and the newest events, in 80 columns', async () => {
  let shown = '';
  const stdout = { write: (text: string) => (shown += text), isTTY: true, columns: 80 };
  const { code, stderr } = await find([account, '0.0.0.0/1', '--limit', '3'], { stdout });
  expect(code).toBe(0);
  const lines = shown.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^value +kind +events +first seen +last seen$/);
  expect(lines[1]).toMatch(
    new RegExp(`^${account} +account +[\\d,]+ +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d +\\d{4}-`),
  );
  expect(lines[2]).toMatch(/^0\.0\.0\.0\/1 +CIDR +\d+/);
  expect(lines[4]).toMatch(/^time \(UTC\) +action +user +from +account +value$/);
  expect(lines.length).toBeLessThanOrEqual(5 + 6);
  expect(stderr).toMatch(
    /^Searched aws_cloudtrail and aws_cloudtrail_insights, .*: \d+ columns in \d+ data files; opened \d+\.\n/,
  );
  expect(stderr).toContain('older events are not shown');
});

it('prints all events as JSON, and as CSV, newest first', async () => {
  const { code, stdout } = await find([account, '--json']);
  const { events, values, looked } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(values).toEqual([
    { value: account, kind: 'account', events: events.length, firstSeen: events.at(-1).time, lastSeen: events[0].time },
  ]);
  expect(events.length).toBeGreaterThan(20);
  expect(events[0]).toMatchObject({ values: [account], table: expect.any(String), id: expect.any(String) });
  expect(looked.files).toBeGreaterThan(0);
  const csv = (await find([account, '--csv'])).stdout.trimEnd().split('\n');
  expect(csv[0]).toBe('value,kind,time,table,id,action,provider,account,region,user,ip,error,file');
  expect(csv).toHaveLength(events.length + 1);
  expect(csv[1]).toMatch(new RegExp(`^${account},account,${events[0].time},`));
});

it('ends with 1 where nothing is found, and says where it has looked', async () => {
  const { code, stdout } = await find(['AKIAIOSFODNN7NOTHERE', '--from', '2024-02-28', '--to', '2024-02-28']);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^Not found: AKIAIOSFODNN7NOTHERE \(access key id\)\.\nSearched aws_cloudtrail and .*, 2024-02-28: \d+ columns in \d+ data files/,
  );
  const json = await find(['AKIAIOSFODNN7NOTHERE', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ events: [], values: [{ events: 0, firstSeen: null }] });
  expect((await find(['AKIAIOSFODNN7NOTHERE', '--csv'])).stdout).toBe(
    'value,kind,time,table,id,action,provider,account,region,user,ip,error,file\n',
  );
});

it.each([
  [[''], '"" cannot be searched: it is empty.'],
  [['10.0.0.1/8'], 'its network begins at 10.0.0.0/8'],
  [['10.0.0.300'], 'it looks like an IP address, but is not valid'],
  [['10.0.0.0/33'], 'has at most 32 bits'],
  [['2024-02-28T00:00:00Z'], 'it is a time'],
  [['{"a":1}'], 'it is JSON'],
  [['x'.repeat(1025)], 'more than 1024 bytes'],
  [['alice', '--from', '2024-02-30'], 'is not in the calendar'],
  [['alice', '--from', '2024-03-02', '--to', '2024-03-01'], 'is before --from'],
  [['alice', '--in', 'user.nam'], 'Did you mean user.name?'],
  [['alice', '--json', '--csv'], 'contradict each other'],
  [['alice', '--limit', '0'], '--limit'],
  [[], 'value'],
])('refuses %j with a clear error', async (argv, message) => {
  const { code, stdout, stderr } = await find(argv);
  expect(stdout + stderr).toContain(message);
  expect(code).toBe(2);
});
