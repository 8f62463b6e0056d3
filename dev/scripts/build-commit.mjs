// Which commit a build was made from, for `trailmill --version`.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** `undefined` without git, and where this is no clone: an unpacked archive, perhaps within another repository. */
function commitOfClone() {
  try {
    if (git('rev-parse', '--show-prefix') !== '') return undefined;
    const [commit, date] = git('show', '--no-patch', '--format=%H %cs').split(' ');
    // Untracked files count too: the build compiles them.
    return { commit, date, changed: git('status', '--porcelain') !== '' };
  } catch {
    return undefined;
  }
}

/**
 * Writes the commit, its date (not that of the build, so that the same commit gives the same package) and whether files differ
 * from it. Removes the file where there is no commit to name.
 */
export function recordCommit(file) {
  const found = commitOfClone();
  if (found === undefined) return rmSync(file, { force: true });
  const text = `${JSON.stringify(found)}\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
