/** Finds the Temporal server: named, installed, cached, downloaded or built; in this order. */
import { constants } from 'node:fs';
import { access, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { withLock } from './install-lock.js';
import {
  buildServer,
  downloadServer,
  type Installer,
  SERVER_MODULE,
  SERVER_VERSION,
  whyNotServer,
} from './server-install.js';

export interface FindServerOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `$TRAILMILL_CACHE`, else `~/.cache/trailmill`. */
  cacheDir?: string;
  /** Progress, a line a call. */
  log: (line: string) => void;
  download?: Installer;
  build?: Installer;
}

const PROGRAM = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** Where Trailmill keeps what it downloaded. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return env.TRAILMILL_CACHE || join(env.HOME || homedir(), '.cache', 'trailmill');
}

/**
 * The path of a `temporal` program that can run the development server. Throws `UserMistake` with all that was tried.
 * A program named in TRAILMILL_TEMPORAL_BINARY that does not work is a mistake, never passed over.
 */
export async function findServerBinary(options: FindServerOptions): Promise<string> {
  const { env, log, download = downloadServer, build = buildServer } = options;
  const named = env.TRAILMILL_TEMPORAL_BINARY;
  if (named) {
    const reason = await whyNotServer(named, env);
    if (!reason) return named;
    throw new UserMistake(
      `TRAILMILL_TEMPORAL_BINARY names ${named}, but ${reason}.`,
      'Name a Temporal CLI, or unset the variable.',
    );
  }
  const tried: string[] = [];
  const installed = await onPath(env);
  if (installed) {
    const reason = await whyNotServer(installed, env);
    if (!reason) return installed;
    tried.push(`${installed}: ${reason}`);
    log(`Passing over ${installed}: ${reason}.`);
  } else tried.push('PATH: there is no `temporal`');

  const directory = join(options.cacheDir ?? defaultCacheDir(env), 'temporal', SERVER_VERSION);
  const cached = join(directory, PROGRAM);
  if (await isCached(cached, env)) return cached;
  const waiting = (seconds: number) => {
    log(`Another process is installing the Temporal server: waiting${seconds ? ` (${seconds} s)` : ''}`);
  };
  return withLock(join(directory, 'lock'), waiting, async () => {
    // Perhaps the process that was waited for has done it.
    if (await isCached(cached, env)) return cached;
    await removeLeftovers(directory);
    for (const [name, install] of [
      ['download', download],
      ['build', build],
    ] as const) {
      try {
        await install(cached, { env, log });
        return cached;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        tried.push(`${name}: ${reason}`);
        log(`No Temporal server by ${name}: ${reason}`);
      }
    }
    throw new UserMistake(
      `No Temporal server was found. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
      `Install the Temporal CLI (https://docs.temporal.io/cli), or Go and run \`go install ${SERVER_MODULE}\`, and set ` +
        'TRAILMILL_TEMPORAL_BINARY to it; or use a cluster that runs elsewhere: set TEMPORAL_ADDRESS.',
    );
  });
}

/** What an installation that was killed left; under the lock nobody else is at work. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith('install-')) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** A broken file in the cache is replaced. */
async function isCached(path: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await isExecutable(path)) && (await whyNotServer(path, env)) === undefined;
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (env.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, PROGRAM);
    if (directory !== '' && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
