/**
 * event.outcome and error.message. ECS allows `success`, `failure` and `unknown`:
 * https://www.elastic.co/docs/reference/ecs/ecs-allowed-values-event-outcome
 *
 * The first rule that applies decides (docs/tables.md lists them):
 * 1. An errorCode that names an error: `failure`.
 *    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * 2. An errorMessage that is not empty, unless the errorCode means that there was no error: `failure`. ConsoleLogin has
 *    `"errorMessage": "Failed authentication"` and no code.
 * 3. In an event of a sign-in service, the member of responseElements or serviceEventDetails named like the event:
 *    `Success`, `Failure`, otherwise `unknown`.
 *    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 *    https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
 * 4. `success`.
 */
import type { AnyColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { Text } from '../../columnar/words.js';
import { sourceOf } from '../event-categories.js';
import { appendText, columnText, copyText, fromLookup, hasBytes, type Lookup, startsWith } from './derivation.js';
import { hasValue, trimmedEnd, trimmedStart } from './known-value.js';

const SUCCESS = new Text('success');
const FAILURE = new Text('failure');
const UNKNOWN = new Text('unknown');

/** What an errorCode means: it is missing, there was no error, or there was one. */
type ErrorCodeClass = 'missing' | 'no error' | 'error';

/** Texts that exporters write for a missing value; compared in lower case. */
export const MISSING_WORDS: readonly string[] = ['-', 'null', 'none'];
/**
 * Codes that mean that there was no error, in lower case. `NotModified` is the name of the status 304 (RFC 9110, section
 * 15.4.5), which S3 returns for a conditional GET; it is not one of S3's error codes.
 */
export const NO_ERROR_WORDS: readonly string[] = ['success', 'ok', 'notmodified'];
const NUMBER = /^\d+(?:\.\d+)?(?:e\+?\d+)?$/;
/** An HTTP status, optionally with the protocol before it and the reason phrase after it: `200 OK`, `HTTP/1.1 304 Not Modified`. */
const HTTP_STATUS = /^(?:http(?:\/[\d.]+)?\s+)?([1-5]\d\d)(?:\W.*)?$/s;

/**
 * Classifies an errorCode.
 * @param code as delivered; a number as its digits
 */
export function classifyErrorCode(code: string): ErrorCodeClass {
  const text = code.trim().toLowerCase();
  if (text === '' || MISSING_WORDS.includes(text)) return 'missing';
  if (NO_ERROR_WORDS.includes(text)) return 'no error';
  const status = Number(NUMBER.test(text) ? text : HTTP_STATUS.exec(text)?.[1]);
  return status >= 200 && status < 400 ? 'no error' : 'error';
}

const errorCode: Lookup<ErrorCodeClass> = {
  input: 'aws.cloudtrail.error_code',
  bind: () => classifyErrorCode,
  absent: 'missing',
};

/** Length of the longest of MISSING_WORDS, in bytes. */
const LONGEST_MISSING = 4;

/** Whether an errorMessage has content: it counts as a value (known-value.ts) and is not one of MISSING_WORDS. */
function hasMessage(message: AnyColumn, row: number): boolean {
  if (!hasValue(message, row)) return false;
  const { data, offsets } = message as StringColumn;
  // Whitespace outside ASCII counts as part of the message.
  const from = trimmedStart(data, offsets[row], offsets[row + 1]);
  const to = trimmedEnd(data, from, offsets[row + 1]);
  if (to - from > LONGEST_MISSING) return true;
  return from < to && !MISSING_WORDS.includes(data.toString('latin1', from, to).toLowerCase());
}

/** error.message. */
export const errorMessage = fromLookup(
  errorCode,
  (code, out, row, [message]) => {
    if (code !== 'no error' && hasMessage(message, row)) copyText(message, out, row);
  },
  ['aws.cloudtrail.error_message'],
);

/** Services that record sign-ins to the console and to IAM Identity Center: the part of eventSource before `.amazonaws.`. */
export const SIGN_IN_SERVICES: readonly string[] = ['signin', 'sso', 'sso-directory', 'sso-oauth'];
const SIGN_IN_SOURCES = SIGN_IN_SERVICES.map(sourceOf);

/**
 * Whether it is a sign-in event. Assumed without an eventSource: no other event has a member with its own name and the value
 * `Failure`.
 */
function isSignIn(provider: AnyColumn, row: number): boolean {
  if (!hasBytes(provider, row)) return true;
  for (const source of SIGN_IN_SOURCES) if (startsWith(provider, row, source)) return true;
  return false;
}

/**
 * The outcome that a sign-in event reports: `{"SwitchRole": "Failure"}`. Sign-ins are rare, so their JSON is parsed.
 * @returns undefined if no member is named like the event
 */
function outcomeMember(json: AnyColumn, action: string, row: number): Text | undefined {
  const object: unknown = json.has(row) ? JSON.parse((json as StringColumn).text(row)) : undefined;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined;
  if (!Object.hasOwn(object, action)) return undefined;
  const value = (object as Record<string, unknown>)[action];
  // Null and objects are not an outcome.
  if (typeof value === 'object') return undefined;
  const word = String(value).trim().toLowerCase();
  if (word === '') return undefined;
  if (word === 'success') return SUCCESS;
  return word === 'failure' ? FAILURE : UNKNOWN;
}

function signInOutcome(action: AnyColumn, response: AnyColumn, details: AnyColumn, row: number): Text {
  const name = columnText(action, row);
  if (name === undefined) return SUCCESS;
  const first = outcomeMember(response, name, row);
  const second = outcomeMember(details, name, row);
  if (first === FAILURE || second === FAILURE) return FAILURE;
  return first ?? second ?? SUCCESS;
}

/** event.outcome, by the rules above. */
export const eventOutcome = fromLookup(
  errorCode,
  (code, out, row, [message, provider, action, response, details]) => {
    const failed = code === 'error' || (code === 'missing' && hasMessage(message, row));
    if (failed) appendText(out, FAILURE, row);
    else if ((response.has(row) || details.has(row)) && isSignIn(provider, row))
      appendText(out, signInOutcome(action, response, details, row), row);
    else appendText(out, SUCCESS, row);
  },
  [
    'aws.cloudtrail.error_message',
    'event.provider',
    'event.action',
    'aws.cloudtrail.response_elements',
    'aws.cloudtrail.service_event_details',
  ],
);
