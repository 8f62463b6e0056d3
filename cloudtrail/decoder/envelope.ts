/** Reads the JSON around records member by member and element by element, and finds the one object of a digest file. */
import { UnreadableFile } from '../../errors/index.js';
import { describeJson } from './describe.js';
import { DATA_AFTER_END } from './json-tokens.js';
import { looksLike } from './looks-like.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Offset of the text after a UTF-8 byte-order mark, which some editors add; 0 without one. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** At an opening brace: returns the offset of each member's value by name; the last of equal names wins. Moves past the object. */
export function membersOf(scanner: JsonScanner): Map<string, number> {
  const members = new Map<string, number>();
  eachMember(scanner, (key) => {
    members.set(key, scanner.pos);
    scanner.skip();
  });
  return members;
}

/** At an opening brace: whether the first member is called `name`. Does not move. */
export function beginsWith(scanner: JsonScanner, name: string): boolean {
  const start = scanner.pos;
  scanner.pos++;
  const found = scanner.peek() === QUOTE && keyText(scanner) === name;
  scanner.pos = start;
  return found;
}

/** At an opening brace: calls `read` at each value; it must move past the value. Moves past the object. */
export function eachMember(scanner: JsonScanner, read: (key: string) => void): void {
  scanner.pos++;
  for (let count = 0; scanner.peek() !== CLOSE_BRACE; ) {
    if (count > 0) scanner.expect(COMMA);
    scanner.checkMembers(++count);
    if (scanner.peek() !== QUOTE) scanner.fail('expected a member name');
    const key = keyText(scanner);
    scanner.expect(COLON);
    scanner.peek();
    read(key);
  }
  scanner.pos++;
}

/** At an opening bracket: calls `read` at each element; it must move past the element. Moves past the array. */
export function eachElement(scanner: JsonScanner, read: (c: number) => void): void {
  scanner.pos++;
  for (let first = true; scanner.peek() !== CLOSE_BRACKET; first = false) {
    if (!first) scanner.expect(COMMA);
    read(scanner.peek());
  }
  scanner.pos++;
}

/** Names are only compared with short ones and shown in messages, so longer ones are cut. */
const MAX_KEY_BYTES = 1024;

function keyText(scanner: JsonScanner): string {
  const from = scanner.pos + 1;
  const to = scanner.string();
  if (to - from > MAX_KEY_BYTES)
    return `${Buffer.from(scanner.bytes.subarray(from, from + MAX_KEY_BYTES)).toString()}…`;
  const { bytes, length } = unescapeJson(scanner.bytes, from, to);
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString();
}

/**
 * Returns a copy of the text of the string at `at`; `undefined` if it is not valid Unicode. The scanner does not move.
 * Throws `OverLimit` if the text is too long.
 */
export function stringBytesAt(scanner: JsonScanner, at: number): Uint8Array | undefined {
  const { pos } = scanner;
  scanner.pos = at;
  const to = scanner.string();
  scanner.pos = pos;
  scanner.checkText(at, to);
  const { bytes, length, lossy } = unescapeJson(scanner.bytes, at + 1, to);
  return lossy ? undefined : bytes.slice(0, length);
}

/**
 * Checks that the file is exactly one digest object, and leaves the scanner at its opening brace. Throws `UnreadableFile`
 * otherwise. Several digests in one file are rejected: each one is signed as its own object.
 */
export function enterDigest(scanner: JsonScanner): void {
  const isObject = scanner.peek() === OPEN_BRACE;
  const start = scanner.pos;
  const isDigest = isObject && membersOf(scanner).has('digestEndTime');
  if (!isObject) scanner.skip();
  if (scanner.peek() !== undefined) scanner.fail(DATA_AFTER_END);
  scanner.pos = start;
  if (isDigest) return;
  const hint = looksLike(scanner.bytes, 'not_a_digest');
  const message = `Valid JSON, but not an object with a member "digestEndTime". ${hint ?? `It is ${describeJson(scanner)}.`}`;
  throw new UnreadableFile('not_a_digest', message);
}
