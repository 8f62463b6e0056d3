/** versitygw on a directory: a real S3 server with users, bucket policies and conditional writes. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import '../../storage/s3/quiet.js';
import { runProgram, tail } from '../../install/run.js';
import { LOOPBACK } from '../../net/free-port.js';
import { environmentWithout } from './environment.js';
import { LoopbackServer, type ServerKind } from './loopback-server.js';

/** An access key of the S3 server. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The options of the S3 server. */
export interface S3ServerOptions {
  /** From `findVersitygw`. */
  binary: string;
  /** Directory for buckets, users and the log, which is kept. Default: a temporary one, removed by `stop`. */
  directory?: string;
  port?: number;
  /** The region. A request for another one is rejected with the correct one. Default: us-east-1. */
  region?: string;
}

/** A running S3 server. */
export interface S3Server {
  /** `http://127.0.0.1:port`. Address buckets by path. */
  readonly endpoint: string;
  readonly region: string;
  /** Credentials that may do everything. */
  readonly rootCredentials: S3Credentials;
  /** Process id; `undefined` while it is down. */
  readonly pid: number | undefined;
  /** Creates a user, who may do nothing until a bucket policy allows it (principal: its access key id). */
  createUser(): Promise<S3Credentials>;
  /** Kills it with SIGKILL: running requests are aborted. */
  kill(): Promise<void>;
  /** Restarts it after `kill`, with the same buckets and users at the same address. */
  start(): Promise<void>;
  /** Stops it and removes its temporary directory. */
  stop(): Promise<void>;
}

/** Time limit of an administration command. */
const ADMIN_TIMEOUT_MS = 30_000;

/** Starts the server; resolves once it responds to a signed request. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { binary, region = 'us-east-1' } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'trailmill-s3-')));
  const [buckets, users] = [join(directory, 'buckets'), join(directory, 'users')];
  for (const path of [buckets, users]) await mkdir(path, { recursive: true });
  const rootCredentials = newCredentials('root');
  const endpoint = (port: number) => `http://${LOOPBACK}:${port}`;
  const kind: ServerKind = {
    title: 'S3 server',
    program: binary,
    // Without the user cache, so that a new user can be used immediately.
    args: (port) => {
      const gateway = ['--port', `${LOOPBACK}:${port}`, '--region', region, '--keep-alive', '--quiet'];
      return [...gateway, '--iam-dir', users, '--iam-cache-disable', 'posix', buckets];
    },
    env: () => ({
      ...environmentWithout(USER_SETTINGS),
      ROOT_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    }),
    logFile: join(directory, 'versitygw.log'),
    answers: (port, signal) => acceptsCredentials(endpoint(port), region, rootCredentials, signal),
  };
  const discard = async () => {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  const server = await startOnAnyFileSystem(kind, join(directory, 'attributes'), options.port).catch(
    async (error: unknown) => {
      await discard();
      throw error;
    },
  );
  const administer = async (args: readonly string[]): Promise<void> => {
    const env = {
      ...environmentWithout(USER_SETTINGS),
      ADMIN_ENDPOINT_URL: endpoint(server.port),
      ADMIN_REGION: region,
      ADMIN_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      ADMIN_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    };
    const { code, output } = await runProgram(binary, ['admin', ...args], { env, timeout: ADMIN_TIMEOUT_MS });
    if (code !== 0) throw new Error(`versitygw admin ${args[0]} failed: ${tail(output, 3)}`);
  };
  return {
    endpoint: endpoint(server.port),
    region,
    rootCredentials,
    get pid() {
      return server.pid;
    },
    createUser: async () => {
      const user = newCredentials('user');
      const { accessKeyId, secretAccessKey } = user;
      await administer(['create-user', '--access', accessKeyId, '--secret', secretAccessKey, '--role', 'user']);
      return user;
    },
    kill: () => server.kill(),
    start: () => server.start(),
    stop: async () => {
      await server.stop();
      await discard();
    },
  };
}

/** Object metadata is in extended attributes of files; if the file system does not support them, in files in `sidecar`. */
async function startOnAnyFileSystem(
  kind: ServerKind,
  sidecar: string,
  port: number | undefined,
): Promise<LoopbackServer> {
  try {
    return await LoopbackServer.start(kind, port);
  } catch (error) {
    if (!/xattrs are not supported/.test(String(error))) throw error;
    await mkdir(sidecar, { recursive: true });
    const args = (free: number) => [
      ...kind.args(free).slice(0, -1),
      '--sidecar',
      sidecar,
      ...kind.args(free).slice(-1),
    ];
    return LoopbackServer.start({ ...kind, args }, port);
  }
}

/** New credentials for each server, so that no other server accepts them. */
function newCredentials(prefix: string): S3Credentials {
  return {
    accessKeyId: `${prefix}${randomBytes(6).toString('hex')}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

/** Creates empty buckets. */
export async function createBuckets(
  { endpoint, region, rootCredentials: credentials }: Pick<S3Server, 'endpoint' | 'region' | 'rootCredentials'>,
  ...names: readonly string[]
): Promise<void> {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    for (const Bucket of names) await client.send(new CreateBucketCommand({ Bucket }));
  } finally {
    client.destroy();
  }
}

/** The environment variables of a process that uses the server's root credentials. They do not include its endpoint. */
export function rootEnvironment({ region, rootCredentials }: Pick<S3Server, 'region' | 'rootCredentials'>) {
  const { accessKeyId, secretAccessKey } = rootCredentials;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
}

async function acceptsCredentials(
  endpoint: string,
  region: string,
  credentials: S3Credentials,
  abortSignal: AbortSignal,
) {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal });
    return true;
  } finally {
    client.destroy();
  }
}

/** Variables of the user that would affect the server. */
const USER_SETTINGS = /^(VGW|AWS|ADMIN|ROOT|LOGFILE|WEBHOOK)/;
