/** Reads `{"Records":[…]}`, as CloudTrail writes it, or with other members around it. */

import { eachMember } from './envelope.js';
import type { ReadContext } from './read-context.js';

const OPEN_BRACKET = 91;

/** S3 event notifications and events for Lambda functions, which look like records. */
const NOTIFICATION =
  /^\{\s*"Records"\s*:\s*\[\s*\{\s*(?:"eventVersion"\s*:\s*"[\d.]+"\s*,\s*)?"eventSource"\s*:\s*"aws:/;
const NOTIFICATION_BYTES = 200;

/** Message for an event that S3, Kinesis or another service sends to queues and functions. */
export const FOREIGN_EVENT_MESSAGE =
  'An event notification of another AWS service (its "eventSource" is "aws:…"), without CloudTrail records.';

/**
 * At an object with a list "Records", and possibly other members: reads its records and moves past it. Returns false if
 * there is no such list; nothing was then counted.
 */
export function readRecordsDocument(context: ReadContext, from: number): boolean {
  const { scanner, findings } = context;
  if (isNotification(scanner.bytes, from)) {
    scanner.skip();
    findings.refusalReason ??= FOREIGN_EVENT_MESSAGE;
    context.reject(from, scanner.pos, 'no_record', FOREIGN_EVENT_MESSAGE);
    return true;
  }
  const { recognized, foreignObjects } = findings;
  const otherMembers: string[] = [];
  let arrays = 0;
  eachMember(scanner, (key) => {
    if (key === 'Records' && scanner.bytes[scanner.pos] === OPEN_BRACKET) {
      arrays++;
      context.expectRecord = context.inRecordsList = true;
      context.readElements();
      context.inRecordsList = false;
    } else {
      scanner.skip();
      otherMembers.push(key);
    }
  });
  context.expectRecord = false;
  if (arrays === 0) return false;
  findings.recordsDocuments++;
  // An empty list with other members around it, or a list of other events, may come from any program.
  const isForeign =
    findings.recognized === recognized && (otherMembers.length > 0 || findings.foreignObjects > foreignObjects);
  if (!isForeign) findings.recognized++;
  else if (otherMembers.length > 0)
    findings.refusalReason ??=
      'Valid JSON, but without CloudTrail records, and there are members other than "Records".';
  findings.addOtherMembers(otherMembers);
  return true;
}

/** Whether the object at `from` is an event notification. */
function isNotification(bytes: Uint8Array, from: number): boolean {
  return NOTIFICATION.test(Buffer.from(bytes.subarray(from, from + NOTIFICATION_BYTES)).toString('latin1'));
}

/** Whether the value at `at` is a string such as "aws:s3"; false if `at` is negative. */
export function sourceIsForeign(bytes: Uint8Array, at: number): boolean {
  return at >= 0 && Buffer.from(bytes.subarray(at, at + 5)).toString('latin1') === '"aws:';
}
