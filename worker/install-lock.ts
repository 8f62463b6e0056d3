/** One installation at a time: a lock file with the owner's process id, touched while the owner lives. */
import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const TOUCH_EVERY = 5_000;
/** Milliseconds without a touch after which the owner counts as dead: it may have run on another machine. */
const STALE_AFTER = 60_000;
const LOOK_EVERY = 250;
const PROGRESS_EVERY = 15_000;

/**
 * Runs `call` under the lock, after whoever has it. Two processes that find the same dead owner at the same moment may
 * both go on: what they do must stand that (here: two builds, each put in place by an atomic rename).
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
    if (await isStale(file)) await rm(file, { force: true });
    else await wait(LOOK_EVERY);
    if (told === 0 || Date.now() - told > PROGRESS_EVERY) {
      told = Date.now();
      waiting(Math.round((told - started) / 1000));
    }
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {}); // Somebody removed it: nothing is lost but the exclusion.
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
    await handle.writeFile(`${process.pid} ${hostname()}`).finally(() => handle.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  try {
    if (Date.now() - (await stat(file)).mtimeMs > STALE_AFTER) return true;
    const [pid, host] = (await readFile(file, 'utf8')).split(' ');
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false; // Just released.
  }
}

/** True while there is a process with this id; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
