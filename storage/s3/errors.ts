/**
 * What S3, STS, KMS and the network say, as errors of the port: what was asked, of which object, who was refused what, and what
 * to do about it. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
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
import { inBrackets, type S3Call, server, what } from './call.js';
import { credentialsError, identityError } from './credential-errors.js';
import { deniedError, kmsError } from './denied.js';
import { type CauseOption, causeOf, type ErrorFacts, errorFactsOf } from './facts.js';
import { networkError } from './network-errors.js';

type Mapping = (facts: ErrorFacts, call: S3Call, options: CauseOption) => TrailmillError | undefined;

/** The error to throw instead of `error`. One of the port already, or an unexpected one, is returned unchanged. */
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
  new ObjectNotFound(`There is no object ${uri}.`, undefined, options);

const preconditionFailed: Mapping = (_facts, { operation, uri }, options) =>
  operation === 'PutObject'
    ? new AlreadyExists(`The object ${uri} exists already.`, undefined, options)
    : new ObjectChanged(`The object ${uri} was replaced after it was listed.`, undefined, options);

const inTheWay: Mapping = ({ name, message }, call, options) =>
  new StorageUnavailable(
    `${what(call)}: another request is in the way (${name})${inBrackets(message)}.`,
    undefined,
    options,
  );

const wrongRegion: Mapping = ({ name, region }, call, options) => {
  const right = region === call.region ? undefined : region;
  return new UserMistake(
    `${what(call)}: the bucket ${call.bucket} is not in ${call.region ?? 'this region'} (${name})${right === undefined ? '' : `, but in ${right}`}.`,
    right === undefined
      ? `Give its region, as ?region=… of the address or in AWS_REGION: aws s3api get-bucket-location --bucket ${call.bucket} tells it.`
      : `Give it: ?region=${right} of the address, or AWS_REGION.`,
    options,
  );
};

const BY_CODE: Partial<Record<string, Mapping>> = {
  NoSuchKey: notFound,
  NotFound: notFound,
  NoSuchBucket: (_facts, call, options) =>
    new UserMistake(
      `${what(call)}: there is no bucket ${call.bucket}${call.endpoint === undefined ? '' : ` at ${call.endpoint}`}.`,
      'Check its name, and that region, endpoint and credentials are those of its partition.',
      options,
    ),
  NoSuchUpload: inTheWay,
  PreconditionFailed: preconditionFailed,
  ConditionalRequestConflict: inTheWay,
  OperationAborted: inTheWay,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  RequestTimeTooSkewed: (_facts, call, options) =>
    new StorageUnavailable(
      `${what(call)}: the clock of this machine is wrong (RequestTimeTooSkewed); it says ${new Date().toISOString()}.`,
      'Set it (timedatectl set-ntp true): the run then goes on by itself.',
      options,
    ),
  InvalidObjectState: (_facts, { uri }, options) =>
    new UnreadableFile(
      'archived',
      `${uri} is in an archive (Glacier), from where it has to be restored first`,
      options,
    ),
  NotImplemented: ({ message }, call, options) =>
    new UserMistake(
      `${what(call)}: ${server(call)} does not know what was asked (NotImplemented)${inBrackets(message)}.`,
      call.operation === 'PutObject'
        ? 'A warehouse needs conditional writes (If-None-Match of PutObject): use a server, or a version of it, that has them.'
        : 'Use a newer version of the server.',
      options,
    ),
  MethodNotAllowed: (_facts, call, options) =>
    new UserMistake(
      `${what(call)}: ${server(call)} does not allow it (MethodNotAllowed).`,
      'Give the endpoint of the S3 API, not that of a web site or a console.',
      options,
    ),
  KeyTooLongError: (_facts, { uri }, options) =>
    new UserMistake(`The key of ${uri} is too long.`, 'S3 takes 1,024 bytes: use shorter prefixes.', options),
  InvalidRequest: ({ message }, call, options) =>
    /encryption/i.test(message)
      ? new StorageAccessDenied(
          `${what(call)}: it is encrypted with a key that only its writer has, SSE-C${inBrackets(message)}.`,
          'CloudTrail never does that. Copy the object to where it is encrypted with SSE-S3 or SSE-KMS.',
          options,
        )
      : undefined,
};

/** By the status alone: the answer to HEAD has no body, and other servers have other codes. */
const statusError: Mapping = (facts, call, options) => {
  const { status = 0, name, message } = facts;
  if (status < 300) return undefined;
  if (status === 403) return deniedError(facts, call, options);
  if (status === 404) return notFound(facts, call, options);
  if (status === 412) return preconditionFailed(facts, call, options);
  if (status === 301 || (status === 400 && facts.region !== undefined)) return wrongRegion(facts, call, options);
  const text = `${what(call)}: ${server(call)} answered ${status} ${name}${inBrackets(message)}.`;
  if (status >= 500 || [408, 409, 429].includes(status)) return new StorageUnavailable(text, undefined, options);
  return new UserMistake(text, 'Check the address: bucket, region, endpoint.', options);
};
