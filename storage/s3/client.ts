/**
 * The S3 clients of the process: one per bucket and set of connection options, each with its own bounded connection pool.
 *
 * Buckets do not share clients: a client that caches its middleware (which takes a third of the CPU time of a small request) also
 * caches the endpoint of the last request, so concurrent requests for two buckets could be sent to the wrong one.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { retryMiddlewareOptions } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Options } from '../address.js';
import './quiet.js';
import { type CredentialProvider, credentialsFor } from './credentials.js';
import { addExchanges, signalOf } from './exchange.js';
import { AdaptiveLimiter } from './limiter.js';
import { ObjectReads } from './object-reads.js';
import { resolveSettings, type S3Settings } from './settings.js';

/**
 * Maximum number of connections and concurrent requests: by default, four batches with 32 reads each. At 30 ms per
 * request: 4,000 requests per second.
 */
const CONNECTIONS = 128;
/** Milliseconds to establish a connection. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds without a byte in either direction. */
export const IDLE_TIMEOUT = 30_000;

/** An SDK client with its settings and request limiter. */
export interface Connection {
  client: S3Client;
  reads: ObjectReads;
  settings: S3Settings;
  limiter: AdaptiveLimiter;
}

const connections = new Map<string, Promise<Connection>>();
const identities = new WeakMap<CredentialProvider, number>();
let identity = 0;

/** Returns the client for a bucket; the same client for the same options. `region` overrides the region from the options. */
export function connectBucket(
  bucket: string,
  options: S3Options,
  credentials: CredentialProvider | undefined,
  region?: string,
): Promise<Connection> {
  const { requesterPays: _pays, expectedBucketOwner: _owner, ...reach } = options;
  const wanted = { ...reach, region: region ?? reach.region };
  const key = JSON.stringify([bucket, Object.entries(wanted).sort(), credentials && identityOf(credentials)]);
  const known = connections.get(key);
  if (known !== undefined) return known;
  const made = open(wanted, credentials);
  connections.set(key, made);
  made.catch(() => connections.delete(key));
  return made;
}

class Handler extends NodeHttpHandler {
  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    return super.handle(request, { ...options, abortSignal: options?.abortSignal ?? signalOf(request) });
  }
}

async function open(options: S3Options, given: CredentialProvider | undefined): Promise<Connection> {
  const settings = await resolveSettings(options);
  const { endpoint, pathStyle, region, profile } = settings;
  const pool = { keepAlive: true, maxSockets: CONNECTIONS };
  const client = new S3Client({
    region,
    profile,
    credentials: credentialsFor(options, settings, given),
    // Resolved in settings.ts; the SDK must not resolve it again.
    ...(endpoint === undefined ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle: pathStyle,
    cacheMiddleware: true,
    requestHandler: new Handler({
      httpAgent: pool,
      httpsAgent: pool,
      connectionTimeout: CONNECT_TIMEOUT,
      socketTimeout: IDLE_TIMEOUT,
    }),
    // Servers other than AWS may not support the newer checksums, and the signature covers the body's SHA-256 anyway. For
    // AWS, keep the default: buckets with Object Lock require a checksum.
    ...(endpoint === undefined || settings.checksumsChosen ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    // Reads are protected by TLS, the length check and the checksums of gzip, zstd and Parquet.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // Disables the SDK's retries: retry.ts replaces them.
  client.middlewareStack.add((next) => next, retryMiddlewareOptions);
  addExchanges(client);
  const reads = new ObjectReads(client);
  return { client, reads, settings, limiter: new AdaptiveLimiter(CONNECTIONS) };
}

function identityOf(credentials: CredentialProvider): number {
  const known = identities.get(credentials) ?? ++identity;
  identities.set(credentials, known);
  return known;
}
