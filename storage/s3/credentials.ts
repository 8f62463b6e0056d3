/** The credentials for a bucket: from the standard AWS sources, or from a role assumed with them. */
import { type fromEnv, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { S3Options } from '../address.js';
import type { S3Settings } from './settings.js';

/** Returns credentials. The client calls it again before they expire. */
export type CredentialProvider = ReturnType<typeof fromEnv>;

/** Appears in the CloudTrail logs of the account that owns the role. */
const SESSION_NAME = 'trailmill';

/** No credentials could be obtained, so the request was never sent. `role` is set if assuming that role failed. */
export class NoCredentials extends Error {
  override readonly name = 'NoCredentials';
  constructor(
    readonly reason: unknown,
    readonly role?: string,
    /** The same provider returned credentials earlier in this process. */
    readonly hadSome = false,
  ) {
    super('no credentials', { cause: reason });
  }
}

/** The SDK prints warnings that cannot be turned off otherwise. If it finds credentials in two sources, the profile wins. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The credential provider for an address. `given`, for example from a catalog, replaces the standard AWS sources. */
export function credentialsFor(
  options: S3Options,
  settings: S3Settings,
  given?: CredentialProvider,
): CredentialProvider {
  const { region, profile, stsEndpoint } = settings;
  const own =
    given ??
    wrapErrors(fromNodeProviderChain({ profile, logger: SILENT, clientConfig: { region, endpoint: stsEndpoint } }));
  if (options.roleArn === undefined) return own;
  const assumed = fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: options.roleArn,
      RoleSessionName: options.roleSessionName ?? SESSION_NAME,
      ExternalId: options.externalId,
    },
    // The regional STS endpoint: the global one may be far away, and its tokens do not work in every region.
    clientConfig: { region, endpoint: stsEndpoint },
  });
  return wrapErrors(assumed, options.roleArn);
}

/** Wraps failures to get credentials, to distinguish them from failures of the request itself. */
function wrapErrors(provider: CredentialProvider, role?: string): CredentialProvider {
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
