/** Opens the store at an address. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { shellQuote } from '../text/shell-quote.js';
import { parseAddress } from './address.js';
import { createFileStore } from './file.js';
import type { ObjectStore } from './object-store.js';
import type { CredentialProvider } from './s3/credentials.js';
import { createS3Store } from './s3/store.js';

/**
 * Opens the store at an address; a relative path is resolved against the working directory. `credentials`, for example those
 * vended by a catalog, replace the standard AWS credential sources.
 */
export function openStore(address: string, credentials?: CredentialProvider): ObjectStore {
  const parsed = parseAddress(address);
  return parsed.scheme === 's3' ? createS3Store({ ...parsed, credentials }) : createFileStore(parsed.directory);
}

/**
 * Throws `UserMistake` if the address is a directory that cannot be listed. Commands call it before they start any work.
 * Buckets are not checked: their first listing reports the same problem.
 */
export async function checkReadable(address: string): Promise<void> {
  const parsed = parseAddress(address);
  if (parsed.scheme !== 'file') return;
  const path = parsed.directory;
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw new UserMistake(`${path} is not a directory.`, 'Give its parent directory.');
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserMistake) throw error;
    const code = systemCodeOf(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new UserMistake(`${path} cannot be read.`, 'Give the user that runs Trailmill read access to it.', {
        cause: error,
      });
    }
    throw new UserMistake(
      `The directory ${path} does not exist.`,
      `${await similarTo(path)}Create it, or choose another one with --location or ingest.location in log_source.yml.`,
      { cause: error },
    );
  }
}

/** Suggests a sibling directory with a similar name, or one that differs only in case. */
async function similarTo(path: string): Promise<string> {
  const siblings = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  const names = siblings.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const name = basename(path);
  const suggestion =
    names.find((one) => one.toLowerCase() === name.toLowerCase()) ??
    (name.length > 2 ? nearest(name, names) : undefined);
  return suggestion === undefined ? '' : `Did you mean ${shellQuote(join(dirname(path), suggestion))}? `;
}
