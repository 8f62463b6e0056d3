/** Installs files into this machine's cache once, for all processes and projects. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withLock } from './install-lock.js';

/** The cache directory: `$TRAILMILL_CACHE`, or `~/.cache/trailmill`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return env.TRAILMILL_CACHE || join(env.HOME || homedir(), '.cache', 'trailmill');
}

/** One method of installing, such as a download or a build. */
export interface InstallMethod {
  name: string;
  /** Creates the file or directory at `path`. The directory of `path` is empty, and is removed afterwards. Throws if it fails. */
  install(path: string): Promise<void>;
}

/** An installation method that failed. */
export interface FailedInstall {
  method: string;
  /** The message of the error. */
  reason: string;
  cause: unknown;
}

/** Options of {@link installOnce}. */
export interface InstallOptions {
  /** With its article, as in "Another process is installing the Temporal server". */
  title: string;
  /** The path in the cache: a file or a directory. */
  target: string;
  /**
   * Path prefix of the lock and of temporary directories, in the same file system as the target: `DIRECTORY/` or `TARGET.`.
   * Installations with the same prefix wait for each other.
   */
  prefix: string;
  /** Whether the target exists and is usable. */
  isReady(): Promise<boolean>;
  /** Tried in this order. */
  methods: readonly InstallMethod[];
  /** SHA-256 of the target in hexadecimal, if it is a file with a known checksum. */
  sha256?: string;
  /** Checks an installed target before it is moved to its final path: `undefined`, or a one-line reason why it is unusable. */
  whyNot?(path: string): Promise<string | undefined>;
  /** Called for each method that fails. */
  onFailure?(failed: FailedInstall): void;
  /** Returns the error to throw if all methods have failed, with the cure. */
  failure(failed: readonly FailedInstall[]): unknown;
  /** Called for each progress line. */
  log: (line: string) => void;
}

/**
 * Installs the target if it is not ready: under a lock, with the first method that succeeds. The target appears only when it is
 * complete and verified; an unusable one is replaced. Throws the result of `failure`.
 */
export async function installOnce(options: InstallOptions): Promise<void> {
  const { title, prefix, log } = options;
  if (await options.isReady()) return;
  const waiting = (seconds: number): void =>
    log(`Another process is installing ${title}: waiting${seconds ? ` (${seconds} s)` : ''}`);
  await withLock(`${prefix}lock`, waiting, async () => {
    // The process that held the lock may have installed it.
    if (await options.isReady()) return;
    await removeUnfinished(prefix);
    const failed: FailedInstall[] = [];
    for (const method of options.methods) {
      try {
        return await installBy(method, options);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        failed.push({ method: method.name, reason, cause });
        options.onFailure?.({ method: method.name, reason, cause });
      }
    }
    throw options.failure(failed);
  });
}

async function installBy(method: InstallMethod, options: InstallOptions): Promise<void> {
  const { target, title, sha256, whyNot } = options;
  const directory = await mkdtemp(`${options.prefix}install-`);
  try {
    const path = join(directory, basename(target));
    await method.install(path);
    await access(path);
    const found = sha256 === undefined ? undefined : await sha256Of(path);
    if (found !== sha256) throw new Error(`${title} has the checksum ${found}, not ${sha256}`);
    const reason = await whyNot?.(path);
    if (reason !== undefined) throw new Error(reason);
    await mkdir(dirname(target), { recursive: true });
    // A rename replaces a file, but not a directory.
    if (await isDirectory(target)) await rm(target, { recursive: true, force: true });
    await rename(path, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes the temporary directories of installations that were killed. Must be called while holding the lock. */
async function removeUnfinished(prefix: string): Promise<void> {
  const [directory, start] = prefix.endsWith(sep) ? [prefix, ''] : [dirname(prefix), basename(prefix)];
  for (const name of await readdir(directory)) {
    if (name.startsWith(`${start}install`)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether a file or directory exists at this path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
