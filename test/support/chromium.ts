/** A browser for the tests of web pages: from TRAILMILL_CHROMIUM, PATH, or Debian's package. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporalAvailable } from './temporal.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CURE =
  'Install Chromium (Debian: apt-get install chromium), or set TRAILMILL_CHROMIUM to the path of a Chromium or Chrome.';
/** Milliseconds. The package and its dependencies are about 150 MB. */
const INSTALL_LIMIT = 400_000;

/** For playwright: the sandbox does not start as root, which CI uses, and there is no graphics card. */
export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu'];

/**
 * Like `describeWithTemporal`, for tests of the server's UI: skipped, with the reason in the name, if there is no server or,
 * outside CI, no browser. `body` gets the browser's path.
 */
export function describeWithUi(name: string, body: (chromium: string) => void): void {
  const { skip } = describe;
  const { chromium, missing } = temporalAvailable() ? lookForChromium() : { missing: 'no Temporal server' };
  if (chromium !== undefined) describe(name, () => body(chromium));
  else skip(`${name} (${missing})`, () => body(''));
}

function lookForChromium(): { chromium?: string; missing?: string } {
  const log = (line: string) => process.stderr.write(`[chromium] ${line}\n`);
  try {
    return { chromium: findChromium(log) };
  } catch (error) {
    // A build must not be green because it tested nothing.
    if (process.env.CI) throw error;
    log(`NO BROWSER: the tests of the Temporal UI are SKIPPED. ${(error as Error).message}`);
    return { missing: 'no browser' };
  }
}

/**
 * Returns the path of a browser. Throws, with what to do, if there is none and none can be installed. It is synchronous,
 * because jest has to know whether a test is skipped before it runs it.
 */
export function findChromium(log: (line: string) => void): string {
  const named = process.env.TRAILMILL_CHROMIUM;
  if (named) {
    if (canRun(named)) return named;
    throw new Error(`TRAILMILL_CHROMIUM names ${named}, which cannot be run. ${CURE}`);
  }
  const found = onPath();
  if (found !== undefined) return found;
  // It can be installed only as root on a machine with Debian's packages, such as that of CI.
  if (process.getuid?.() !== 0 || !canRun('/usr/bin/apt-get')) throw new Error(`No Chromium was found. ${CURE}`);
  log('Installing Chromium with apt-get; this takes a minute or two');
  try {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  } catch (error) {
    // The message has the command line, then the output of apt-get, with the reason last.
    const reason = (error as Error).message.trim().split('\n').at(-1);
    throw new Error(`Chromium could not be installed: ${reason}. ${CURE}`);
  }
  const installed = onPath();
  if (installed === undefined) throw new Error(`apt-get installed no Chromium. ${CURE}`);
  return installed;
}

/** Waits for others that use apt-get: another test file, or the machine itself soon after its start. */
function apt(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (const end = Date.now() + INSTALL_LIMIT; ; ) {
    try {
      execFileSync('apt-get', args, { env, timeout: INSTALL_LIMIT, maxBuffer: 64 << 20, stdio: 'pipe' });
      return;
    } catch (error) {
      if (Date.now() > end || !/Unable to (acquire|lock)|Could not get lock/.test((error as Error).message))
        throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    }
  }
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
