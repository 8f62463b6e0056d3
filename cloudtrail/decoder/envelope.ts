/** What is around the records of a file. */
import { UnreadableFile } from '../../errors/index.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

const RECORDS = Buffer.from('Records');

/** A byte-order mark is no JSON, but editors add it. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Moves into the array of `Records`. */
export function enterRecords(scanner: JsonScanner): void {
  if (scanner.peek() === 123) {
    scanner.pos++;
    if (scanner.peek() === 34) {
      const from = scanner.pos + 1;
      const to = scanner.string();
      const name = unescapeJson(scanner.bytes, from, to);
      if (RECORDS.equals(name.bytes.subarray(0, name.length))) {
        scanner.expect(58);
        if (scanner.peek() === 91) {
          scanner.pos++;
          return;
        }
      }
    }
  }
  notATrailFile(scanner);
}

/** After the array: nothing but the end of the object and of the file. */
export function leaveRecords(scanner: JsonScanner): void {
  if (scanner.peek() !== 125) notATrailFile(scanner);
  scanner.pos++;
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
}

/** Says which of the two it is: text that is no JSON at all, or JSON of another shape. */
function notATrailFile(scanner: JsonScanner): never {
  scanner.pos = textStart(scanner.bytes);
  scanner.skip();
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
  throw new UnreadableFile(
    'not_a_trail_file',
    'Valid JSON, but not an object with the one member "Records" that holds an array.',
  );
}

const DIGEST_END_TIME = Buffer.from('digestEndTime');

/** Checks that the file is one object and a digest; the scanner then stands at its opening brace again. */
export function wholeObject(scanner: JsonScanner): void {
  const isObject = scanner.peek() === 123;
  const start = scanner.pos;
  let isDigest = false;
  if (isObject) {
    scanner.pos++;
    let first = true;
    while (scanner.peek() !== 125) {
      if (!first) scanner.expect(44);
      first = false;
      if (scanner.peek() !== 34) scanner.fail('expected a member name');
      const from = scanner.pos + 1;
      const name = unescapeJson(scanner.bytes, from, scanner.string());
      isDigest ||= DIGEST_END_TIME.equals(name.bytes.subarray(0, name.length));
      scanner.expect(58);
      scanner.skip();
    }
    scanner.pos++;
  } else scanner.skip();
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
  if (!isDigest)
    throw new UnreadableFile('not_a_digest', 'Valid JSON, but not an object with a member "digestEndTime".');
  scanner.pos = start;
}
