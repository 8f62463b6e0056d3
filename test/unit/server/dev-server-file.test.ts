/** `.trailmill/dev-server.json` out of date, damaged or made up: nobody is ended for it, and one at most starts a server. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commandOf, startOf, thisProcess } from '../../../install/processes';
import { claimDevServer } from '../../../server/dev-server-claim';
import { devServerFile, readDevServer, runningDevServer } from '../../../server/dev-server-file';

let projectDir: string;
let file: string;
let bystander: ChildProcess;
const lines: string[] = [];
const signals: unknown[][] = [];
beforeEach(async () => {
  projectDir = mkdtempSync(join(tmpdir(), 'trailmill-dev-'));
  file = devServerFile(projectDir);
  mkdirSync(dirname(file));
  bystander = spawn('sleep', ['1000']);
  await once(bystander, 'spawn');
  lines.length = 0;
  signals.length = 0;
  // Nothing of what these tests look for is to happen to the machine that they run on.
  jest.spyOn(process, 'kill').mockImplementation((...call) => {
    if (call[1] !== 0) signals.push(call);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  bystander.kill('SIGKILL');
  rmSync(projectDir, { recursive: true, force: true });
});

const claim = () => claimDevServer(projectDir, 'default', (line) => lines.push(line));

/** A record of the bystander as a server whose owner is gone: all of it true. */
function record(over: object = {}): Record<string, unknown> {
  const pid = bystander.pid as number;
  return {
    format: 1,
    id: 'a',
    pid,
    started: startOf(pid),
    command: commandOf(pid),
    ownerPid: 2 ** 22 + 1,
    ownerStarted: 'x/1',
    address: '127.0.0.1:1',
    uiUrl: 'http://127.0.0.1:2',
    namespace: 'default',
    startedAt: '2026-11-29T00:00:00.000Z',
    ...over,
  };
}

const old = (over: object) => JSON.stringify({ ...record(over), format: undefined, id: undefined, started: undefined });

describe('a record that is out of date', () => {
  it.each([
    ['of another start', () => record({ started: `${startOf(bystander.pid as number)}0` })],
    ['of another command', () => record({ command: 'temporal server start-dev' })],
    ['of another boot', () => record({ started: `x/${startOf(bystander.pid as number)?.split('/')[1]}` })],
    ['of this process, when it is process 1 again', () => record({ ownerPid: process.pid, started: 'x/1' })],
    [
      'that was started by what had our id before',
      () => ({
        ...record({ ownerPid: process.pid, ownerStarted: 'x/1', address: '', uiUrl: '' }),
        ...{ pid: undefined, started: undefined, command: undefined },
      }),
    ],
  ])('%s names no server, and no process is stopped', async (_, content) => {
    writeFileSync(file, JSON.stringify(content()));
    expect(await runningDevServer(projectDir)).toBeUndefined();
    await claim();
    expect(signals).toEqual([]);
    expect(lines).toEqual([]);
    expect((await readDevServer(projectDir)).record).toMatchObject({ ownerPid: process.pid, address: '' });
  });
});

