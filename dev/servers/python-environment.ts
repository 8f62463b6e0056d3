/** Cached Python environments of pinned packages. Each is made once a machine and needs the network only then. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserMistake } from '../../errors/index.js';
import { defaultCacheDir } from '../../install/cache-dir.js';
import { withLock } from '../../install/install-lock.js';

export interface PythonOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Progress, a line a call. */
  log: (line: string) => void;
}

/** Written last into the environment: one without it was cut off while it was made. */
const READY = 'trailmill-ready';
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

/**
 * The Python of the environment with these packages (`name==version`); `title` names them to a person. Throws
 * `UserMistake` when there is no Python, or when its packages cannot be had.
 */
export async function pythonEnvironment(
  title: string,
  requirements: readonly string[],
  options: PythonOptions,
): Promise<string> {
  const { env } = options;
  const base = env.TRAILMILL_PYTHON || 'python3';
  try {
    const { stdout: version } = await run(base, ['-c', 'import sys; print(sys.version, sys.base_prefix)'], { env });
    const hash = createHash('sha256')
      .update([version, ...requirements].join('\n'))
      .digest('hex')
      .slice(0, 12);
    const directory = join(options.cacheDir ?? defaultCacheDir(env), `python-${hash}`);
    await provide(directory, { base, title, requirements, ...options });
    return join(directory, 'bin', 'python');
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new UserMistake(
      `${title} cannot be had: ${(stderr || message).trim().replace(/\.?$/, '.')}`,
      'Set TRAILMILL_PYTHON to a Python 3.10 or newer that has pip, and let it reach PyPI once.',
      { cause: error },
    );
  }
}

interface Making extends PythonOptions {
  base: string;
  title: string;
  requirements: readonly string[];
}

async function provide(directory: string, { base, title, requirements, env, log }: Making): Promise<void> {
  const ready = join(directory, READY);
  if (await exists(ready)) return;
  const waiting = (seconds: number) => {
    log(`Another process is installing ${title}: waiting${seconds ? ` (${seconds} s)` : ''}`);
  };
  await withLock(`${directory}.lock`, waiting, async () => {
    if (await exists(ready)) return;
    log(`Installing ${title} into ${directory}, once`);
    const unfinished = `${directory}.install`;
    for (const left of [unfinished, directory]) await rm(left, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    try {
      // Packages go into a plain directory: unlike a virtual environment's scripts, it may be moved when it is complete.
      await run(base, ['-m', 'venv', '--without-pip', unfinished], { env });
      const site = await sitePackages(join(unfinished, 'bin', 'python'));
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', site];
      await run(base, [...install, ...requirements], { env, timeout: INSTALL_TIMEOUT_MS });
      await mkdir(join(unfinished, READY));
      await rename(unfinished, directory);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  });
}

async function sitePackages(python: string): Promise<string> {
  return (await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])).stdout.trim();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
