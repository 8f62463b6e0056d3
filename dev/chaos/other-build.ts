/** A build of another commit of Trailmill, whose workers share the work with those of this build. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserMistake } from '../../errors/index.js';
import { defaultCacheDir, exists, installOnce } from '../../install/install-once.js';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '..', '..', '..');

/**
 * The directory of the worker of that commit. It is built from git once, into the cache, with the packages of this checkout.
 * Throws `UserMistake` if there is no such commit.
 */
export async function otherBuild(commit: string, log: (line: string) => void): Promise<string> {
  const full = await run('git', ['-C', ROOT, 'rev-parse', '--verify', '--quiet', `${commit}^{commit}`]).catch(() => {
    throw new UserMistake(
      `There is no commit ${commit} in this repository.`,
      'Use one that `git log` shows: --other-build COMMIT.',
    );
  });
  const id = full.stdout.trim();
  const directory = join(defaultCacheDir(process.env), 'builds', id);
  await installOnce({
    title: `the build of ${id.slice(0, 7)}`,
    target: directory,
    prefix: `${directory}.`,
    isReady: () => exists(directory),
    methods: [{ name: 'build', install: (path) => build(id, path, log) }],
    failure: ([{ reason, cause }]) =>
      new UserMistake(
        `The commit ${id.slice(0, 7)} cannot be built: ${reason}`,
        'Try the build in a separate checkout (git worktree add), or use another commit: --other-build COMMIT.',
        { cause },
      ),
    log,
  });
  // It may have been built from another checkout, which may no longer exist.
  await rm(join(directory, 'node_modules'), { force: true });
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const [now, before] = ['dist/dev/chaos', 'dist/chaos'].map((place) => join(directory, place));
  return existsSync(now) ? now : before;
}

async function build(commit: string, directory: string, log: (line: string) => void): Promise<void> {
  log(`Building ${commit.slice(0, 7)} for the other workers …`);
  await mkdir(directory);
  await unpack(commit, directory);
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  await run(process.execPath, [buildScript(directory)], { cwd: directory });
}

/** The build script, which was at another path in earlier versions. */
function buildScript(directory: string): string {
  const [now, before] = ['dev/scripts/build.mjs', 'scripts/build.mjs'].map((place) => join(directory, place));
  return existsSync(now) ? now : before;
}

async function unpack(commit: string, directory: string): Promise<void> {
  const archive = spawn('git', ['-C', ROOT, 'archive', commit], { stdio: ['ignore', 'pipe', 'inherit'] });
  const tar = spawn('tar', ['-x', '-C', directory], { stdio: [archive.stdout, 'ignore', 'inherit'] });
  const code = await new Promise((ended, failed) => tar.once('error', failed).once('close', ended));
  if (code !== 0) throw new Error(`The files of ${commit} cannot be unpacked.`);
}
