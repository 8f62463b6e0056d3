/** Cached Python environments with pinned packages. Each is created once per machine, and needs network access only then. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserMistake } from '../../errors/index.js';
import { defaultCacheDir, exists, installOnce } from '../../install/install-once.js';

/** Where environments are cached, and how progress is reported. */
export interface PythonOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Called with each line of progress. */
  log: (line: string) => void;
}

/** Created last in an environment: without it, the installation was interrupted. */
const READY = 'trailmill-ready';
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

/**
 * The Python program of the environment with these packages (`name==version`), which is installed if it is not in the cache.
 * `title` names them in messages. Throws `UserMistake` if there is no Python, or if the packages cannot be installed.
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
      `${title} cannot be installed: ${(stderr || message).trim().replace(/\.?$/, '.')}`,
      'Set TRAILMILL_PYTHON to a Python 3.10 or newer with pip, and give it access to PyPI once.',
      { cause: error },
    );
  }
}

/** Installs the packages into a plain directory: unlike the scripts of a virtual environment, it can be moved afterwards. */
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
