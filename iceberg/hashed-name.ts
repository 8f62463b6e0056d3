/** File names with a checksum of the content: `NAME-h0123456789abcdef`, 64 bits of the SHA-256 of its bytes. */
import { createHash } from 'node:crypto';

const HASH = /-h([0-9a-f]{16})\.[a-z]+$/;

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** The name with the hash at its end; the extension is the caller's. */
export function hashedName(name: string, bytes: Uint8Array): string {
  return `${name}-h${hashOf(bytes)}`;
}

/** Do the bytes contradict the hash in the name? False for names without a hash, like those of older versions and other writers. */
export function contradictsName(path: string, bytes: Uint8Array): boolean {
  const hash = HASH.exec(path)?.[1];
  return hash !== undefined && hash !== hashOf(bytes);
}
