/** A lock between processes: a file that names its owner, and whose time the owner renews. */

import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCodeOf } from '../errors/index.js';
import { isAlive, isStill, thisProcess } from './processes.js';

const TOUCH_EVERY = 5_000;
/** Milliseconds without a touch after which the owner counts as dead: it may have run on another machine. */
const STALE_AFTER = 60_000;
const LOOK_EVERY = 250;
const PROGRESS_EVERY = 15_000;

/**
 * Runs `call` while holding the lock `file`, and returns its result. While another process holds it, `waiting` gets the
 * seconds waited so far: at first, then every 15 s. The lock of a process that has ended is broken.
 */
export async function withLock<T>(
  file: string,
  waiting: (seconds: number) => void,
  call: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const started = Date.now();
  let told = 0;
  while (!(await take(file))) {
    const stale = await findStale(file);
    if (stale === undefined) await wait(LOOK_EVERY);
    else await breakLock(file, stale);
    if (told === 0 || Date.now() - told > PROGRESS_EVERY) {
      told = Date.now();
      waiting(Math.round((told - started) / 1000));
    }
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // It was removed: only the exclusion is lost.
  }, TOUCH_EVERY);
  try {
    return await call();
  } finally {
    clearInterval(timer);
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
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

/** The content of a lock whose owner has ended; `undefined` while it is held. */
async function findStale(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    const text = await readFile(file, 'utf8');
    return Date.now() - mtimeMs > STALE_AFTER || isAbandoned(text) ? text : undefined;
  } catch {
    return undefined; // Just released.
  }
}

/** Whether the owner has ended. Unknown for other machines and other formats, where only the file's time counts. */
function isAbandoned(text: string): boolean {
  const [pid, host, started] = text.split(' ');
  if (host !== hostname() || !/^\d+$/.test(pid)) return false;
  // Locks of older versions do not say when their owner started.
  return started ? !isStill({ pid: Number(pid), started }) : !isAlive(Number(pid));
}

/**
 * Removes the lock of a dead owner. Of many that found it, one at a time looks once more and removes it; only then can a
 * new lock be there, and that is not removed.
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
    // Removing a lock takes milliseconds: after this long, the process that began to has ended.
    if (Date.now() - since > STALE_AFTER) await rm(breaking, { force: true });
    else await wait(LOOK_EVERY / 10);
    return;
  }
  try {
    if ((await findStale(file)) === stale) await rm(file, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}
