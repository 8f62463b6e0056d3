/**
 * Subscription messages of CloudWatch Logs, as Firehose writes them: one object after the other, each with the log events
 * of a group, each of these with a CloudTrail record as text.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
import { eachElement, eachMember, unreadable } from './envelope.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

const QUOTE = 34;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;

/** A record, or what stands in its place. */
export interface Message {
  /** The record's text, a copy; absent when the event has none, or one that is no Unicode. */
  text?: Buffer;
  /** Where it stands in the file. */
  from: number;
  to: number;
}

/** Calls `take` for each log event. A control message (`CONTROL_MESSAGE`) says that the subscription works, and has none. */
export function eachMessage(scanner: JsonScanner, take: (message: Message) => void): void {
  while (scanner.peek() === OPEN_BRACE) {
    let isControl = false;
    let events = -1;
    let hasType = false;
    eachMember(scanner, (key) => {
      const from = scanner.pos;
      if (key === 'logEvents' && scanner.bytes[from] === OPEN_BRACKET) events = from;
      scanner.skip();
      if (key !== 'messageType') return;
      hasType = true;
      isControl = Buffer.from(scanner.bytes.subarray(from, scanner.pos)).toString() === '"CONTROL_MESSAGE"';
    });
    if (!hasType || events < 0) {
      throw unreadable(
        scanner.bytes,
        'not_a_trail_file',
        'Among messages of CloudWatch Logs there is an object without "messageType" and "logEvents".',
      );
    }
    if (isControl) continue;
    const end = scanner.pos;
    scanner.pos = events;
    eachElement(scanner, (c) => take(messageOf(scanner, c)));
    scanner.pos = end;
  }
  if (scanner.peek() !== undefined) scanner.fail('data after the end');
}

function messageOf(scanner: JsonScanner, c: number): Message {
  const message: Message = { from: scanner.pos, to: 0 };
  if (c !== OPEN_BRACE) scanner.skip();
  else
    eachMember(scanner, (key) => {
      const from = scanner.pos;
      scanner.skip();
      if (key !== 'message' || scanner.bytes[from] !== QUOTE) return;
      const { bytes, length, lossy } = unescapeJson(scanner.bytes, from + 1, scanner.pos - 1);
      message.text = lossy ? undefined : Buffer.from(bytes.subarray(0, length));
    });
  message.to = scanner.pos;
  return message;
}
