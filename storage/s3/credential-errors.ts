/** Errors about who one is: no credentials, wrong ones, expired ones, a role that may not be assumed. */
import { StorageUnavailable, type TrailmillError, UserMistake } from '../../errors/index.js';
import { inBrackets, type S3Call, server, what } from './call.js';
import { type CauseOption, causeOf, type ErrorFacts, errorFactsOf } from './facts.js';
import { networkError } from './network-errors.js';

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'];
const WRONG = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'];
const UNKNOWN_TO_STS = ['UnrecognizedClientException', 'InvalidSignatureException'];
const PLACES =
  'AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws/credentials, or the role of the machine';

/** An error of getting credentials; `undefined` for any other. Told by its name: facts.ts and credentials.ts say which. */
export function credentialsError(error: unknown, call: S3Call): TrailmillError | undefined {
  if (!isNoCredentials(error)) return undefined;
  const facts = errorFactsOf(error.reason);
  const options = { cause: causeOf(error.reason) };
  const identity = identityError(facts, call, options);
  if (identity !== undefined) return identity;
  if (error.role !== undefined && facts.status !== undefined && facts.status < 500)
    return roleError(error.role, facts, call, options);
  const unreachable = networkError(facts, call, options);
  if (unreachable !== undefined) return unreachable;
  if (error.hadSome || (facts.status ?? 0) >= 500) {
    return new StorageUnavailable(
      `${what(call)}: new credentials could not be had${inBrackets(facts.message)}.`,
      'See to it that whatever gave them is there again: the run then goes on by itself.',
      options,
    );
  }
  if (call.profile !== undefined) {
    return new UserMistake(
      `${what(call)}: the profile ${call.profile} gives no credentials of AWS${inBrackets(facts.message)}.`,
      `Check it: aws configure list-profiles shows which there are, aws sts get-caller-identity --profile ${call.profile} whether it works.`,
      options,
    );
  }
  return new UserMistake(
    `${what(call)}: there are no credentials of AWS.`,
    `Give them in a place where the AWS CLI looks too: ${PLACES}. aws sts get-caller-identity shows whether it finds any.`,
    options,
  );
}

/** Of S3 or STS: credentials that are wrong or have expired. */
export function identityError(facts: ErrorFacts, call: S3Call, options: CauseOption): TrailmillError | undefined {
  const { name, message } = facts;
  if (EXPIRED.includes(name) || /\b(token|session)\b.*\bexpired\b|\bexpired\b.*\b(token|session)\b/i.test(message)) {
    const profile = call.profile === undefined ? '' : ` --profile ${call.profile}`;
    return new StorageUnavailable(
      `${what(call)}: the credentials of AWS have expired (${name})${inBrackets(message)}.`,
      `Renew them (aws sso login${profile}, or a new session token) and restart the worker: the run then goes on by itself.`,
      options,
    );
  }
  if (!WRONG.includes(name) && !UNKNOWN_TO_STS.includes(name)) return undefined;
  return new UserMistake(
    `${what(call)}: ${server(call)} does not take the credentials (${name})${inBrackets(message)}.`,
    cureOfWrong(name),
    options,
  );
}

function cureOfWrong(name: string): string {
  if (name === 'SignatureDoesNotMatch' || name === 'InvalidSignatureException') {
    return 'The access key is known, its secret is not the right one: check AWS_SECRET_ACCESS_KEY, or the profile.';
  }
  if (name === 'InvalidToken') return 'Check AWS_SESSION_TOKEN: it belongs to one access key, and to one partition.';
  return `Check the access key (${PLACES}): it was deleted, or it belongs to another partition or another server.`;
}

function roleError(role: string, facts: ErrorFacts, call: S3Call, options: CauseOption): UserMistake {
  const id =
    call.options.externalId === undefined ? 'no external_id was given' : 'external_id has to be the one it asks for';
  return new UserMistake(
    `${what(call)}: the role ${role} could not be assumed (${facts.name})${inBrackets(facts.message)}.`,
    `The role's trust policy has to name whoever runs Trailmill (${id}), and that one needs sts:AssumeRole on ${role}.`,
    options,
  );
}

interface NoCredentialsLike {
  reason: unknown;
  role?: string;
  hadSome: boolean;
}

/** By its name: the class is in a module that loads the SDK. */
function isNoCredentials(error: unknown): error is NoCredentialsLike {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'NoCredentials';
}
