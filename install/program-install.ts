/** Programs that Trailmill installs, and the two methods: the official archive, and Go's module proxy where that is out of reach. */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { download, PROGRESS_EVERY, secondsSince } from './download.js';
import { runProgram, tail } from './run.js';

/** A program that Trailmill installs for itself: which version, from where, and how it is recognized. */
export interface Program {
  /** As in "No Temporal server was found". */
  title: string;
  /** Its file name, without `.exe`; also the name of its directory in the cache. */
  command: string;
  /** The version that is downloaded or built. */
  version: string;
  /** The environment variable by which a person names one. */
  variable: string;
  /** What `go install` builds, with the version. */
  module: string;
  /** Minutes that the build takes the first time, about. */
  buildMinutes: number;
  /** The official archive (tar, gzipped) for a platform and a processor, as Go spells them; `path`: the program in it. */
  archive(platform: string, arch: string): { url: string; path: string };
  /** `undefined` when this file is the program and new enough; else one line, such as "it is too old". */
  whyNot(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined>;
  /** Where a person gets it, as in "Install the Temporal CLI (https://…)". */
  home: string;
  /** What a person can do without it. */
  otherwise?: string;
}

/** What installers get beside the program. */
export interface InstallContext {
  env: NodeJS.ProcessEnv;
  /** Progress, a line a call. */
  log: (line: string) => void;
}

/** Creates the program at `target`, in a directory of its own; throws an `Error` with one line that says why not. */
export type Installer = (program: Program, target: string, context: InstallContext) => Promise<void>;

/** Milliseconds. */
const UNPACK_LIMIT = 120_000;
const BUILD_LIMIT = 20 * 60_000;

/** Downloads the archive of the pinned version for this platform and unpacks it. */
export const downloadProgram: Installer = async (program, target, { env, log }) => {
  const { url, path } = archiveOf(program);
  const directory = dirname(target);
  await mkdir(directory, { recursive: true });
  const archive = join(directory, 'archive.tar.gz');
  await download(url, archive, `the ${program.title} ${program.version}`, log);
  const unpacked = await runProgram('tar', ['-xzf', archive, '-C', directory], { env, timeout: UNPACK_LIMIT });
  if (unpacked.code !== 0) throw new Error(`the archive cannot be unpacked: ${tail(unpacked.output, 1)}`);
  await rename(join(directory, path), target);
};

/** Builds the pinned version with `go install`; the first time takes minutes, most of them for its modules. */
export const buildProgram: Installer = async (program, target, { env, log }) => {
  const { title, module, buildMinutes } = program;
  const version = await runProgram('go', ['version'], { env, timeout: 10_000 }).catch(() => undefined);
  if (version?.code !== 0) throw new Error('Go is not installed');
  log(`Building the ${title} with Go, once (some ${buildMinutes} minutes): go install ${module}`);
  const started = Date.now();
  let modules = 0;
  const timer = setInterval(() => {
    log(`Building the ${title}: ${secondsSince(started)} s${modules ? `, ${modules} modules downloaded` : ''}`);
  }, PROGRESS_EVERY);
  try {
    const built = await runProgram('go', ['install', module], {
      env: { ...env, GOBIN: dirname(target) },
      timeout: BUILD_LIMIT,
      onLine: (line) => {
        if (line.startsWith('go: downloading ')) modules++;
      },
    });
    if (built.code === null) throw new Error(`go install was ended after ${secondsSince(started)} s`);
    if (built.code !== 0) throw new Error(`go install failed: ${tail(built.output, 3)}`);
  } finally {
    clearInterval(timer);
  }
  log(`Built the ${title} in ${secondsSince(started)} s.`);
};

function archiveOf(program: Program): { url: string; path: string } {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (process.platform === 'win32') throw new Error('the archive for Windows is a zip, which is not unpacked here');
  if (!arch) throw new Error(`there is no archive for ${process.arch}`);
  return program.archive(process.platform, arch);
}
