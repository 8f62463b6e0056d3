/** Cached Python environments of pinned packages. Each is made once a machine and needs the network only then. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserMistake } from '../../errors/index.js';
import { defaultCacheDir, exists, installOnce } from '../../install/install-once.js';

/** Where environments are kept and what tells the progress. */
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
  const { env, log } = options;
  const base = env.TRAILMILL_PYTHON || 'python3';
  const make = async (path: string, target: string): Promise<void> => {
    log(`Installing ${title} into ${target}, once`);
    await makeEnvironment(base, path, requirements, env);
  };
  try {
    const { stdout: version } = await run(base, ['-c', 'import sys; print(sys.version, sys.base_prefix)'], { env });
    const hash = createHash('sha256')
      .update([version, ...requirements].join('\n'))
      .digest('hex')
      .slice(0, 12);
    const directory = join(options.cacheDir ?? defaultCacheDir(env), `python-${hash}`);
    await installOnce({
      title,
      target: directory,
      prefix: `${directory}.`,
      isReady: () => exists(join(directory, READY)),
      methods: [{ name: 'pip', install: (path) => make(path, directory) }],
      failure: ([{ cause }]) => cause,
      log,
    });
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

/** Packages go into a plain directory: unlike a virtual environment's scripts, it may be moved when it is complete. */
async function makeEnvironment(
  base: string,
  directory: string,
  requirements: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await run(base, ['-m', 'venv', '--without-pip', directory], { env });
  const site = await sitePackages(join(directory, 'bin', 'python'));
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', site];
  await run(base, [...install, ...requirements], { env, timeout: INSTALL_TIMEOUT_MS });
  await mkdir(join(directory, READY));
}

async function sitePackages(python: string): Promise<string> {
  return (await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])).stdout.trim();
}
