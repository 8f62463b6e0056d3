/** What the operating system says, in the port's words. */
import {
  ObjectNotFound,
  StorageAccessDenied,
  StorageUnavailable,
  systemCodeOf,
  TrailmillError,
  UserMistake,
} from '../errors/index.js';
import { printable } from '../text/printable.js';

/** True where the path cannot exist: not there, below a file, or a name that no file system holds. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCodeOf(error) ?? '');
}

/**
 * The error to throw instead of `error`; `name` names the object or directory. An error without a system code is a
 * defect and comes back unchanged, as does one that is ours already.
 */
export function fileError(error: unknown, name: string): unknown {
  const what = printable(name);
  const code = systemCodeOf(error);
  // System codes are like ENOENT; Node's own are like ERR_INVALID_ARG_TYPE.
  if (error instanceof TrailmillError || !code || !/^E[A-Z0-9]+$/.test(code)) return error;
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
      return new ObjectNotFound(`There is no object ${what}.`, undefined, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageAccessDenied(
        `No permission for ${what} (${code}).`,
        'Give the user that runs Trailmill access to it: the bucket needs reading, the warehouse writing too.',
        options,
      );
    case 'ENAMETOOLONG':
      return new UserMistake(`The name of ${what} is too long for this file system.`, 'Use shorter keys.', options);
    case 'ELOOP':
      return new UserMistake(`The symbolic links at ${what} form a loop.`, 'Remove the link.', options);
    default:
      return new StorageUnavailable(`${what}: ${(error as Error).message}`, cureOf(code), options);
  }
}

function cureOf(code: string): string | undefined {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'The disk is full: free some space.';
  if (code === 'EMFILE' || code === 'ENFILE') return 'Too many files are open: raise the limit (ulimit -n).';
  return undefined;
}
