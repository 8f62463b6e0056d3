/** File names with a checksum of the content: `NAME-h0123456789abcdef`, the first 64 bits of its SHA-256. */
import { createHash } from 'node:crypto';

const HASH = /-h([0-9a-f]{16})\.[a-z]+$/;

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Appends the hash of the content to a name without extension. */
export function hashedName(name: string, bytes: Uint8Array): string {
  return `${name}-h${hashOf(bytes)}`;
}

/** Whether the content does not match the hash in the name. False for names without a hash (older versions and other writers). */
export function contradictsName(path: string, bytes: Uint8Array): boolean {
  const hash = HASH.exec(path)?.[1];
  return hash !== undefined && hash !== hashOf(bytes);
}
