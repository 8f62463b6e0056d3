/**
 * Rewrites a record with duplicate keys so that each key occurs once and the last value wins, as in `JSON.parse`. Such
 * records are rare and usually malicious, so this may be slow.
 */
import type { Keys } from './key-trie.js';
import { JsonScanner } from './scanner.js';

/** Returns the rewritten text of `bytes[from..to)`, which must be one well-formed JSON object. */
export function lastWins(bytes: Uint8Array, from: number, to: number, keys: Keys): Buffer {
  const scanner = new JsonScanner();
  scanner.bytes = bytes.subarray(from, to);
  return rewrite(scanner, keys);
}

function rewrite(scanner: JsonScanner, keys: Keys): Buffer {
  const { bytes } = scanner;
  const members = new Map<string, Buffer[]>();
  scanner.expect(123);
  while (scanner.peek() !== 125) {
    if (members.size > 0) scanner.expect(44);
    scanner.peek();
    const keyFrom = scanner.pos;
    const keyTo = scanner.string();
    const rawKey = Buffer.from(bytes.subarray(keyFrom, keyTo + 1));
    // Lone surrogates become U+FFFD in `plain`; mapped keys never contain them.
    const name = JSON.parse(rawKey.toString()) as string;
    const plain = Buffer.from(name);
    const node = keys.find(plain, 0, plain.length);
    scanner.expect(58);
    let value: Buffer;
    if (scanner.peek() === 123 && node !== undefined && node.as === 'object') {
      value = rewrite(scanner, node.children as Keys);
    } else {
      const start = scanner.pos;
      scanner.skip();
      value = Buffer.from(bytes.subarray(start, scanner.pos));
    }
    members.set(name, [rawKey, Buffer.from(':'), value]);
  }
  scanner.pos++;
  const parts: Buffer[] = [];
  for (const member of members.values()) parts.push(Buffer.from(parts.length === 0 ? '{' : ','), ...member);
  if (parts.length === 0) parts.push(Buffer.from('{'));
  parts.push(Buffer.from('}'));
  return Buffer.concat(parts);
}
