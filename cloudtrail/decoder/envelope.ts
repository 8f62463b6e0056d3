/** What is around the records of a file: finds out which form of delivery it is, and moves to the first record. */
import { type QuarantineCode, UnreadableFile } from '../../errors/index.js';
import { looksLike } from './looks-like.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * - `trail`: `{"Records":[ … ]}`; the scanner is in the array
 * - `array`: the records are the elements of the outermost array; the scanner is in it
 * - `lines`: one record after the other, with or without line ends between them
 * - `messages`: subscription messages of CloudWatch Logs, one after the other
 */
export type Envelope = 'trail' | 'array' | 'lines' | 'messages';

/** A byte-order mark is no JSON, but editors add it. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Reads as much as it must to know the form. */
export function enterFile(scanner: JsonScanner): Envelope {
  const first = scanner.peek();
  const start = scanner.pos;
  if (first === OPEN_BRACE) {
    if (entersRecords(scanner)) return 'trail';
    scanner.pos = start;
    const keys = topLevelKeys(scanner);
    scanner.pos = start;
    if (isRecord(keys)) return 'lines';
    if (isMessage(keys)) return 'messages';
  } else if (first === OPEN_BRACKET) {
    scanner.pos++;
    const inside = scanner.peek();
    const element = scanner.pos;
    if (inside === CLOSE_BRACKET) return 'array';
    if (inside === OPEN_BRACE && isRecord(topLevelKeys(scanner))) {
      scanner.pos = element;
      return 'array';
    }
  }
  refuse(
    scanner,
    'not_a_trail_file',
    'Valid JSON, but not an object with the one member "Records" that holds an array.',
  );
}

function entersRecords(scanner: JsonScanner): boolean {
  scanner.pos++;
  if (scanner.peek() !== QUOTE || keyText(scanner) !== 'Records') return false;
  scanner.expect(COLON);
  if (scanner.peek() !== OPEN_BRACKET) return false;
  scanner.pos++;
  return true;
}

function isRecord(keys: ReadonlySet<string>): boolean {
  return keys.has('eventVersion') || keys.has('eventTime');
}

function isMessage(keys: ReadonlySet<string>): boolean {
  return keys.has('messageType') && keys.has('logEvents');
}

/** After the array of records: nothing but the end of what is around it, and of the file. */
export function leaveFile(scanner: JsonScanner, envelope: Envelope): void {
  if (envelope === 'trail') {
    if (scanner.peek() !== CLOSE_BRACE)
      refuse(scanner, 'not_a_trail_file', 'Valid JSON, but there are members beside "Records".');
    scanner.pos++;
  }
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
}

/** Says which of the two it is: text that is no JSON at all, or JSON of another shape. */
function refuse(scanner: JsonScanner, reason: QuarantineCode, message: string): never {
  scanner.pos = textStart(scanner.bytes);
  scanner.skip();
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
  throw unreadable(scanner.bytes, reason, message);
}

/** The error, with what the file looks like. */
export function unreadable(bytes: Uint8Array, reason: QuarantineCode, message: string): UnreadableFile {
  // JSON that ends too early, or is damaged, is what it looks like.
  const hint = reason === 'invalid_json' && startsAsJson(bytes) ? undefined : looksLike(bytes, reason);
  if (hint === undefined) return new UnreadableFile(reason, message);
  if (reason === 'invalid_json') return new UnreadableFile('other_format', hint);
  return new UnreadableFile(reason, `${message} ${hint}`);
}

function startsAsJson(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(textStart(bytes), textStart(bytes) + 64)).toString('latin1');
  return /^\s*[[{]/.test(head);
}

/** Checks that the file is one object and a digest; the scanner then stands at its opening brace again. */
export function enterDigest(scanner: JsonScanner): void {
  const isObject = scanner.peek() === OPEN_BRACE;
  const start = scanner.pos;
  const keys = isObject ? topLevelKeys(scanner) : new Set<string>();
  if (isObject && keys.has('digestEndTime')) {
    if (scanner.peek() !== undefined) scanner.fail('data after the end');
    scanner.pos = start;
    return;
  }
  refuse(scanner, 'not_a_digest', 'Valid JSON, but not an object with a member "digestEndTime".');
}

/** At an opening brace: the names of the members. Ends behind the object. */
function topLevelKeys(scanner: JsonScanner): Set<string> {
  const keys = new Set<string>();
  eachMember(scanner, (key) => {
    keys.add(key);
    scanner.skip();
  });
  return keys;
}

/** At an opening brace: calls `read` at each value, which must end behind it. Ends behind the object. */
export function eachMember(scanner: JsonScanner, read: (key: string) => void): void {
  scanner.pos++;
  for (let first = true; scanner.peek() !== CLOSE_BRACE; first = false) {
    if (!first) scanner.expect(COMMA);
    if (scanner.peek() !== QUOTE) scanner.fail('expected a member name');
    const key = keyText(scanner);
    scanner.expect(COLON);
    scanner.peek();
    read(key);
  }
  scanner.pos++;
}

/** At an opening bracket: calls `read` at each element, which must end behind it. Ends behind the array. */
export function eachElement(scanner: JsonScanner, read: (c: number) => void): void {
  scanner.pos++;
  for (let first = true; scanner.peek() !== CLOSE_BRACKET; first = false) {
    if (!first) scanner.expect(COMMA);
    read(scanner.peek());
  }
  scanner.pos++;
}

function keyText(scanner: JsonScanner): string {
  const from = scanner.pos + 1;
  const { bytes, length } = unescapeJson(scanner.bytes, from, scanner.string());
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString();
}
