/** A browser for the tests that look at pages: from TRAILMILL_CHROMIUM, PATH, or Debian's package. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CURE =
  'Install Chromium (Debian: apt-get install chromium), or set TRAILMILL_CHROMIUM to the path of a Chromium or Chrome.';
/** Milliseconds. The package and what it needs are about 150 MB. */
const INSTALL_LIMIT = 400_000;

/** The path of a browser. Throws, with what to do, when there is none and none can be installed. */
export async function findChromium(log: (line: string) => void): Promise<string> {
  const named = process.env.TRAILMILL_CHROMIUM;
  if (named) {
    if (canRun(named)) return named;
    throw new Error(`TRAILMILL_CHROMIUM names ${named}, which cannot be run. ${CURE}`);
  }
  const found = onPath();
  if (found !== undefined) return found;
  // Only the superuser of a machine with Debian's packages can be helped, and is: that is CI's machine.
  if (process.getuid?.() !== 0 || !canRun('/usr/bin/apt-get')) throw new Error(`No Chromium was found. ${CURE}`);
  log('Installing Chromium with apt-get; this takes a minute or two');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env, timeout: INSTALL_LIMIT });
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    await run('apt-get', install, { env, timeout: INSTALL_LIMIT, maxBuffer: 64 << 20 });
  } catch (error) {
    throw new Error(`Chromium could not be installed: ${(error as Error).message.split('\n')[0]}. ${CURE}`);
  }
  const installed = onPath();
  if (installed === undefined) throw new Error(`apt-get installed no Chromium. ${CURE}`);
  return installed;
}

function onPath(): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.flatMap((directory) => NAMES.map((name) => join(directory, name))).find(canRun);
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
