/** File names with a checksum of the content: `NAME-h0123456789abcdef`, the first 64 bits of its SHA-256. */
import { createHash, type Hash } from 'node:crypto';

const HASH = /-h([0-9a-f]{16})\.[a-z]+$/;

function hashOf(content: Uint8Array | Hash): string {
  const hash = content instanceof Uint8Array ? createHash('sha256').update(content) : content;
  return hash.digest('hex').slice(0, 16);
}

/** Appends the hash of the content to a name without extension. */
export function hashedName(name: string, bytes: Uint8Array): string {
  return `${name}-h${hashOf(bytes)}`;
}

/**
 * Whether the content does not match the hash in the name. False for names without a hash (older versions and other writers).
 * @param content or its SHA-256, for a file that is not read at once
 */
export function contradictsName(path: string, content: Uint8Array | Hash): boolean {
  const hash = HASH.exec(path)?.[1];
  return hash !== undefined && hash !== hashOf(content);
}
