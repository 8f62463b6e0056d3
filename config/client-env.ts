/** `TEMPORAL_*` and Temporal's own `temporal.toml`, read with the SDK's library so that they work as in other Temporal tools. */
import { existsSync } from 'node:fs';
import { type ClientConfigProfile, type ConfigDataSource, loadClientConfigProfile } from '@temporalio/envconfig';
import { UserMistake } from '../errors/index.js';
import { hideUser } from '../text/hide-secrets.js';
import { ADDRESS, ADDRESS_ALLOWED } from './kinds.js';
import type { ClusterSettings, PemSource } from './settings.js';

/** The settings that were given; `tls: false` means "no TLS". */
export type ClusterOverrides = Partial<Pick<ClusterSettings, 'address' | 'namespace' | 'tls' | 'apiKey' | 'metadata'>>;

/** Reads the environment, which takes precedence over the profile. Throws `UserMistake` for an invalid variable or profile. */
export function clusterFromEnv(env: NodeJS.ProcessEnv): ClusterOverrides {
  // An empty variable counts as not set, as in a shell's `${X:-}`.
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]));
  checkVariables(given);
  let profile: ClientConfigProfile;
  try {
    profile = loadProfile(given);
  } catch (error) {
    const file = given.TEMPORAL_CONFIG_FILE ?? 'temporal.toml';
    throw new UserMistake(
      `Temporal's configuration cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      `Correct ${file}, or TEMPORAL_PROFILE and the other TEMPORAL_* variables.`,
      { cause: error },
    );
  }
  const { address, namespace, apiKey, grpcMeta } = profile;
  if (address !== undefined && !ADDRESS.test(address)) {
    const where = given.TEMPORAL_ADDRESS ? 'TEMPORAL_ADDRESS' : "The address in Temporal's profile";
    throw new UserMistake(`${where} is ${hideUser(JSON.stringify(address))}.`, `Allowed: ${ADDRESS_ALLOWED}.`);
  }
  return { address, namespace, apiKey, tls: tlsOf(profile), metadata: grpcMeta };
}

function loadProfile(env: Record<string, string>): ClientConfigProfile {
  try {
    return loadClientConfigProfile({ overrideEnvVars: env });
  } catch (error) {
    // The library throws a TypeError for a file without any profile, such as an empty one; treat it like no file.
    if ((error as Error).name !== 'TypeError' || env.TEMPORAL_PROFILE) throw error;
    return loadClientConfigProfile({ overrideEnvVars: env, disableFile: true });
  }
}

function checkVariables(env: Record<string, string>): void {
  // The library ignores a missing file, but a file that is named explicitly must exist.
  if (env.TEMPORAL_CONFIG_FILE && !existsSync(env.TEMPORAL_CONFIG_FILE)) {
    throw new UserMistake(
      `TEMPORAL_CONFIG_FILE names ${env.TEMPORAL_CONFIG_FILE}, which does not exist.`,
      'Correct or unset it.',
    );
  }
  // The library treats every other word as false.
  if (env.TEMPORAL_TLS && !/^(1|0|true|false)$/.test(env.TEMPORAL_TLS)) {
    throw new UserMistake(`TEMPORAL_TLS is ${JSON.stringify(env.TEMPORAL_TLS)}.`, 'Allowed: true or false.');
  }
}

function tlsOf({ tls }: ClientConfigProfile): ClusterSettings['tls'] {
  if (!tls) return undefined;
  if (tls.disabled) return false;
  const settings = {
    serverName: tls.serverName,
    serverRootCa: pem(tls.serverCACert),
    clientCert: pem(tls.clientCert),
    clientKey: pem(tls.clientKey),
  };
  if ((settings.clientCert === undefined) !== (settings.clientKey === undefined)) {
    throw new UserMistake(
      'A client certificate requires a key, and a key requires a certificate.',
      'Set both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (or both in the profile).',
    );
  }
  return Object.values(settings).some((value) => value !== undefined) ? settings : true;
}

function pem(source: ConfigDataSource | undefined): PemSource | undefined {
  if (!source || 'path' in source) return source;
  return { data: typeof source.data === 'string' ? source.data : Buffer.from(source.data).toString('utf8') };
}
