/** File names that say what is in the file: `NAME-h0123456789abcdef`, 64 bits of the SHA-256 of its bytes. */
import { createHash } from 'node:crypto';

const HASH = /-h([0-9a-f]{16})\.[a-z]+$/;

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** The name with the hash at its end; the extension is the caller's. */
export function hashedName(name: string, bytes: Uint8Array): string {
  return `${name}-h${hashOf(bytes)}`;
}

/** Are these other bytes than the name says? False for names without a hash: older versions and other writers have none. */
export function contradictsName(path: string, bytes: Uint8Array): boolean {
  const told = HASH.exec(path)?.[1];
  return told !== undefined && told !== hashOf(bytes);
}
