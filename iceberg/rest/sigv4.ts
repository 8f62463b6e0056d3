/**
 * AWS Signature Version 4, required by AWS Glue, S3 Tables and catalogs behind API Gateway.
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
import { type Credentials, RENEW_CREDENTIALS_BEFORE_MS } from './file-access.js';
import type { SigV4Settings } from './settings.js';

/** Signs requests with credentials from the standard AWS sources, or from `given`. */
export function sigv4(uri: URL, settings: SigV4Settings, given?: CredentialProvider): Authentication {
  const { service, profile } = settings;
  const connection = memoize(() => resolveSettings({ region: settings.region ?? regionInHost(uri.hostname), profile }));
  const provider = memoize(
    async () => {
      const { roleArn, externalId, roleSessionName } = settings;
      return credentialsFor({ profile, roleArn, externalId, roleSessionName }, await connection(), given)();
    },
    expiresSoon,
    expires,
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
  const region = async (): Promise<string> => regionOf(await connection(), uri);
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
        // fetch adds the same header itself.
        headers: { ...headers, host: url.host },
        body,
      });
      // Signing may wait for credentials from another server, so it must be abortable.
      const { host: _, ...signed } = (await untilAborted(signer.sign(request), signal)).headers;
      return signed;
    },
    // The provider renews the credentials itself.
    renew: () => false,
    redact: (text) => redactSecrets(text, [used?.secretAccessKey ?? '', used?.sessionToken ?? '']),
  };
}

function regionOf({ region, regionKnown }: S3Settings, uri: URL): string {
  if (regionKnown) return region;
  throw new UserMistake(
    `The region for signing requests to ${uri.host} is unknown.`,
    'Set catalog.sigv4.region, or AWS_REGION.',
  );
}

function noCredentials(error: unknown, { host }: URL, hadSome: boolean): Error {
  const reason = error instanceof NoCredentials ? error.reason : error;
  const why = reason instanceof Error ? reason.message : String(reason);
  const role = error instanceof NoCredentials && error.role !== undefined ? ` (role ${error.role})` : '';
  const message = `No AWS credentials were found to sign requests to ${host}${role}: ${why}`;
  if (hadSome) {
    return new StorageUnavailable(
      message,
      'Make sure that the credential source is available again: the run then continues automatically.',
      { cause: reason },
    );
  }
  return new StorageAccessDenied(
    message,
    'Provide them to every worker in the same way as for the AWS CLI: AWS_PROFILE, AWS_ACCESS_KEY_ID, or the role of the machine.',
    { cause: reason },
  );
}

const expires = ({ expiration }: Credentials): boolean => expiration !== undefined;
const expiresSoon = ({ expiration }: Credentials): boolean =>
  (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now() < RENEW_CREDENTIALS_BEFORE_MS;
