/**
 * How a bucket is reached: what the address says, and where it says nothing, what the usual AWS places say. The SDK reads
 * them too, but it does not look into the profile of the address for an endpoint, and it does not know `addressing_style`.
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
  /** False where no region was configured: {@link S3Settings.region} is only where the search for the bucket begins. */
  regionKnown: boolean;
  /** Of a server that is not AWS; without a slash at its end. */
  endpoint?: string;
  /** Of STS, where it is not the one of AWS. */
  stsEndpoint?: string;
  pathStyle: boolean;
  /** The configured profile; the default one is not. */
  profile?: string;
  /** Whether the user has said when checksums are sent; else it is decided by the kind of server. */
  checksumsChosen: boolean;
}

type Section = Record<string, string | undefined>;

/** Reads the environment and the configuration files of AWS. */
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

/** As the AWS CLI has it: https://docs.aws.amazon.com/cli/latest/topic/s3-config.html; `auto` is no choice. */
function styleOf(addressingStyle: string | undefined): boolean | undefined {
  if (addressingStyle === 'path') return true;
  return addressingStyle === 'virtual' ? false : undefined;
}

/** EC2 instances know their region. On other machines there is no answer, which is known within a second. */
async function regionOfMachine(): Promise<string | undefined> {
  try {
    const fromMachine = { ...NODE_REGION_CONFIG_OPTIONS, configFileSelector: () => undefined };
    return await loadConfig<string>(fromMachine)();
  } catch {
    return undefined;
  }
}

/** AWS tells the region of a bucket, but each partition only about its own. */
function firstRegion(roleArn: string | undefined): string {
  return (partitionOfArn(roleArn) ?? partitionOf(undefined)).firstRegion;
}
