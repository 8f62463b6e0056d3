/** The clients of the process: one for each way to reach S3, with its own bounded pool of connections. */
import { S3Client } from '@aws-sdk/client-s3';
import { retryMiddlewareOptions } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Options } from '../address.js';
import './quiet.js';
import { type CredentialProvider, credentialsFor } from './credentials.js';
import { AdaptiveLimiter } from './limiter.js';
import { resolveSettings, type S3Settings } from './settings.js';

/** Requests of a bucket at once, and connections of a host. At 30 ms a request: 2,000 a second. */
export const CONNECTIONS = 64;
/** Milliseconds until a connection stands. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds without a byte in either direction. */
export const SILENCE_TIMEOUT = 30_000;

export interface Connection {
  client: S3Client;
  settings: S3Settings;
  limiterOf(bucket: string): AdaptiveLimiter;
}

const connections = new Map<string, Promise<Connection>>();
const identities = new WeakMap<CredentialProvider, number>();
let identity = 0;

/** The client for these options; the same one for the same options. `region`: another one than the options lead to. */
export function connect(
  options: S3Options,
  credentials: CredentialProvider | undefined,
  region?: string,
): Promise<Connection> {
  const { requesterPays: _pays, expectedBucketOwner: _owner, ...reach } = options;
  const wanted = { ...reach, region: region ?? reach.region };
  const key = JSON.stringify([Object.entries(wanted).sort(), credentials && identityOf(credentials)]);
  const known = connections.get(key);
  if (known !== undefined) return known;
  const made = open(wanted, credentials);
  connections.set(key, made);
  made.catch(() => connections.delete(key));
  return made;
}

async function open(options: S3Options, given: CredentialProvider | undefined): Promise<Connection> {
  const settings = await resolveSettings(options);
  const { endpoint, pathStyle, region, profile } = settings;
  const pool = { keepAlive: true, maxSockets: CONNECTIONS };
  const client = new S3Client({
    region,
    profile,
    credentials: credentialsFor(options, settings, given),
    // Decided in settings.ts: the SDK is not to look again.
    ...(endpoint === undefined ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle: pathStyle,
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      httpAgent: pool,
      httpsAgent: pool,
      connectionTimeout: CONNECT_TIMEOUT,
      socketTimeout: SILENCE_TIMEOUT,
    }),
    // Servers other than AWS may not know the newer checksums, and the signature covers the body's SHA-256 anyway. At
    // AWS the default stays: buckets with Object Lock ask for a checksum.
    ...(endpoint === undefined || settings.checksumsChosen ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    // On reading, TLS and the length have been checked, and then the checksums of gzip, zstd and Parquet are.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // retry.ts has it, and more.
  client.middlewareStack.add((next) => next, retryMiddlewareOptions);
  const limiters = new Map<string, AdaptiveLimiter>();
  return {
    client,
    settings,
    limiterOf(bucket) {
      const known = limiters.get(bucket) ?? new AdaptiveLimiter(CONNECTIONS);
      limiters.set(bucket, known);
      return known;
    },
  };
}

function identityOf(credentials: CredentialProvider): number {
  const known = identities.get(credentials) ?? ++identity;
  identities.set(credentials, known);
  return known;
}
