/** Two ways to get a program: its official archive, and Go's module proxy where that cannot be reached. */
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { download, PROGRESS_EVERY, secondsSince } from './download.js';
import type { Program } from './program.js';
import { run, tail } from './run.js';

export interface InstallContext {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
}

/** Puts a working program at `target`, whole or not at all; throws an `Error` with one line that says why not. */
export type Installer = (program: Program, target: string, context: InstallContext) => Promise<void>;

/** Milliseconds. */
const UNPACK_LIMIT = 120_000;
const BUILD_LIMIT = 20 * 60_000;

/** Downloads the archive of the pinned version for this platform and unpacks it. */
export const downloadProgram: Installer = async (program, target, { env, log }) => {
  const { url, path } = archiveOf(program);
  await inDirectoryBeside(target, async (directory) => {
    const archive = join(directory, 'archive.tar.gz');
    await download(url, archive, `the ${program.title} ${program.version}`, log);
    const unpacked = await run('tar', ['-xzf', archive, '-C', directory], { env, timeout: UNPACK_LIMIT });
    if (unpacked.code !== 0) throw new Error(`the archive cannot be unpacked: ${tail(unpacked.output, 1)}`);
    await place(program, join(directory, path), target, env);
  });
};

/** Builds the pinned version with `go install`; the first time takes minutes, most of them for its modules. */
export const buildProgram: Installer = async (program, target, { env, log }) => {
  const { title, module, buildMinutes } = program;
  const version = await run('go', ['version'], { env, timeout: 10_000 }).catch(() => undefined);
  if (version?.code !== 0) throw new Error('Go is not installed');
  await inDirectoryBeside(target, async (directory) => {
    log(`Building the ${title} with Go, once (some ${buildMinutes} minutes): go install ${module}`);
    const started = Date.now();
    let modules = 0;
    const timer = setInterval(() => {
      log(`Building the ${title}: ${secondsSince(started)} s${modules ? `, ${modules} modules downloaded` : ''}`);
    }, PROGRESS_EVERY);
    try {
      const built = await run('go', ['install', module], {
        env: { ...env, GOBIN: directory },
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
    await place(program, join(directory, basename(target)), target, env);
    log(`Built the ${title} in ${secondsSince(started)} s.`);
  });
};

function archiveOf(program: Program): { url: string; path: string } {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  if (process.platform === 'win32') throw new Error('the archive for Windows is a zip, which is not unpacked here');
  if (!arch) throw new Error(`there is no archive for ${process.arch}`);
  return program.archive(process.platform, arch);
}

async function inDirectoryBeside(target: string, call: (directory: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const directory = await mkdtemp(join(dirname(target), 'install-'));
  try {
    await call(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** There is no checksum to compare with, so what arrived is run before it takes its place. */
async function place(program: Program, binary: string, target: string, env: NodeJS.ProcessEnv): Promise<void> {
  await access(binary);
  const reason = await program.whyNot(binary, env);
  if (reason) throw new Error(`what was installed does not work: ${reason}`);
  await rename(binary, target);
}
