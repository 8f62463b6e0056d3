/**
 * The clients of the process: one for each bucket and way to reach it, with its own bounded pool of connections.
 *
 * Not one for several buckets: a client that keeps its middleware (which is a third of the CPU of a small request) keeps
 * the endpoint of the last request with it, so that requests of two buckets at once could go to the wrong one.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { retryMiddlewareOptions } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Options } from '../address.js';
import './quiet.js';
import { type CredentialProvider, credentialsFor } from './credentials.js';
import { AdaptiveLimiter } from './limiter.js';
import { resolveSettings, type S3Settings } from './settings.js';

/** And requests at once, at the most. At 30 ms a request: 2,000 a second. */
const CONNECTIONS = 64;
/** Milliseconds until a connection stands. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds without a byte in either direction. */
export const IDLE_TIMEOUT = 30_000;

/** A client of the SDK with the settings it was made with. */
export interface Connection {
  client: S3Client;
  settings: S3Settings;
  limiter: AdaptiveLimiter;
}

const connections = new Map<string, Promise<Connection>>();
const identities = new WeakMap<CredentialProvider, number>();
let identity = 0;

/** The client for a bucket; the same one for the same options. `region`: another one than the options lead to. */
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

/** Where a command's input has its signal: the SDK copies the input on the way, and with it what it does not know. */
const SIGNAL = Symbol('signal');
const signals = new WeakMap<object, AbortSignal>();

/** Binds a command to a signal. With the SDK's own option for it, the client would build its middleware anew each time. */
export function bindSignal(command: { input: object }, signal: AbortSignal | undefined): void {
  (command.input as Carrier)[SIGNAL] = signal;
}

interface Carrier {
  [SIGNAL]?: AbortSignal;
}

class Handler extends NodeHttpHandler {
  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    return super.handle(request, { ...options, abortSignal: signals.get(request) });
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
    // Decided in settings.ts: the SDK is not to look again.
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
    // Servers other than AWS may not know the newer checksums, and the signature covers the body's SHA-256 anyway. At
    // AWS the default stays: buckets with Object Lock ask for a checksum.
    ...(endpoint === undefined || settings.checksumsChosen ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    // On reading, TLS and the length have been checked, and then the checksums of gzip, zstd and Parquet are.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // retry.ts has it, and more.
  client.middlewareStack.add((next) => next, retryMiddlewareOptions);
  client.middlewareStack.add(
    (next) => (args) => {
      const { [SIGNAL]: signal } = args.input as Carrier;
      if (signal !== undefined) signals.set(Object(args.request), signal);
      return next(args);
    },
    // Next to the handler: what comes before makes the request anew.
    { step: 'deserialize', priority: 'low', name: 'trailmillSignal' },
  );
  return { client, settings, limiter: new AdaptiveLimiter(CONNECTIONS) };
}

function identityOf(credentials: CredentialProvider): number {
  const known = identities.get(credentials) ?? ++identity;
  identities.set(credentials, known);
  return known;
}
