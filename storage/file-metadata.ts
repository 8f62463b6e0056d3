/**
 * User metadata of files: one JSON object of strings, `{"signature": "…"}`, at `<root>/.metadata/<key>.json`. It may be
 * written by hand next to a copied bucket: CloudTrail keeps the signatures of its digest files in such metadata.
 *
 * A writer puts it under a name that carries the inode of the new file first (`<key>.json.<inode>`), then makes the file
 * visible, then renames. So a reader that sees the file finds its metadata, and of many writers only the winner's counts.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UnreadableFile } from '../errors/index.js';
import { printable } from '../workflows/printable.js';
import { codeOf, isMissing } from './file-errors.js';
import { METADATA_DIRECTORY } from './keys.js';
import { makeDirectories } from './make-directory.js';
import { openFile } from './open-file.js';

function pathOf(root: string, key: string): string {
  return join(root, METADATA_DIRECTORY, `${key}.json`);
}

/** The metadata of the file with this inode; none is `{}`. */
export async function readMetadata(root: string, key: string, inode: number): Promise<Record<string, string>> {
  const path = pathOf(root, key);
  // Pending before settled: between the two looks it can only have moved from the first to the second.
  for (const candidate of [`${path}.${inode}`, path]) {
    const text = await readText(candidate).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw codeOf(error) === undefined ? error : badMetadata(candidate, `cannot be read (${codeOf(error)})`, error);
    });
    if (text !== undefined) return parse(text, candidate);
  }
  return {};
}

/** Nobody writes more: S3 takes 2 KB for all of an object's metadata. */
const MOST_BYTES = 1 << 20;

async function readText(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw badMetadata(path, 'is larger than 1 MiB');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function badMetadata(path: string, what: string, cause?: unknown): UnreadableFile {
  return new UnreadableFile(
    'bad_metadata',
    `${printable(path)} ${what}. Write {"name": "value"} there, or delete the file.`,
    { cause },
  );
}

/** First step, before the file is visible. */
export async function writePending(root: string, key: string, inode: number, metadata: Record<string, string>) {
  const path = `${pathOf(root, key)}.${inode}`;
  await makeDirectories(dirname(path));
  await writeFile(path, JSON.stringify(metadata), { flush: true });
}

/** Last step, when the file is visible. `had` says whether there was a first step; else what an earlier file left goes. */
export async function settle(root: string, key: string, inode: number, had: boolean): Promise<void> {
  const path = pathOf(root, key);
  if (had) await rename(`${path}.${inode}`, path);
  else await rm(path, { force: true });
}

/** Undoes the first step, when the file did not become visible. */
export async function dropPending(root: string, key: string, inode: number): Promise<void> {
  await rm(`${pathOf(root, key)}.${inode}`, { force: true });
}

/** For a file that is deleted. */
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
    throw badMetadata(path, 'is not an object of strings');
  }
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
}
