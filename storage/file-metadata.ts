/**
 * User metadata of files: a JSON object of strings, `{"signature": "…"}`, at `<root>/.metadata/<key>.json`. It can be written
 * by hand for a copied bucket: CloudTrail stores the signatures of its digest files in such metadata.
 *
 * A writer first stores the metadata under a name with the inode of the new file (`<key>.json.<inode>`), then makes the file
 * visible, then renames the metadata. So a reader that sees the file finds its metadata, and with several writers only the
 * winner's counts.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCodeOf, UnreadableFile } from '../errors/index.js';
import { printable } from '../text/printable.js';
import { isMissing } from './file-errors.js';
import { METADATA_DIRECTORY } from './keys.js';
import { makeDirectories } from './make-directory.js';
import { openFile } from './open-file.js';

function pathOf(root: string, key: string): string {
  return join(root, METADATA_DIRECTORY, `${key}.json`);
}

/** The metadata of the file with this inode; `{}` if there is none. */
export async function readMetadata(root: string, key: string, inode: number): Promise<Record<string, string>> {
  const path = pathOf(root, key);
  // Check the pending name first: between the two reads, the metadata can only move from the first name to the second.
  for (const candidate of [`${path}.${inode}`, path]) {
    const text = await readText(candidate).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw systemCodeOf(error) === undefined
        ? error
        : badMetadata(candidate, `cannot be read (${systemCodeOf(error)})`, error);
    });
    if (text !== undefined) return parse(text, candidate);
  }
  return {};
}

/** A generous limit: S3 allows 2 KB of user metadata per object. */
const MAX_BYTES = 1 << 20;

async function readText(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw badMetadata(path, 'is larger than 1 MiB');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function badMetadata(path: string, what: string, cause?: unknown): UnreadableFile {
  return new UnreadableFile(
    'bad_metadata',
    `${printable(path)} ${what}. It must contain {"name": "value"}; correct or delete the file.`,
    { cause },
  );
}

/** First step: stores the metadata before the file is visible. */
export async function writePending(root: string, key: string, inode: number, metadata: Record<string, string>) {
  const path = `${pathOf(root, key)}.${inode}`;
  await makeDirectories(dirname(path));
  await writeFile(path, JSON.stringify(metadata), { flush: true });
}

/**
 * Last step, after the file is visible: renames pending metadata to its final name. If the file has none (`hasMetadata` is
 * false), deletes the metadata of an earlier file with the same key.
 */
export async function commitMetadata(root: string, key: string, inode: number, hasMetadata: boolean): Promise<void> {
  const path = pathOf(root, key);
  if (hasMetadata) await rename(`${path}.${inode}`, path);
  else await rm(path, { force: true });
}

/** Undoes the first step if the file did not become visible. */
export async function dropPending(root: string, key: string, inode: number): Promise<void> {
  await rm(`${pathOf(root, key)}.${inode}`, { force: true });
}

/** Deletes the metadata of a deleted file. */
export async function removeMetadata(root: string, key: string, inode: number): Promise<void> {
  await dropPending(root, key, inode);
  await rm(pathOf(root, key), { force: true });
}

function parse(text: string, path: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badMetadata(path, `is not JSON: ${printable(String(error))}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badMetadata(path, 'is not a JSON object of strings');
  }
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
}
