/** Installs something into this machine's cache once, for all processes and projects. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withLock } from './install-lock.js';

/** The cache directory: `$TRAILMILL_CACHE`, else `~/.cache/trailmill`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return env.TRAILMILL_CACHE || join(env.HOME || homedir(), '.cache', 'trailmill');
}

/** One method of installing, such as a download or a build. */
export interface InstallMethod {
  name: string;
  /** Creates the file or directory at `path`; the directory of `path` is empty, and is removed afterwards. Throws when it cannot. */
  install(path: string): Promise<void>;
}

/** A method that was tried in vain. */
export interface FailedInstall {
  method: string;
  /** The message of the error. */
  reason: string;
  cause: unknown;
}

/** What {@link installOnce} installs, where and how. */
export interface InstallOptions {
  /** With its article, as in "Another process is installing the Temporal server". */
  title: string;
  /** The path in the cache: a file or a directory. */
  target: string;
  /**
   * What the names of the lock and of temporary directories begin with, in the file system of the target. `DIRECTORY/` or
   * `TARGET.`: installations with the same prefix wait for each other.
   */
  prefix: string;
  /** True when the target is there and usable. */
  isReady(): Promise<boolean>;
  /** Tried in this order. */
  methods: readonly InstallMethod[];
  /** Of the target, a file, in hexadecimal. */
  sha256?: string;
  /** Checks what a method has made before it is moved to its place: `undefined`, or one line that says why it is unusable. */
  whyNot?(path: string): Promise<string | undefined>;
  /** Told of each method that failed. */
  onFailure?(failed: FailedInstall): void;
  /** The error to throw when all methods have failed, with the cure. */
  failure(failed: readonly FailedInstall[]): unknown;
  /** Progress, a line a call. */
  log: (line: string) => void;
}

/**
 * Makes sure that the target is there: under a lock, by the first method that succeeds. The target appears whole and verified
 * or not at all, and an unusable one is replaced. Throws what `failure` returns.
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

/** Removes what installations that were killed have left. To be called under the lock. */
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

/** True when something is at this path. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
