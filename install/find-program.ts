/** Finds a program that Trailmill runs: named, installed, cached, downloaded or built; in this order. */
import { constants } from 'node:fs';
import { access, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { defaultCacheDir } from './cache-dir.js';
import { withLock } from './install-lock.js';
import type { Program } from './program.js';
import { buildProgram, downloadProgram, type Installer } from './program-install.js';

export interface FindProgramOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Progress, a line a call. */
  log: (line: string) => void;
  download?: Installer;
  build?: Installer;
}

/**
 * The path of a program that works. Throws `UserMistake` with all that was tried. One that is named in the environment
 * and does not work is a mistake, never passed over.
 */
export async function findProgram(program: Program, options: FindProgramOptions): Promise<string> {
  const { env, log, download = downloadProgram, build = buildProgram } = options;
  const { title, command, variable } = program;
  const named = env[variable];
  if (named) {
    const reason = await program.whyNot(named, env);
    if (!reason) return named;
    throw new UserMistake(`${variable} names ${named}, but ${reason}.`, `Name a ${title}, or unset the variable.`);
  }
  const file = process.platform === 'win32' ? `${command}.exe` : command;
  const tried: string[] = [];
  const installed = await onPath(file, env);
  if (installed) {
    const reason = await program.whyNot(installed, env);
    if (!reason) return installed;
    tried.push(`${installed}: ${reason}`);
    log(`Passing over ${installed}: ${reason}.`);
  } else tried.push(`PATH: there is no \`${command}\``);

  const directory = join(options.cacheDir ?? defaultCacheDir(env), command, program.version);
  const cached = join(directory, file);
  // A broken file in the cache is replaced.
  const isCached = async () => (await isExecutable(cached)) && (await program.whyNot(cached, env)) === undefined;
  if (await isCached()) return cached;
  const waiting = (seconds: number) => {
    log(`Another process is installing the ${title}: waiting${seconds ? ` (${seconds} s)` : ''}`);
  };
  return withLock(join(directory, 'lock'), waiting, async () => {
    // Perhaps the process that was waited for has done it.
    if (await isCached()) return cached;
    await removeLeftovers(directory);
    for (const [name, install] of [
      ['download', download],
      ['build', build],
    ] as const) {
      try {
        await install(program, cached, { env, log });
        return cached;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        tried.push(`${name}: ${reason}`);
        log(`No ${title} by ${name}: ${reason}`);
      }
    }
    throw new UserMistake(
      `No ${title} was found. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
      `Install ${program.home}, or Go and run \`go install ${program.module}\`, and set ${variable} to it` +
        `${program.otherwise ? `; or ${program.otherwise}` : ''}.`,
    );
  });
}

/** What an installation that was killed left; under the lock nobody else is at work. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith('install-')) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** The first file of this name on the PATH that may be run. */
export async function onPath(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (env.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, file);
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