describe('a file that is not a record', () => {
  it.each([
    ['cut off', () => JSON.stringify(record()).slice(0, -20), 'it is not JSON'],
    ['empty', () => '', 'it is not JSON'],
    ['null', () => 'null', 'expected object'],
    ['a list', () => '[1]', 'expected object'],
    ['of the older form', () => old({}), 'another version'],
    ['of the older form, and names everybody', () => old({ pid: -1 }), 'another version'],
    ['of a later form', () => JSON.stringify(record({ format: 2 })), 'another version'],
    ['for everybody', () => JSON.stringify(record({ pid: -1 })), 'pid'],
    ['for this group of processes', () => JSON.stringify(record({ pid: 0 })), 'pid'],
    ['for another group of processes', () => JSON.stringify(record({ pid: -process.pid })), 'pid'],
    ['for process 1', () => JSON.stringify(record({ pid: 1 })), 'pid'],
    ['for half a process', () => JSON.stringify(record({ pid: 2.5 })), 'pid'],
    ['for a process by name', () => JSON.stringify(record({ pid: String(bystander.pid) })), 'pid'],
    ['for a process beyond all numbers', () => JSON.stringify(record()).replace(/"pid":\d+/, '"pid":1e999'), 'pid'],
    ['somewhere else', () => JSON.stringify(record({ address: 'example.com:7233' })), 'address'],
    ['endless', () => JSON.stringify(record({ namespace: 'x'.repeat(100_000) })), 'bytes'],
  ])('%s is reported in one line, and no process is stopped', async (_, content, why) => {
    writeFileSync(file, content());
    expect(await runningDevServer(projectDir)).toBeUndefined();
    await claim();
    expect(signals).toEqual([]);
    expect(lines).toEqual([expect.stringContaining(`Ignoring ${file}: `)]);
    expect(lines[0]).toContain(why);
    expect(lines[0]).not.toContain('\n');
    expect((await readDevServer(projectDir)).record).toBeDefined();
  });

  it('but a pipe does not block, and a link is not followed', async () => {
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    await (await claim()).release();
    const elsewhere = join(projectDir, 'elsewhere');
    writeFileSync(elsewhere, JSON.stringify(record()));
    symlinkSync(elsewhere, file);
    await claim();
    expect(signals).toEqual([]);
    expect(lines).toHaveLength(2);
    expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual(record());
  });

  it('but a directory is a mistake with a cure', async () => {
    mkdirSync(join(file, 'x'), { recursive: true });
    await expect(claim()).rejects.toMatchObject({
      name: 'UserMistake',
      message: expect.stringContaining(`${file} cannot be written`),
      cure: expect.stringContaining('Remove'),
    });
  });
});

describe('a valid record', () => {
  it('of a server whose owner lives keeps others from starting one', async () => {
    const { pid: ownerPid, started: ownerStarted } = thisProcess();
    writeFileSync(file, JSON.stringify(record({ ownerPid, ownerStarted })));
    await expect(claim()).rejects.toMatchObject({
      name: 'UserMistake',
      message: expect.stringContaining(`is already running at 127.0.0.1:1 (process ${bystander.pid})`),
    });
    expect(signals).toEqual([]);
  });

  it('of a server whose owner is gone stops that server', async () => {
    jest.restoreAllMocks();
    const ended = once(bystander, 'exit');
    writeFileSync(file, JSON.stringify(record()));
    await claim();
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(lines).toEqual([`Stopping a leftover Temporal server of this project (process ${bystander.pid}).`]);
  });

  it('is removed with the claim that wrote it, and with no other', async () => {
    const first = await claim();
    await first.publish({ pid: bystander.pid as number, address: '127.0.0.1:1', uiUrl: 'http://127.0.0.1:2' });
    await expect(claim()).rejects.toThrow('is already running');
    const ended = once(bystander, 'exit');
    bystander.kill('SIGKILL');
    await ended;
    const second = await claim();
    await first.release();
    expect((await readDevServer(projectDir)).record).toBeDefined();
    await second.release();
    expect(existsSync(file)).toBe(false);
  });
});

it('of many that start at the same moment over a stale record, one succeeds', async () => {
  writeFileSync(file, JSON.stringify(record({ started: 'x/1' })));
  const script = `
    const { claimDevServer } = require('./server/dev-server-claim.ts');
    process.stdin.once('data', () => claimDevServer(${JSON.stringify(projectDir)}, 'default', () => {})
      .then(() => console.log('mine'), (error) => console.log(error.message)));
    console.log('ready');
  `;
  const root = join(__dirname, '../../..');
  const starting = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const child = spawn(process.execPath, ['-r', './test/support/register-ts.js', '-e', script], { cwd: root });
      await once(child.stdout, 'data');
      return child;
    }),
  );
  const said = starting.map(async (child) => String((await once(child.stdout, 'data'))[0]).trim());
  for (const child of starting) child.stdin.write('go\n');
  const answers = await Promise.all(said);
  for (const child of starting) child.kill('SIGKILL');
  expect(answers.filter((answer) => answer === 'mine')).toHaveLength(1);
  expect(answers.filter((answer) => /is being started by process \d+/.test(answer))).toHaveLength(4);
});
