/** Who Trailmill is at a bucket: whom the usual places of AWS name, or a role that this one may assume. */
import { type fromEnv, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { S3Options } from '../address.js';
import type { S3Settings } from './settings.js';

/** Gives credentials, again and again: the client asks before they expire. */
export type CredentialProvider = ReturnType<typeof fromEnv>;

/** Shown in the CloudTrail of the role's owner. */
const SESSION_NAME = 'trailmill';

/** The credentials could not be had: the request was never sent. `role`: it was the assuming that failed. */
export class NoCredentials extends Error {
  override readonly name = 'NoCredentials';
  constructor(
    readonly reason: unknown,
    readonly role?: string,
    /** The same provider gave some before, in this process. */
    readonly hadSome = false,
  ) {
    super('no credentials', { cause: reason });
  }
}

/** The SDK prints warnings that cannot be turned off. Where it finds credentials in two places, the profile wins. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The provider for an address. `given`: instead of the usual places, for instance what a catalog vends. */
export function credentialsFor(
  options: S3Options,
  settings: S3Settings,
  given?: CredentialProvider,
): CredentialProvider {
  const { region, profile, stsEndpoint } = settings;
  const own =
    given ??
    tagged(fromNodeProviderChain({ profile, logger: SILENT, clientConfig: { region, endpoint: stsEndpoint } }));
  if (options.roleArn === undefined) return own;
  const assumed = fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: options.roleArn,
      RoleSessionName: options.roleSessionName ?? SESSION_NAME,
      ExternalId: options.externalId,
    },
    // The region's own endpoint: the global one is far away, and its tokens do not work in every region.
    clientConfig: { region, endpoint: stsEndpoint },
  });
  return tagged(assumed, options.roleArn);
}

/** Tells a failure to get credentials from a failure of the request that needed them. */
function tagged(provider: CredentialProvider, role?: string): CredentialProvider {
  let hadSome = false;
  return async (properties) => {
    try {
      const found = await provider(properties);
      hadSome = true;
      return found;
    } catch (error) {
      throw error instanceof NoCredentials ? error : new NoCredentials(error, role, hadSome);
    }
  };
}
