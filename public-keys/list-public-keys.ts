/**
 * Requests the public keys of digests from CloudTrail. Each region has its own keys.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
import { CloudTrailClient, paginateListPublicKeys } from '@aws-sdk/client-cloudtrail';
import { memoize } from '@smithy/core/config';
import { describeError, StorageAccessDenied, TrailmillError, UserMistake } from '../errors/index.js';
import { keyOf, type PublicKey } from '../integrity/keys.js';
import type { S3Options } from '../storage/address.js';
import { type AwsCall, inParentheses, requestOf, serverOf } from '../storage/s3/call.js';
import { credentialsError, identityError } from '../storage/s3/credential-errors.js';
import { type CredentialProvider, credentialsFor } from '../storage/s3/credentials.js';
import { causeOf, type ErrorFacts, errorFactsOf } from '../storage/s3/facts.js';
import { networkError } from '../storage/s3/network-errors.js';
import '../storage/s3/quiet.js';
import { resolveSettings } from '../storage/s3/settings.js';

/** A period of time, milliseconds since the epoch. */
export interface Period {
  from: number;
  to: number;
}

/** The keys of a region, and the reasons why some may be missing, in sentences. */
export interface ListedKeys {
  keys: PublicKey[];
  why?: string;
}

/** Lists the keys of a region that were in use in a period. Only an aborted signal makes it reject. */
export type FetchKeys = (region: string, period: Period, signal: AbortSignal) => Promise<ListedKeys>;

/** Milliseconds to establish a connection, and without a byte in either direction. */
const TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 30_000 };
/** Milliseconds before the credentials expire. */
const RENEW_BEFORE = 300_000;
/** ListPublicKeys fails if the end is not after the start. The times of requests are in seconds. */
const LEAST_PERIOD = 1_000;

/**
 * Returns a function that sends requests with the identity that reads the bucket: `options` are those of its address.
 */
export function keyFetcher(options: S3Options): FetchKeys {
  const settings = memoize(() => resolveSettings(options));
  // A role is assumed once for all regions.
  const credentials: CredentialProvider = memoize(
    async () => credentialsFor(options, await settings())(),
    ({ expiration }) => (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now() < RENEW_BEFORE,
    ({ expiration }) => expiration !== undefined,
  );
  return async (region, { from, to }, signal) => {
    const call: AwsCall = { operation: 'ListPublicKeys', uri: `of CloudTrail in ${region}`, options, region };
    const listed: ListedKeys = { keys: [] };
    let client: CloudTrailClient | undefined;
    try {
      const { profile, cloudTrailEndpoint: endpoint } = await settings();
      Object.assign(call, { profile, endpoint });
      client = new CloudTrailClient({
        ...{ region, profile, credentials, requestHandler: TIMEOUTS },
        // Resolved in settings.ts; the SDK must not resolve it again.
        ...(endpoint === undefined ? {} : { endpoint }),
        ignoreConfiguredEndpointUrls: true,
      });
      const period = { StartTime: new Date(from), EndTime: new Date(Math.max(to, from + LEAST_PERIOD)) };
      const pages = paginateListPublicKeys({ client, stopOnSameToken: true }, period, { abortSignal: signal });
      for await (const { PublicKeyList = [] } of pages) for (const key of PublicKeyList) add(listed, key, call);
    } catch (error) {
      // Check this first: the error of an aborted request depends on when it was aborted.
      signal.throwIfAborted();
      listed.why = whyOf(error, call);
    } finally {
      client?.destroy();
    }
    return listed;
  };
}

interface Described {
  Value?: Uint8Array;
  ValidityStartTime?: Date;
  ValidityEndTime?: Date;
  Fingerprint?: string;
}

/** An invalid key does not hide the others. */
function add(listed: ListedKeys, described: Described, call: AwsCall): void {
  const { Value = [], ValidityStartTime, ValidityEndTime, Fingerprint } = described;
  const key = keyOf({
    der: Buffer.from(Value),
    validFrom: ValidityStartTime?.getTime(),
    validTo: ValidityEndTime?.getTime(),
    fingerprint: Fingerprint,
  });
  if (typeof key === 'string')
    listed.why ??= `${requestOf(call)}: the response contains an invalid public key: ${key}.`;
  else listed.keys.push(key);
}

/** What failed, and what to do about it. */
function whyOf(error: unknown, call: AwsCall): string {
  if (error instanceof TrailmillError) return `${requestOf(call)}: ${describeError(error)}`;
  const facts = errorFactsOf(error);
  const options = { cause: causeOf(error) };
  const known =
    credentialsError(error, call) ??
    regionError(facts, call) ??
    identityError(facts, call, options) ??
    deniedError(facts, call) ??
    networkError(facts, call, options);
  return known === undefined
    ? `${requestOf(call)}: ${facts.name}${inParentheses(facts.message)}.`
    : describeError(known);
}

const NOT_ENABLED = ['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired'];

/** Regions that are not enabled for an account do not accept its credentials. */
function regionError({ name, message }: ErrorFacts, call: AwsCall): TrailmillError | undefined {
  if (!NOT_ENABLED.includes(name)) return undefined;
  return new UserMistake(
    `${requestOf(call)}: ${serverOf(call)} rejected the credentials (${name})${inParentheses(message)}.`,
    `If they are valid elsewhere, the region ${call.region} is not enabled in their account: enable it, or add the keys of the region to a directory and set integrity.keys to it.`,
  );
}

function deniedError({ name, status, message }: ErrorFacts, call: AwsCall): TrailmillError | undefined {
  if (status !== 403 && !name.startsWith('AccessDenied')) return undefined;
  return new StorageAccessDenied(
    `${requestOf(call)}: ${serverOf(call)} denied access (${name})${inParentheses(message)}.`,
    'Grant cloudtrail:ListPublicKeys to the identity that reads the logs (trailmill iam-policy --verify).',
  );
}
