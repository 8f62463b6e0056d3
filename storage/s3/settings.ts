/**
 * Resolves the connection settings of a bucket: from the address and, for options that it does not set, from the standard AWS
 * sources. The SDK reads those too, but it does not check the address's profile for an endpoint, and does not support
 * `addressing_style`.
 */
import {
  booleanSelector,
  getProfileName,
  loadConfig,
  loadSharedConfigFiles,
  NODE_REGION_CONFIG_OPTIONS,
  SelectorType,
} from '@smithy/core/config';
import { partitionOf, partitionOfArn } from '../../aws/regions.js';
import { hasUserInfo } from '../../text/hide-secrets.js';
import { type S3Options, withUserInfo } from '../address.js';

/** Settings of a client, from an address, the environment and the AWS configuration files. */
export interface S3Settings {
  region: string;
  /** False if no region is configured: {@link S3Settings.region} is then only where the lookup of the bucket starts. */
  regionKnown: boolean;
  /** Endpoint of a server that is not AWS, without a trailing slash. */
  endpoint?: string;
  /** Endpoints of STS and CloudTrail, if they are not those of AWS. */
  stsEndpoint?: string;
  cloudTrailEndpoint?: string;
  pathStyle: boolean;
  /** The explicitly configured profile; absent for the default profile. */
  profile?: string;
  /** Whether the user has configured when checksums are sent; otherwise it depends on the kind of server. */
  checksumsChosen: boolean;
}

type Section = Record<string, string | undefined>;

/**
 * Resolves the settings, reading the environment and the AWS configuration files. Throws `UserMistake` for an endpoint with
 * credentials.
 */
export async function resolveSettings(options: S3Options, env: NodeJS.ProcessEnv = process.env): Promise<S3Settings> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const name = getProfileName({ profile: options.profile });
  const profile: Section = { ...credentialsFile[name], ...configFile[name] };
  const services: Section = profile.services === undefined ? {} : (configFile[`services.${profile.services}`] ?? {});
  const endpointOf = (service: string): string | undefined => {
    if (ignoresEndpoints(env, profile)) return undefined;
    const found =
      env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ||
      env.AWS_ENDPOINT_URL ||
      services[`${service}.endpoint_url`] ||
      profile.endpoint_url;
    if (found !== undefined && hasUserInfo(found)) throw withUserInfo(`endpoint of ${service}`, found);
    return found?.replace(/\/+$/, '');
  };
  const endpoint = options.endpoint ?? endpointOf('s3');
  const named = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? profile.region;
  const region = named || (endpoint === undefined ? await regionOfMachine() : undefined);
  return {
    region: region ?? firstRegion(options.roleArn),
    regionKnown: region !== undefined || endpoint !== undefined,
    endpoint,
    stsEndpoint: endpointOf('sts'),
    cloudTrailEndpoint: endpointOf('cloudtrail'),
    pathStyle: options.pathStyle ?? styleOf(profile['s3.addressing_style']) ?? endpoint !== undefined,
    profile: options.profile ?? env.AWS_PROFILE,
    checksumsChosen:
      env.AWS_REQUEST_CHECKSUM_CALCULATION !== undefined || profile.request_checksum_calculation !== undefined,
  };
}

function ignoresEndpoints(env: NodeJS.ProcessEnv, profile: Section): boolean {
  return (
    booleanSelector(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', SelectorType.ENV) ??
    booleanSelector({ ...profile }, 'ignore_configured_endpoint_urls', SelectorType.CONFIG) ??
    false
  );
}

/** As in the AWS CLI: https://docs.aws.amazon.com/cli/latest/topic/s3-config.html. `auto` means no preference. */
function styleOf(addressingStyle: string | undefined): boolean | undefined {
  if (addressingStyle === 'path') return true;
  return addressingStyle === 'virtual' ? false : undefined;
}

/**
 * The region of an EC2 instance. On other machines, the instance metadata service does not respond, which takes at most a
 * second.
 */
async function regionOfMachine(): Promise<string | undefined> {
  try {
    const fromMachine = { ...NODE_REGION_CONFIG_OPTIONS, configFileSelector: () => undefined };
    return await loadConfig<string>(fromMachine)();
  } catch {
    return undefined;
  }
}

/** AWS returns the region of a bucket, but only within the same partition. */
function firstRegion(roleArn: string | undefined): string {
  return (partitionOfArn(roleArn) ?? partitionOf(undefined)).firstRegion;
}
