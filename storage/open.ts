/** From an address to a store. */
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
 * The store at an address; a relative path begins at the working directory. `credentials`: of somebody who hands them out,
 * in place of those of the usual AWS places.
 */
export function openStore(address: string, credentials?: CredentialProvider): ObjectStore {
  const parsed = parseAddress(address);
  return parsed.scheme === 's3' ? createS3Store({ ...parsed, credentials }) : createFileStore(parsed.directory);
}

/**
 * Throws `UserMistake` where an address is a directory that cannot be listed: for commands, before they start any work.
 * Of a bucket its first listing says as much.
 */
export async function checkReadable(address: string): Promise<void> {
  const parsed = parseAddress(address);
  if (parsed.scheme !== 'file') return;
  const path = parsed.directory;
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw new UserMistake(`${path} is not a directory.`, 'Give the directory around it.');
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserMistake) throw error;
    const code = systemCodeOf(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new UserMistake(`${path} may not be read.`, 'Give the user that runs Trailmill access to it.', {
        cause: error,
      });
    }
    throw new UserMistake(
      `There is no directory ${path}.`,
      `${await similarTo(path)}Create it, or give another one: --location, or ingest.location in log_source.yml.`,
      { cause: error },
    );
  }
}

/** A directory beside it whose name is nearly the same, or differs in case only. */
async function similarTo(path: string): Promise<string> {
  const around = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  const names = around.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const name = basename(path);
  const meant =
    names.find((one) => one.toLowerCase() === name.toLowerCase()) ??
    (name.length > 2 ? nearest(name, names) : undefined);
  return meant === undefined ? '' : `Did you mean ${shellQuote(join(dirname(path), meant))}? `;
}
