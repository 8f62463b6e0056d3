/**
 * Finds a program that Trailmill runs: from the environment variable, on the PATH, in the cache, by download, or by building
 * it, in this order.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join, sep } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { defaultCacheDir, type InstallMethod, installOnce } from './install-once.js';
import { buildProgram, downloadProgram, type Installer, type Program } from './program-install.js';

/** Where to look for a program, and how to install it. */
export interface FindProgramOptions {
  env: NodeJS.ProcessEnv;
  /** Default: `defaultCacheDir`. */
  cacheDir?: string;
  /** Called for each progress line. */
  log: (line: string) => void;
  download?: Installer;
  build?: Installer;
}

/**
 * Returns the path of a program that works. Throws `UserMistake` that lists everything that was tried. If the environment
 * variable names a program that does not work, this is an error, and no other program is tried.
 */
export async function findProgram(program: Program, options: FindProgramOptions): Promise<string> {
  const { env, log, download = downloadProgram, build = buildProgram } = options;
  const { title, command, variable } = program;
  const named = env[variable];
  if (named) {
    const reason = await program.whyNot(named, env);
    if (!reason) return named;
    throw new UserMistake(`${variable} is set to ${named}, but ${reason}.`, `Set it to a ${title}, or unset it.`);
  }
  const file = fileName(program);
  const tried: string[] = [];
  const installed = await onPath(file, env);
  if (installed) {
    const reason = await program.whyNot(installed, env);
    if (!reason) return installed;
    tried.push(`${installed}: ${reason}`);
    log(`Skipping ${installed}: ${reason}.`);
  } else tried.push(`PATH: there is no \`${command}\``);

  const cached = cachedPath(program, options);
  const directory = dirname(cached);
  const method = (name: string, install: Installer): InstallMethod => ({
    name,
    install: (path) => install(program, path, { env, log }),
  });
  await installOnce({
    title: `the ${title}`,
    target: cached,
    prefix: `${directory}${sep}`,
    isReady: async () => (await isExecutable(cached)) && (await program.whyNot(cached, env)) === undefined,
    methods: [method('download', download), method('build', build)],
    // There is no checksum to compare with, so the installed program is run before it is moved to its final path.
    whyNot: async (path) => {
      const reason = await program.whyNot(path, env);
      return reason === undefined ? undefined : `the installed program does not work: ${reason}`;
    },
    onFailure: ({ method, reason }) => {
      tried.push(`${method}: ${reason}`);
      log(`Could not get a ${title} by ${method}: ${reason}`);
    },
    failure: () =>
      new UserMistake(
        `No ${title} was found. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
        `Install ${program.home}, or Go and run \`go install ${program.module}\`, and set ${variable} to it` +
          `${program.otherwise ? `; or ${program.otherwise}` : ''}.`,
      ),
    log,
  });
  return cached;
}

/** A program that is there, and where it was found. */
export interface FoundProgram {
  path: string;
  /** The name of the environment variable, `PATH` or `cache`. */
  from: string;
}

/** The program that `findProgram` would take, if it is already there: nothing is run, and nothing is installed. */
export async function lookForProgram(
  program: Program,
  options: Pick<FindProgramOptions, 'env' | 'cacheDir'>,
): Promise<FoundProgram | undefined> {
  const { env } = options;
  const named = env[program.variable];
  if (named) return { path: named, from: program.variable };
  const installed = await onPath(fileName(program), env);
  if (installed) return { path: installed, from: 'PATH' };
  const cached = cachedPath(program, options);
  return (await isExecutable(cached)) ? { path: cached, from: 'cache' } : undefined;
}

function fileName({ command }: Program): string {
  return process.platform === 'win32' ? `${command}.exe` : command;
}

function cachedPath(program: Program, { env, cacheDir }: Pick<FindProgramOptions, 'env' | 'cacheDir'>): string {
  return join(cacheDir ?? defaultCacheDir(env), program.command, program.version, fileName(program));
}

/** The first executable file with this name on the PATH. */
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
