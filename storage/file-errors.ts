/** Maps operating system errors to the errors of the object-store port. */
import {
  ObjectNotFound,
  StorageAccessDenied,
  StorageUnavailable,
  systemCodeOf,
  TrailmillError,
  UserMistake,
} from '../errors/index.js';
import { printable } from '../text/printable.js';

/** Whether the error means that there is no such file: it does not exist, its parent is a file, or it is a directory. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCodeOf(error) ?? '');
}

/**
 * Returns the error to throw instead of `error`; `name` identifies the object or directory. An error without a system code (a
 * defect) or one that is already a TrailmillError is returned unchanged.
 */
export function fileError(error: unknown, name: string): unknown {
  const what = printable(name);
  const code = systemCodeOf(error);
  // System codes look like ENOENT; Node's own codes look like ERR_INVALID_ARG_TYPE.
  if (error instanceof TrailmillError || !code || !/^E[A-Z0-9]+$/.test(code)) return error;
  const options = { cause: error };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
      return new ObjectNotFound(`The object ${what} does not exist.`, undefined, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageAccessDenied(
        `Permission denied for ${what} (${code}).`,
        'Grant access to the user that runs Trailmill: read access for the bucket, read and write access for the warehouse.',
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
  if (code === 'EMFILE' || code === 'ENFILE') return 'Too many open files: raise the limit (ulimit -n).';
  return undefined;
}
