/**
 * Installs programs that Trailmill needs, from the official archive or, if it cannot be reached, with Go from the Go module
 * proxy.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { download, PROGRESS_INTERVAL_MS, secondsSince } from './download.js';
import { runProgram, tail } from './run.js';

/** A program that Trailmill installs: its version, where to get it, and how to check it. */
export interface Program {
  /** Its name in messages: "No Temporal server was found". */
  title: string;
  /** Its file name, without `.exe`; also the name of its directory in the cache. */
  command: string;
  /** The version that is downloaded or built. */
  version: string;
  /** The environment variable with which a user sets its path. */
  variable: string;
  /** The module that `go install` builds, with the version. */
  module: string;
  /** Approximate minutes that the first build takes. */
  buildMinutes: number;
  /** The official archive (.tar.gz) for a platform and an architecture, in Go's spelling; `path`: the program in the archive. */
  archive(platform: string, arch: string): { url: string; path: string };
  /** `undefined` if this file is the program and new enough; otherwise a one-line reason such as "it is too old". */
  whyNot(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined>;
  /** Where a user can get it, as in "Install the Temporal CLI (https://…)". */
  home: string;
  /** What a user can do without it. */
  otherwise?: string;
}

/** The context of an installer. */
export interface InstallContext {
  env: NodeJS.ProcessEnv;
  /** Called for each progress line. */
  log: (line: string) => void;
}

/** Creates the program at `target`, which is in its own directory. Throws an `Error` with a one-line reason. */
export type Installer = (program: Program, target: string, context: InstallContext) => Promise<void>;

const UNPACK_TIMEOUT_MS = 120_000;
const BUILD_TIMEOUT_MS = 20 * 60_000;

/** Downloads the archive of the pinned version for this platform and unpacks it. */
export const downloadProgram: Installer = async (program, target, { env, log }) => {
  const { url, path } = archiveOf(program);
  const directory = dirname(target);
  await mkdir(directory, { recursive: true });
  const archive = join(directory, 'archive.tar.gz');
  await download(url, archive, `the ${program.title} ${program.version}`, log);
  const unpacked = await runProgram('tar', ['-xzf', archive, '-C', directory], { env, timeout: UNPACK_TIMEOUT_MS });
  if (unpacked.code !== 0) throw new Error(`the archive cannot be unpacked: ${tail(unpacked.output, 1)}`);
  await rename(join(directory, path), target);
};

/** Builds the pinned version with `go install`. The first build takes minutes, mostly to download modules. */
export const buildProgram: Installer = async (program, target, { env, log }) => {
  const { title, module, buildMinutes } = program;
  const version = await runProgram('go', ['version'], { env, timeout: 10_000 }).catch(() => undefined);
  if (version?.code !== 0) throw new Error('Go is not installed');
  log(`Building the ${title} with Go, once (about ${buildMinutes} minutes): go install ${module}`);
  const started = Date.now();
  let modules = 0;
  const timer = setInterval(() => {
    log(`Building the ${title}: ${secondsSince(started)} s${modules ? `, ${modules} modules downloaded` : ''}`);
  }, PROGRESS_INTERVAL_MS);
  try {
    const built = await runProgram('go', ['install', module], {
      env: { ...env, GOBIN: dirname(target) },
      timeout: BUILD_TIMEOUT_MS,
      onLine: (line) => {
        if (line.startsWith('go: downloading ')) modules++;
      },
    });
    if (built.code === null) throw new Error(`go install was killed after ${secondsSince(started)} s`);
    if (built.code !== 0) throw new Error(`go install failed: ${tail(built.output, 3)}`);
  } finally {
    clearInterval(timer);
  }
  log(`Built the ${title} in ${secondsSince(started)} s.`);
};

function archiveOf(program: Program): { url: string; path: string } {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (process.platform === 'win32') throw new Error('the archive for Windows is a zip file, which is not supported');
  if (!arch) throw new Error(`there is no archive for ${process.arch}`);
  return program.archive(process.platform, arch);
}
