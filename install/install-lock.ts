/** A lock between processes: a file that contains its owner and whose modification time the owner updates. */

import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCodeOf } from '../errors/index.js';
import { PROGRESS_INTERVAL_MS } from './download.js';
import { isAlive, isSameProcess, thisProcess } from './processes.js';

const TOUCH_INTERVAL_MS = 5_000;
/** Milliseconds without an update after which the owner is considered dead; it may have run on another machine. */
const STALE_AFTER_MS = 60_000;
const POLL_INTERVAL_MS = 250;

/**
 * Runs `call` while holding the lock `file`, and returns its result. While another process holds the lock, `waiting` is called
 * with the seconds waited so far: immediately, then every 15 s. The lock of a process that has ended is removed.
 */
export async function withLock<T>(
  file: string,
  waiting: (seconds: number) => void,
  call: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const started = Date.now();
  let reportedAt = 0;
  while (!(await tryAcquire(file))) {
    const stale = await findStale(file);
    if (stale === undefined) await wait(POLL_INTERVAL_MS);
    else await breakLock(file, stale);
    if (reportedAt === 0 || Date.now() - reportedAt > PROGRESS_INTERVAL_MS) {
      reportedAt = Date.now();
      waiting(Math.round((reportedAt - started) / 1000));
    }
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // The lock was removed: only mutual exclusion is lost.
  }, TOUCH_INTERVAL_MS);
  try {
    return await call();
  } finally {
    clearInterval(timer);
    await rm(file, { force: true });
  }
}

async function tryAcquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    const { pid, started } = thisProcess();
    await handle.writeFile(`${pid} ${hostname()} ${started}`).finally(() => handle.close());
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The content of a stale lock, whose owner has ended; `undefined` while it is held. */
async function findStale(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    const text = await readFile(file, 'utf8');
    return Date.now() - mtimeMs > STALE_AFTER_MS || isAbandoned(text) ? text : undefined;
  } catch {
    return undefined; // Just released.
  }
}

/** Whether the owner has ended. False for other machines and unknown formats, for which only the file's time counts. */
function isAbandoned(text: string): boolean {
  const [pid, host, started] = text.split(' ');
  if (host !== hostname() || !/^\d+$/.test(pid)) return false;
  // Locks of older versions do not contain the start time of their owner.
  return started ? !isSameProcess({ pid: Number(pid), started }) : !isAlive(Number(pid));
}

/**
 * Removes a stale lock. If several processes find it, only one at a time checks it again and removes it, so that a new lock that
 * another process has created in the meantime is not removed.
 */
async function breakLock(file: string, stale: string): Promise<void> {
  const breaking = `${file}.breaking`;
  try {
    await (await open(breaking, 'wx')).close();
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    const since = await stat(breaking).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    // Removing a lock takes milliseconds: after this long, the process that started it has ended.
    if (Date.now() - since > STALE_AFTER_MS) await rm(breaking, { force: true });
    else await wait(POLL_INTERVAL_MS / 10);
    return;
  }
  try {
    if ((await findStale(file)) === stale) await rm(file, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}
