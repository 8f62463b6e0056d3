/** Reads records out of the wrappers of other programs: see wrappers.ts. */

import { eachElement, stringBytesAt } from './envelope.js';
import type { ByteRange, ReadContext } from './read-context.js';
import { readRecordsDocument } from './records-document.js';
import { type Holder, holderInElement, SUBSCRIPTION, type Wrapper } from './wrappers.js';

const QUOTE = 34;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;

/** Message for a log event that contains no record. */
export const NO_MESSAGE = 'The log event has no message, or one that is not a JSON object.';

/** Messages for elements of known lists that contain no record. */
const MISSING_RECORD_MESSAGES: Readonly<Record<string, string>> = {
  queryresultrows:
    'A row of CloudTrail Lake query results without the column eventJson, which contains the whole record. Run the query again: SELECT eventJson FROM …',
  events: 'An element of "Events" without a CloudTrail record (CloudTrailEvent, or a message).',
};

/**
 * Reads the records in the wrapper and passes them to the context's sink. The final position of the scanner is undefined.
 * @param whole range of the wrapper in the bytes that are being read
 */
export function readWrapper(context: ReadContext, wrapper: Wrapper, whole: ByteRange): void {
  const { rows, findings } = context;
  if (wrapper.kind === 'trail') {
    context.scanner.pos = whole.from;
    readRecordsDocument(context, whole.from);
  } else if (wrapper.kind === 'list') readList(context, wrapper);
  else if (wrapper.kind === 'event' && !wrapper.isCloudTrail) {
    const type = JSON.stringify(wrapper.type?.slice(0, 100));
    const message = `An EventBridge event of the type ${type}, without a CloudTrail record.`;
    findings.refusalReason ??= `${message} The types of events with a record end with "via CloudTrail".`;
    context.reject(whole.from, whole.to, 'no_record', message);
  } else {
    const { recognized } = findings;
    readInnerRecord(context, wrapper, whole);
    if (findings.recognized === recognized) findings.refusalReason ??= noRecordMessage(wrapper);
    findings.addWrapped(wrapper.what, context.rows - rows);
  }
}

function readList(context: ReadContext, { at, member, isControl, what }: Extract<Wrapper, { kind: 'list' }>): void {
  const { scanner, findings } = context;
  const isSubscription = member === SUBSCRIPTION;
  if (isSubscription) findings.recognized++;
  if (isControl) return;
  let elements = 0;
  scanner.pos = at;
  eachElement(scanner, (c) => {
    elements++;
    const from = scanner.pos;
    const isNested = c === OPEN_BRACE || c === OPEN_BRACKET;
    if (!isNested) scanner.skip();
    const holder = isNested ? holderInElement(scanner, c) : undefined;
    const to = scanner.pos;
    const { rows } = context;
    if (holder !== undefined) {
      const { recognized } = findings;
      readInnerRecord(context, holder, { from, to });
      if (findings.recognized === recognized) findings.refusalReason ??= noRecordMessage(holder);
      findings.addWrapped(what ?? holder.what, context.rows - rows);
    } else if (isSubscription) context.reject(from, to, 'not_an_object', NO_MESSAGE);
    else {
      const message =
        MISSING_RECORD_MESSAGES[member] ?? `An element of the list "${member}" without a CloudTrail record.`;
      findings.refusalReason ??= message;
      context.reject(from, to, isNested ? 'no_record' : 'not_an_object', message);
    }
    scanner.pos = to;
  });
  if (elements === 0) findings.recognized++;
}

function noRecordMessage({ what }: Holder): string {
  return `It looks like ${what}, but its content is not a CloudTrail record: it has neither "eventVersion" nor "eventTime".`;
}

/** Reads the record in a wrapper: an object, or the text of one. */
function readInnerRecord(context: ReadContext, { at }: Holder, whole: ByteRange): void {
  const { scanner, expectRecord } = context;
  scanner.pos = at;
  if (scanner.bytes[at] === QUOTE) {
    context.readText(stringBytesAt(scanner, at), whole);
    return;
  }
  context.expectRecord = true;
  context.readObject(at);
  context.expectRecord = expectRecord;
}
