/** Another build of Trailmill, of an earlier commit, whose workers share the work with those of this one. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserMistake } from '../errors/index.js';
import { defaultCacheDir } from '../worker/cache-dir.js';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '..', '..');

/**
 * The directory of the worker of that commit: built from git, once, into the cache, with the packages of this checkout.
 * Throws `UserMistake` where there is no such commit.
 */
export async function otherBuild(commit: string, log: (line: string) => void): Promise<string> {
  const full = await run('git', ['-C', ROOT, 'rev-parse', '--verify', '--quiet', `${commit}^{commit}`]).catch(() => {
    throw new UserMistake(`There is no commit ${commit} here.`, 'Name one that `git log` shows: --other-build COMMIT.');
  });
  const id = full.stdout.trim();
  const directory = join(defaultCacheDir(process.env), 'builds', id);
  if (!existsSync(directory)) {
    log(`Building ${id.slice(0, 7)} for the other workers …`);
    const part = `${directory}.${process.pid}`;
    await mkdir(part, { recursive: true });
    try {
      await unpack(id, part);
      await symlink(join(ROOT, 'node_modules'), join(part, 'node_modules'));
      await run(process.execPath, ['scripts/build.mjs'], { cwd: part });
      await rename(part, directory);
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      if (!existsSync(directory)) throw error; // Another process was faster.
    }
  }
  // It was built from another checkout, which may be gone.
  await rm(join(directory, 'node_modules'), { force: true });
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return join(directory, 'dist', 'chaos');
}

async function unpack(commit: string, directory: string): Promise<void> {
  const archive = spawn('git', ['-C', ROOT, 'archive', commit], { stdio: ['ignore', 'pipe', 'inherit'] });
  const tar = spawn('tar', ['-x', '-C', directory], { stdio: [archive.stdout, 'ignore', 'inherit'] });
  const code = await new Promise((ended, failed) => tar.once('error', failed).once('close', ended));
  if (code !== 0) throw new Error(`The files of ${commit} cannot be unpacked.`);
}
