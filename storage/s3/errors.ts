/**
 * Maps errors of S3, STS, KMS and the network to errors of the port: which request failed, for which object, which permission is
 * missing, and what to do about it. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import {
  AlreadyExists,
  ObjectChanged,
  ObjectNotFound,
  StorageAccessDenied,
  StorageUnavailable,
  TrailmillError,
  UnreadableFile,
  UserMistake,
} from '../../errors/index.js';
import { printable } from '../../text/printable.js';
import { inParentheses, requestOf, type S3Call, serverOf } from './call.js';
import { credentialsError, identityError } from './credential-errors.js';
import { deniedError, kmsError } from './denied.js';
import { type CauseOption, causeOf, type ErrorFacts, errorFactsOf } from './facts.js';
import { networkError } from './network-errors.js';

type Mapping = (facts: ErrorFacts, call: S3Call, options: CauseOption) => TrailmillError | undefined;

/** Returns the error to throw instead of `error`. A TrailmillError or an unexpected error is returned unchanged. */
export function s3Error(error: unknown, given: S3Call): unknown {
  if (error instanceof TrailmillError) return error;
  const call = { ...given, uri: printable(given.uri) };
  const facts = errorFactsOf(error);
  const options = { cause: causeOf(error) };
  const mappings = [identityError, kmsError, BY_CODE[facts.name], networkError, statusError];
  let found = credentialsError(error, call);
  for (const mapping of mappings) found ??= mapping?.(facts, call, options);
  return found ?? error;
}

const notFound: Mapping = (_facts, { uri }, options) =>
  new ObjectNotFound(`The object ${uri} does not exist.`, undefined, options);

const preconditionFailed: Mapping = (_facts, { operation, uri }, options) =>
  operation === 'PutObject'
    ? new AlreadyExists(`The object ${uri} already exists.`, undefined, options)
    : new ObjectChanged(`The object ${uri} was replaced after it was listed.`, undefined, options);

const conflict: Mapping = ({ name, message }, call, options) =>
  new StorageUnavailable(
    `${requestOf(call)}: conflict with another request (${name})${inParentheses(message)}.`,
    undefined,
    options,
  );

const wrongRegion: Mapping = ({ name, region }, call, options) => {
  const right = region === call.region ? undefined : region;
  return new UserMistake(
    `${requestOf(call)}: the bucket ${call.bucket} is not in ${call.region ?? 'this region'} (${name})${right === undefined ? '' : `, but in ${right}`}.`,
    right === undefined
      ? `Set its region, with ?region=… in the address or AWS_REGION: aws s3api get-bucket-location --bucket ${call.bucket} shows it.`
      : `Set it with ?region=${right} in the address, or AWS_REGION.`,
    options,
  );
};

const BY_CODE: Partial<Record<string, Mapping>> = {
  NoSuchKey: notFound,
  NotFound: notFound,
  NoSuchBucket: (_facts, call, options) =>
    new UserMistake(
      `${requestOf(call)}: the bucket ${call.bucket} does not exist${call.endpoint === undefined ? '' : ` at ${call.endpoint}`}.`,
      'Check its name, and that region, endpoint and credentials belong to its partition.',
      options,
    ),
  NoSuchUpload: conflict,
  PreconditionFailed: preconditionFailed,
  ConditionalRequestConflict: conflict,
  OperationAborted: conflict,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  RequestTimeTooSkewed: (_facts, call, options) =>
    new StorageUnavailable(
      `${requestOf(call)}: the clock of this machine is wrong (RequestTimeTooSkewed); its time is ${new Date().toISOString()}.`,
      'Synchronize it (timedatectl set-ntp true): the run then continues automatically.',
      options,
    ),
  InvalidObjectState: (_facts, { uri }, options) =>
    new UnreadableFile(
      'archived',
      `${uri} is in an archive storage class (Glacier) and must be restored first`,
      options,
    ),
  NotImplemented: ({ message }, call, options) =>
    new UserMistake(
      `${requestOf(call)}: ${serverOf(call)} does not support this request (NotImplemented)${inParentheses(message)}.`,
      call.operation === 'PutObject'
        ? 'A warehouse needs conditional writes (PutObject with If-None-Match): use a server, or a version of it, that supports them.'
        : 'Use a newer version of the server.',
      options,
    ),
  MethodNotAllowed: (_facts, call, options) =>
    new UserMistake(
      `${requestOf(call)}: ${serverOf(call)} does not allow this request (MethodNotAllowed).`,
      'Use the endpoint of the S3 API, not that of a website or a console.',
      options,
    ),
  KeyTooLongError: (_facts, { uri }, options) =>
    new UserMistake(`The key of ${uri} is too long.`, 'S3 allows 1,024 bytes: use shorter prefixes.', options),
  InvalidRequest: ({ message }, call, options) =>
    /encryption/i.test(message)
      ? new StorageAccessDenied(
          `${requestOf(call)}: it is encrypted with a customer-provided key (SSE-C)${inParentheses(message)}.`,
          'CloudTrail never does that. Copy the object and encrypt the copy with SSE-S3 or SSE-KMS.',
          options,
        )
      : undefined,
};

/** Maps by status only: HEAD responses have no body, and other servers use other codes. */
const statusError: Mapping = (facts, call, options) => {
  const { status = 0, name, message } = facts;
  if (status < 300) return undefined;
  if (status === 403) return deniedError(facts, call, options);
  if (status === 404) return notFound(facts, call, options);
  if (status === 412) return preconditionFailed(facts, call, options);
  if (status === 301 || (status === 400 && facts.region !== undefined)) return wrongRegion(facts, call, options);
  const text = `${requestOf(call)}: ${serverOf(call)} returned ${status} ${name}${inParentheses(message)}.`;
  if (status >= 500 || [408, 409, 429].includes(status)) return new StorageUnavailable(text, undefined, options);
  return new UserMistake(text, 'Check the address: bucket, region, endpoint.', options);
};
