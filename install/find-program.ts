/** Finds a program that Trailmill runs: named, installed, cached, downloaded or built; in this order. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join, sep } from 'node:path';
import { UserMistake } from '../errors/index.js';
import { defaultCacheDir, type InstallMethod, installOnce } from './install-once.js';
import { buildProgram, downloadProgram, type Installer, type Program } from './program-install.js';

/** Where a program is looked for, and how it is installed. */
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
    // There is no checksum to compare with: what was installed is run before it takes its place.
    whyNot: async (path) => {
      const reason = await program.whyNot(path, env);
      return reason === undefined ? undefined : `what was installed does not work: ${reason}`;
    },
    onFailure: ({ method, reason }) => {
      tried.push(`${method}: ${reason}`);
      log(`No ${title} by ${method}: ${reason}`);
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
