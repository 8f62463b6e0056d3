/** Errors about credentials: missing, invalid or expired credentials, or a role that cannot be assumed. */
import { StorageUnavailable, type TrailmillError, UserMistake } from '../../errors/index.js';
import { type AwsCall, inParentheses, requestOf, serverOf } from './call.js';
import { type CauseOption, causeOf, type ErrorFacts, errorFactsOf } from './facts.js';
import { networkError } from './network-errors.js';

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'];
const INVALID = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'];
const REJECTED_BY_STS = ['UnrecognizedClientException', 'InvalidSignatureException'];
const SOURCES =
  'AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws/credentials, or the role of the machine';

/** Maps a failure to get credentials to an error of the port; `undefined` for any other error. */
export function credentialsError(error: unknown, call: AwsCall): TrailmillError | undefined {
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
      `${requestOf(call)}: the credentials could not be refreshed${inParentheses(facts.message)}.`,
      'Make sure that the credential source is available again: the run then continues automatically.',
      options,
    );
  }
  if (call.profile !== undefined) {
    return new UserMistake(
      `${requestOf(call)}: the profile ${call.profile} provides no AWS credentials${inParentheses(facts.message)}.`,
      `Check it: aws configure list-profiles lists the profiles, aws sts get-caller-identity --profile ${call.profile} tests this one.`,
      options,
    );
  }
  return new UserMistake(
    `${requestOf(call)}: no AWS credentials were found.`,
    `Provide them in the same way as for the AWS CLI: ${SOURCES}. aws sts get-caller-identity shows whether it finds any.`,
    options,
  );
}

/** Maps responses of a service or STS that say that the credentials are invalid or expired; `undefined` for others. */
export function identityError(facts: ErrorFacts, call: AwsCall, options: CauseOption): TrailmillError | undefined {
  const { name, message } = facts;
  if (EXPIRED.includes(name) || /\b(token|session)\b.*\bexpired\b|\bexpired\b.*\b(token|session)\b/i.test(message)) {
    const profile = call.profile === undefined ? '' : ` --profile ${call.profile}`;
    return new StorageUnavailable(
      `${requestOf(call)}: the AWS credentials have expired (${name})${inParentheses(message)}.`,
      `Renew them (aws sso login${profile}, or a new session token) and restart the worker: the run then continues automatically.`,
      options,
    );
  }
  if (!INVALID.includes(name) && !REJECTED_BY_STS.includes(name)) return undefined;
  return new UserMistake(
    `${requestOf(call)}: ${serverOf(call)} rejected the credentials (${name})${inParentheses(message)}.`,
    cureOfInvalid(name),
    options,
  );
}

function cureOfInvalid(name: string): string {
  if (name === 'SignatureDoesNotMatch' || name === 'InvalidSignatureException') {
    return 'The access key exists, but its secret is wrong: check AWS_SECRET_ACCESS_KEY or the profile.';
  }
  if (name === 'InvalidToken') return 'Check AWS_SESSION_TOKEN: it belongs to one access key and one partition.';
  return `Check the access key (${SOURCES}): it was deleted, or it belongs to another partition or another server.`;
}

function roleError(role: string, facts: ErrorFacts, call: AwsCall, options: CauseOption): UserMistake {
  const id =
    call.options.externalId === undefined ? 'no external_id is configured' : 'external_id must be the one it requires';
  return new UserMistake(
    `${requestOf(call)}: the role ${role} could not be assumed (${facts.name})${inParentheses(facts.message)}.`,
    `The role's trust policy must allow the identity that runs Trailmill (${id}), and that identity needs sts:AssumeRole on ${role}.`,
    options,
  );
}

interface NoCredentialsLike {
  reason: unknown;
  role?: string;
  hadSome: boolean;
}

/** Checks the name instead of the class, because importing the class would load the SDK. */
function isNoCredentials(error: unknown): error is NoCredentialsLike {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'NoCredentials';
}
