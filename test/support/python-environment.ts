/** A cached Python environment of pinned packages. It is made once a machine and needs the network only then. */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheDir } from '../../worker/cache-dir.js';

/** Environment name between the global setup and the test files: the Python that has the readers. */
export const PYTHON = 'TRAILMILL_TEST_PYTHON';

const REQUIREMENTS = [
  'pyiceberg[pyarrow]==0.12.*',
  'duckdb==1.5.5',
  'duckdb-extension-avro==1.5.5',
  'duckdb-extension-httpfs==1.5.5',
  'duckdb-extension-iceberg==1.5.5',
];
/** Written last into the environment: one without it was cut off while it was made. */
const READY = 'trailmill-ready';
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

/**
 * The Python of the cached environment. It is made in a directory of its own and renamed, so that two runs cannot disturb
 * each other. Rejects when there is no Python, or when its packages cannot be had.
 */
export async function pythonEnvironment(log: (line: string) => void): Promise<string> {
  const base = process.env.TRAILMILL_PYTHON || 'python3';
  const { stdout: version } = await run(base, ['-c', 'import sys; print(sys.version, sys.base_prefix)']);
  const hash = createHash('sha256')
    .update([version, ...REQUIREMENTS].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const cache = defaultCacheDir(process.env);
  const directory = join(cache, `python-${hash}`);
  const python = join(directory, 'bin', 'python');
  if (await exists(join(directory, READY))) return python;
  log(`Installing PyIceberg and DuckDB into ${directory}, once`);
  await mkdir(cache, { recursive: true });
  const lock = join(cache, `.python-${hash}-${randomUUID()}`);
  try {
    // Packages go into a plain directory: unlike a virtual environment's scripts, it may be moved when it is complete.
    await run(base, ['-m', 'venv', '--without-pip', lock]);
    const site = await sitePackages(join(lock, 'bin', 'python'));
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', site];
    await run(base, [...install, ...REQUIREMENTS], { timeout: INSTALL_TIMEOUT_MS });
    await mkdir(join(lock, READY));
    await rename(lock, directory);
  } catch (error) {
    await rm(lock, { recursive: true, force: true });
    // Another run was quicker.
    if (!(await exists(join(directory, READY)))) throw error;
  }
  return python;
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
