/** Valid keys and their order: the same for all adapters. */
import { UserMistake } from '../errors/index.js';

/** Maximum number of entries per listing page, as in S3. */
export const PAGE_SIZE = 1_000;

/** The file adapter stores user metadata in this directory below its root; object keys must not start with it. */
export const METADATA_DIRECTORY = '.metadata';

/**
 * Names of files that are still being written. Hidden from listings; if a process was killed, its temporary files can be
 * deleted.
 */
const TEMPORARY_NAME = /^\.trailmill-[0-9a-f]{16}\.tmp$/;

/** Whether this is the name of an unfinished write. Such files are not objects. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/**
 * Throws `UserMistake` for a key that could escape the store, or that a file system cannot store under exactly this name.
 * S3 would accept some of them (`a//b`), but then a copy on disk could not match the bucket.
 */
export function assertKey(key: string): void {
  const reason = keyProblem(key);
  if (reason) throw new UserMistake(`The key ${JSON.stringify(key)} ${reason}.`, 'Use a key of named segments: a/b/c.');
}

/** Like {@link assertKey}, for a prefix: it may end anywhere, so only its complete segments are checked. */
export function assertPrefix(prefix: string): void {
  const segments = prefix.split('/').slice(0, -1);
  const reason = segments.some(isDots) ? 'has a segment . or ..' : textProblem(prefix);
  if (reason) throw new UserMistake(`The prefix ${JSON.stringify(prefix)} ${reason}.`, 'Use a prefix of a key.');
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  const segments = key.split('/');
  if (segments.some((segment) => segment === '')) return 'has an empty segment';
  if (segments.some(isDots)) return 'has a segment . or ..';
  if (segments[0] === METADATA_DIRECTORY) return 'is in the directory that stores object metadata';
  if (segments.some(isTemporaryName)) return 'has the name of a temporary file';
  return textProblem(key);
}

function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  // A lone surrogate cannot be encoded in UTF-8: two such keys would be the same file on disk.
  return /\p{Surrogate}/u.test(text) ? 'is not valid Unicode' : undefined;
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/**
 * Orders keys by their UTF-8 bytes. JavaScript compares UTF-16 code units, which gives the same order except for characters above
 * U+FFFF: their surrogates (U+D800…) sort before U+E000…U+FFFF, but their UTF-8 bytes sort after.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
