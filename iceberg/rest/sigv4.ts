/**
 * AWS Signature Version 4, which AWS Glue, S3 Tables and catalogs behind API Gateway ask for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { Sha256 } from '@smithy/core/checksum';
import { memoize } from '@smithy/core/config';
import { HttpRequest, parseQueryString } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { StorageAccessDenied, UserMistake } from '../../errors/index.js';
import { type Authentication, hide } from './authentication.js';
import type { SigV4Settings } from './settings.js';

/** Credentials that end within this time are asked for again, milliseconds. */
const RENEW_BEFORE_MS = 300_000;

/** Signs with what the usual AWS places have; `credentials` in their place for tests. */
export function sigv4(uri: URL, settings: SigV4Settings, credentials?: AwsCredentialIdentityProvider): Authentication {
  const region = regionOf(uri, settings);
  const provider = memoize(credentials ?? providerOf(settings, region), endsSoon, ends);
  let used: AwsCredentialIdentity | undefined;
  const known = async (): Promise<AwsCredentialIdentity> => {
    try {
      used = await provider();
      return used;
    } catch (cause) {
      throw new StorageAccessDenied(
        `There are no AWS credentials to sign requests to ${uri.host} with: ${cause instanceof Error ? cause.message : cause}`,
        'Give them to every worker: AWS_PROFILE, AWS_ACCESS_KEY_ID, `aws sso login`, or the role of the machine.',
        { cause },
      );
    }
  };
  const signer = new SignatureV4({ service: settings.service, region, credentials: known, sha256: Sha256 });
  return {
    way: 'sigv4',
    async sign({ method, url, headers, body }) {
      const request = new HttpRequest({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: parseQueryString(url.search),
        // fetch sends this host by itself.
        headers: { ...headers, host: url.host },
        body,
      });
      const { host: _, ...signed } = (await signer.sign(request)).headers;
      return signed;
    },
    // The provider renews them by itself.
    renew: () => false,
    redact: (text) => hide(text, [used?.secretAccessKey ?? '', used?.sessionToken ?? '']),
  };
}

/** `glue.eu-west-1.amazonaws.com`, also in China and in GovCloud. */
export function regionOf(uri: URL, settings: SigV4Settings, environment: NodeJS.ProcessEnv = process.env): string {
  const said = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(uri.hostname)?.[1];
  const region = settings.region ?? said ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  if (region) return region;
  throw new UserMistake(
    `The region to sign requests to ${uri.host} for is not known.`,
    'Set catalog.sigv4.region, or AWS_REGION.',
  );
}

function providerOf(settings: SigV4Settings, region: string): AwsCredentialIdentityProvider {
  const { profile, roleArn, externalId, roleSessionName } = settings;
  const chain = fromNodeProviderChain(profile === undefined ? {} : { profile });
  if (roleArn === undefined) return chain;
  return fromTemporaryCredentials({
    masterCredentials: chain,
    params: { RoleArn: roleArn, ExternalId: externalId, RoleSessionName: roleSessionName ?? 'trailmill' },
    clientConfig: { region },
  });
}

const ends = ({ expiration }: AwsCredentialIdentity): boolean => expiration !== undefined;
const endsSoon = ({ expiration }: AwsCredentialIdentity): boolean =>
  (expiration?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now() < RENEW_BEFORE_MS;
