/** A process id names a process only together with its start: what is signalled, what counts as alive, what a lock says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withLock } from '../../../install/install-lock';
import {
  commandOf,
  isAlive,
  isSameProcess,
  type KnownCommand,
  signalProcess,
  startFromPs,
  startOf,
  thisProcess,
} from '../../../install/processes';
import { startServerProcess, startWatcher } from '../../../server/server-process';

const children: ChildProcess[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function sleeper(program = 'sleep'): Promise<KnownCommand & { ended: Promise<unknown> }> {
  const child = spawn(program, ['1000']);
  children.push(child);
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  const pid = child.pid as number;
  return { pid, started: startOf(pid) as string, command: commandOf(pid) as string, ended };
}

async function gone(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid as number;
}

describe('a process', () => {
  it('is identified by its start and its command, and unknown after its end', async () => {
    const { pid, started, command } = await sleeper();
    expect(command).toBe('sleep 1000');
    expect(started).not.toBe(startOf(process.pid));
    expect(isSameProcess({ pid, started })).toBe(true);
    expect(isSameProcess(thisProcess())).toBe(true);
    const dead = await gone();
    expect([startOf(dead), commandOf(dead), isAlive(dead)]).toEqual([undefined, undefined, false]);
  });

  it('may have a name with any characters', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trailmill-names-'));
    const program = join(directory, 'a) S 1 (b');
    symlinkSync('/bin/sleep', program);
    const odd = await sleeper(program);
    const plain = await sleeper();
    expect(odd.started.split('/')[0]).toBe(plain.started.split('/')[0]);
    expect(Number(plain.started.split('/')[1]) - Number(odd.started.split('/')[1])).toBeLessThan(1_000);
    rmSync(directory, { recursive: true });
  });

  it('that has ended counts as dead before its parent has waited for it', async () => {
    // A shell that becomes `sleep` never asks after its child.
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 1000']);
    children.push(parent);
    const [line] = await once(parent.stdout, 'data');
    const zombie = Number(String(line));
    while (isAlive(zombie)) await wait(10);
    expect(() => process.kill(zombie, 0)).not.toThrow();
    expect(startOf(zombie)).toBeUndefined();
  });

  it.each([-1, 0, -process.pid, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('is never number %d', (pid) => {
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    expect([isAlive(pid), startOf(pid), commandOf(pid)]).toEqual([false, undefined, undefined]);
    expect(kill).not.toHaveBeenCalled();
  });

  it('is found by `ps` too, for systems without /proc', async () => {
    const { pid, ended } = await sleeper();
    const started = startFromPs(pid);
    expect(started).toMatch(/^[A-Z][a-z]{2}_[A-Z][a-z]{2}_\d+_\d\d:\d\d:\d\d_\d{4}$/);
    expect(startFromPs(pid)).toBe(started);
    process.kill(pid, 'SIGKILL');
    await ended;
    expect(startFromPs(pid)).toBeUndefined();
  });
});

describe('a signal', () => {
  it('goes to the process with that id, start and command', async () => {
    const { ended, ...known } = await sleeper();
    expect(signalProcess(known, 'SIGTERM')).toBe(true);
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(signalProcess(known, 'SIGTERM')).toBe(false);
  });

  it('goes to no process if one of them differs', async () => {
    const { pid, started, command } = await sleeper();
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    const self = { ...thisProcess(), command: commandOf(process.pid) as string };
    const parent = { pid: process.ppid, started: startOf(process.ppid) ?? '', command: commandOf(process.ppid) ?? '' };
    const first = { pid: 1, started: startOf(1) ?? '', command: commandOf(1) ?? '' };
    for (const wrong of [
      { pid, started: `${started}0`, command },
      { pid, started: '', command },
      { pid, started, command: `${command}0` },
      { pid, started, command: '' },
      { pid: -1, started, command },
      { pid: 0, started, command },
      self,
      parent,
      first,
    ]) {
      expect(signalProcess(wrong, 'SIGKILL')).toBe(false);
    }
    expect(kill).not.toHaveBeenCalled();
  });
});

describe('the watcher that waits for the end of an owner', () => {
  it('stops its process', async () => {
    const { ended, ...known } = await sleeper();
    startWatcher(known)?.stdin?.end();
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it('does not stop another process that has the id by then', async () => {
    const { pid, started } = await sleeper();
    const watcher = startWatcher({ pid, started: `${started}0` }) as ChildProcess;
    watcher.stdin?.end();
    await once(watcher, 'exit');
    await wait(100);
    expect(isAlive(pid)).toBe(true);
  });

  it('exists for every server, and ends with it', async () => {
    const log = openSync('/dev/null', 'w');
    const server = await startServerProcess('sleep', ['1000'], { env: process.env, log });
    expect(isAlive(server.pid)).toBe(true);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });
});

describe('a lock', () => {
  let directory: string;
  let lock: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-lock-'));
    lock = join(directory, 'lock');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const taken = async (): Promise<boolean> => {
    let done = false;
    const call = withLock(
      lock,
      () => {},
      async () => {
        done = true;
      },
    );
    await Promise.race([call, wait(1_000)]);
    const took = done;
    rmSync(lock, { force: true });
    await call;
    return took;
  };

  it('of a process whose id is now used by another one is free at once', async () => {
    const { pid, started } = await sleeper();
    writeFileSync(lock, `${pid} ${hostname()} ${started}0`);
    expect(await taken()).toBe(true);
  });

  it.each([
    ['a living process holds', async () => sleeper().then(({ pid, started }) => `${pid} ${hostname()} ${started}`)],
    ['an older version wrote, of a living process,', async () => `${(await sleeper()).pid} ${hostname()}`],
    ['another machine holds', async () => `${await gone()} elsewhere x/1`],
    ['is being written', async () => ''],
    ['is nonsense', async () => `-1 ${hostname()} x/1`],
  ])('that %s is waited for', async (_, content) => {
    writeFileSync(lock, await content());
    expect(await taken()).toBe(false);
  });

  it('of a dead process is taken by one of many', async () => {
    writeFileSync(lock, `${await gone()} ${hostname()} x/1`);
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(
          lock,
          () => {},
          async () => {
            most = Math.max(most, ++inside);
            expect(readFileSync(lock, 'utf8')).toBe(`${process.pid} ${hostname()} ${startOf(process.pid)}`);
            await wait(1);
            inside--;
          },
        ),
      ),
    );
    expect(most).toBe(1);
  });
});
