/** What a key may be, and how keys are ordered: the same for every adapter. */
import { UserMistake } from '../errors/index.js';

/** Most entries of one listing page, as S3 has it. */
export const PAGE_SIZE = 1_000;

/** The file adapter keeps user metadata here, below its root; no object may have such a key. */
export const METADATA_DIRECTORY = '.metadata';

/** Names of files that are still being written. Hidden from listings; what a killed process left may be deleted. */
const TEMPORARY_NAME = /^\.trailmill-[0-9a-f]{16}\.tmp$/;

/** Is it the name of a file that a write has not finished? Such files are no objects. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/**
 * Throws `UserMistake` for a key that could leave the store or that a file system cannot hold under this very name.
 * S3 would accept some of them (`a//b`), but then a copy on disk could not be equal to the bucket.
 */
export function assertKey(key: string): void {
  const reason = whyNotKey(key);
  if (reason) throw new UserMistake(`The key ${JSON.stringify(key)} ${reason}.`, 'Use a key of named segments: a/b/c.');
}

/** Like {@link assertKey}, for a prefix: it may end anywhere, so only its whole segments are looked at. */
export function assertPrefix(prefix: string): void {
  const whole = prefix.split('/').slice(0, -1);
  const reason = whole.some(isDots) ? 'has a segment . or ..' : whyNotText(prefix);
  if (reason) throw new UserMistake(`The prefix ${JSON.stringify(prefix)} ${reason}.`, 'Use a prefix of a key.');
}

function whyNotKey(key: string): string | undefined {
  if (key === '') return 'is empty';
  const segments = key.split('/');
  if (segments.some((segment) => segment === '')) return 'has an empty segment';
  if (segments.some(isDots)) return 'has a segment . or ..';
  if (segments[0] === METADATA_DIRECTORY) return 'lies where the metadata of objects is kept';
  if (segments.some(isTemporaryName)) return 'has the form of a temporary file';
  return whyNotText(key);
}

function whyNotText(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  // A lone surrogate has no UTF-8 bytes: two such keys would be one on disk.
  return /\p{Surrogate}/u.test(text) ? 'is not valid Unicode' : undefined;
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/**
 * Orders keys by their UTF-8 bytes. JavaScript compares UTF-16 units, which is the same but for characters beyond
 * U+FFFF: their surrogates (U+D800…) sort before U+E000…U+FFFF, their bytes after.
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
