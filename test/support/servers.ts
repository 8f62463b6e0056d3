/**
 * The S3 server, the REST catalog and moto in integration tests. The first two are shared by all test files of a run, which
 * use their own buckets and namespaces; a test that kills one, or that needs moto, starts its own.
 */
import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { type Moto, startMoto } from '../../dev/servers/moto.js';
import {
  type RestCatalog,
  type RestCatalogOptions,
  type RestCatalogProgram,
  startRestCatalog,
} from '../../dev/servers/rest-catalog.js';
import {
  createBuckets,
  type S3Credentials,
  type S3Server,
  type S3ServerOptions,
  startS3Server,
} from '../../dev/servers/s3-server.js';

/** Environment variables from the global setup to the test files, which run in other processes. Values are JSON. */
export const S3 = 'TRAILMILL_TEST_S3';
export const REST_CATALOG = 'TRAILMILL_TEST_REST_CATALOG';
export const MOTO = 'TRAILMILL_TEST_MOTO';

/** The shared S3 server as a client sees it, and the program, for separate servers. */
export interface SharedS3 {
  endpoint: string;
  region: string;
  rootCredentials: S3Credentials;
  binary: string;
}

/** The shared REST catalog, whose tables are on the shared S3 server, and its program. */
export interface SharedRestCatalog {
  uri: string;
  /** Where tables are that are created without a location. */
  warehouse: string;
  program: RestCatalogProgram;
}

/** Like `describe`; skipped, with the reason in the name, if there is no S3 server. In CI, the global setup has failed then. */
export function describeWithS3(name: string, body: () => void): void {
  describeWith(S3, 'no S3 server', name, body);
}

/** Like `describeWithS3`, for the REST catalog; there is an S3 server, too. */
export function describeWithRestCatalog(name: string, body: () => void): void {
  describeWith(REST_CATALOG, 'no REST catalog server', name, body);
}

export function describeWithMoto(name: string, body: () => void): void {
  describeWith(MOTO, 'no moto', name, body);
}

export function sharedS3(): SharedS3 {
  return fromEnvironment<SharedS3>(S3, 'describeWithS3');
}

export function sharedRestCatalog(): SharedRestCatalog {
  return fromEnvironment<SharedRestCatalog>(REST_CATALOG, 'describeWithRestCatalog');
}

/** A separate server, which the test has to stop. */
export function startOwnS3(options: Omit<S3ServerOptions, 'binary'> = {}): Promise<S3Server> {
  return startS3Server({ ...options, binary: sharedS3().binary });
}

/** A separate catalog, which the test has to stop. */
export function startOwnRestCatalog(options: Omit<RestCatalogOptions, keyof RestCatalogProgram>): Promise<RestCatalog> {
  return startRestCatalog({ ...options, ...sharedRestCatalog().program });
}

/** A separate moto, which the test has to stop. */
export function startOwnMoto(): Promise<Moto> {
  return startMoto({ python: fromEnvironment<string>(MOTO, 'describeWithMoto') });
}

/** A client as tests need it: path-style, and without retries, which would hide what the server has said. */
export function s3Client(
  server: { endpoint: string; region: string },
  credentials: S3Credentials & { sessionToken?: string },
): S3Client {
  const { endpoint, region } = server;
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
}

/** A unique name, for buckets and namespaces on shared servers. */
export function freshName(prefix = 'test'): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** An empty bucket with a unique name. */
export async function freshBucket(server: { endpoint: string; region: string; rootCredentials: S3Credentials }) {
  const bucket = freshName();
  await createBuckets(server, bucket);
  return bucket;
}

function describeWith(variable: string, why: string, name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[variable]) describe(name, body);
  else skip(`${name} (${why})`, body);
}

function fromEnvironment<T>(variable: string, wrapper: string): T {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: put the test into ${wrapper}.`);
  return JSON.parse(value) as T;
}
