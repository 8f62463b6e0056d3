/** The directory where Trailmill keeps the programs that it got: once a machine, for all projects. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$TRAILMILL_CACHE`, else `~/.cache/trailmill`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return env.TRAILMILL_CACHE || join(env.HOME || homedir(), '.cache', 'trailmill');
}
