/**
 * AWS Signature Version 4, which AWS Glue, S3 Tables and catalogs behind API Gateway ask for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { Sha256 } from '@smithy/core/checksum';
import { memoize } from '@smithy/core/config';
import { HttpRequest, parseQueryString } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { regionInHost } from '../../aws/regions.js';
import { StorageAccessDenied, StorageUnavailable, UserMistake } from '../../errors/index.js';
import { untilAborted } from '../../storage/cancellation.js';
import { type CredentialProvider, credentialsFor, NoCredentials } from '../../storage/s3/credentials.js';
import { resolveSettings, type S3Settings } from '../../storage/s3/settings.js';
import { type Authentication, redactSecrets } from './authentication.js';
import type { Credentials } from './file-access.js';
import type { SigV4Settings } from './settings.js';

/** Credentials that end within this time are asked for again, milliseconds. */
const RENEW_BEFORE_MS = 300_000;

/** Signs with what the usual AWS places have; `given` in their place. */
export function sigv4(uri: URL, settings: SigV4Settings, given?: CredentialProvider): Authentication {
  const { service, profile } = settings;
  const places = memoize(() => resolveSettings({ region: settings.region ?? regionInHost(uri.hostname), profile }));
  const provider = memoize(
    async () => {
      const { roleArn, externalId, roleSessionName } = settings;
      return credentialsFor({ profile, roleArn, externalId, roleSessionName }, await places(), given)();
    },
    endsSoon,
    ends,
  );
  let used: Credentials | undefined;
  const credentials = async (): Promise<Credentials> => {
    try {
      used = await provider();
      return used;
    } catch (error) {
      throw noCredentials(error, uri, used !== undefined);
    }
  };
  const region = async (): Promise<string> => regionOf(await places(), uri);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return {
    authMethod: 'sigv4',
    async sign({ method, url, headers, body }, signal) {
      const request = new HttpRequest({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: parseQueryString(url.search),
        // fetch sends the same one by itself.
        headers: { ...headers, host: url.host },
        body,
      });
      // The credentials may come from another server.
      const { host: _, ...signed } = (await untilAborted(signer.sign(request), signal)).headers;
      return signed;
    },
    // The provider renews them by itself.
    renew: () => false,
    redact: (text) => redactSecrets(text, [used?.secretAccessKey ?? '', used?.sessionToken ?? '']),
  };
}

function regionOf({ region, regionKnown }: S3Settings, uri: URL): string {
  if (regionKnown) return region;
  throw new UserMistake(
    `The region to sign requests to ${uri.host} for is not known.`,
    'Set catalog.sigv4.region, or AWS_REGION.',
  );
}

function noCredentials(error: unknown, { host }: URL, hadSome: boolean): Error {
  const reason = error instanceof NoCredentials ? error.reason : error;
  const why = reason instanceof Error ? reason.message : String(reason);
  const role = error instanceof NoCredentials && error.role !== undefined ? ` (role ${error.role})` : '';
  const message = `There are no AWS credentials to sign requests to ${host} with${role}: ${why}`;
  if (hadSome) {
    return new StorageUnavailable(
      message,
      'See to it that whatever gave them is there again: the run then goes on by itself.',
      { cause: reason },
    );
  }
  return new StorageAccessDenied(
    message,
    'Give them to every worker where the AWS CLI looks too: AWS_PROFILE, AWS_ACCESS_KEY_ID, or the role of the machine.',
    { cause: reason },
  );
}

const ends = ({ expiration }: Credentials): boolean => expiration !== undefined;
const endsSoon = ({ expiration }: Credentials): boolean =>
  (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now() < RENEW_BEFORE_MS;
