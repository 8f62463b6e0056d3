/** From what people write (`./logs`, `file:///srv/logs`) to a store. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserMistake } from '../errors/index.js';
import { parseAddress } from './address.js';
import { createFileStore } from './file.js';
import { codeOf } from './file-errors.js';
import type { ObjectStore } from './object-store.js';
import { createS3Store } from './s3/store.js';

/** The store at an address: `s3://bucket/prefix?…`, a `file://` URI or a path (relative to the working directory). */
export function openStore(uri: string): ObjectStore {
  const address = parseAddress(uri);
  return address.scheme === 's3' ? createS3Store(address) : createFileStore(address.directory);
}

/** The same address as an absolute `file://` URI without a trailing slash; relative paths start at `base`. */
export function normalizeUri(uri: string, base: string): string {
  const directory = directoryOf(uri, base);
  return pathToFileURL(directory).href.replace(/\/+$/, '');
}

/** The absolute path that a `file://` URI or a path means; throws `UserMistake` for anything else. */
export function directoryOf(uri: string, base: string = process.cwd()): string {
  if (uri.trim() === '') throw new UserMistake('The location is empty.', 'Give a directory, or a file:// URI.');
  // A scheme has two letters at least: `C:\logs` is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1].toLowerCase();
  if (scheme === undefined) return resolve(base, uri);
  if (/^s3[an]?$/.test(scheme)) {
    throw new UserMistake(
      `This version reads local copies of a bucket, not ${uri} itself.`,
      `Copy what you need first (aws s3 sync ${uri.replace(/^s3[an]:/i, 's3:')} ./bucket) and give that directory.`,
    );
  }
  if (scheme !== 'file') {
    throw new UserMistake(`The location ${uri} has an unknown scheme, ${scheme}:.`, 'Give file:///… or a path.');
  }
  try {
    return resolve(fileURLToPath(uri));
  } catch (error) {
    throw new UserMistake(`The location ${uri} is not a local file URI.`, 'Write file:///absolute/path.', {
      cause: error,
    });
  }
}

/** Throws `UserMistake` unless there is a directory that can be listed: for commands, before they start any work. */
export async function checkReadableDirectory(uri: string): Promise<void> {
  const path = directoryOf(uri);
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw new UserMistake(`${path} is not a directory.`, 'Give the directory around it.');
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof UserMistake) throw error;
    const code = codeOf(error);
    if (code === 'EACCES' || code === 'EPERM') {
      throw new UserMistake(`${path} may not be read.`, 'Give the user that runs Trailmill access to it.', {
        cause: error,
      });
    }
    throw new UserMistake(
      `There is no directory ${path}.`,
      'Create it, or give another one: --location, or ingest.location in log_source.yml.',
      { cause: error },
    );
  }
}
