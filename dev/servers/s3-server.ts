/** versitygw on a directory: a real S3 server with users, bucket policies and conditional writes. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import '../../storage/s3/quiet.js';
import { runProgram, tail } from '../../install/run.js';
import { LOOPBACK } from '../../net/free-port.js';
import { LoopbackServer, type ServerKind } from './loopback-server.js';

/** An access key of the S3 server. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What the S3 server runs with. */
export interface S3ServerOptions {
  /** From `findVersitygw`. */
  binary: string;
  /** For buckets, users and the log; kept at the end. Default: a temporary one, removed by `stop`. */
  directory?: string;
  port?: number;
  /** A request for another one is refused with the right one. Default: us-east-1. */
  region?: string;
}

/** A running S3 server. */
export interface S3Server {
  /** `http://127.0.0.1:port`. Address buckets by path. */
  readonly endpoint: string;
  readonly region: string;
  /** May do everything. */
  readonly rootCredentials: S3Credentials;
  /** Process id; `undefined` while it is down. */
  readonly pid: number | undefined;
  /** A new user, who may do nothing until a bucket policy says so (principal: its access key id). */
  createUser(): Promise<S3Credentials>;
  /** Cuts off whatever it is at (SIGKILL). */
  kill(): Promise<void>;
  /** After `kill`: the same buckets and users at the same address. */
  start(): Promise<void>;
  /** Ends it and removes its temporary directory. */
  stop(): Promise<void>;
}

/** Milliseconds for one command of the administration. */
const ADMIN_LIMIT = 30_000;

/** Starts the server; resolves when it has answered a signed request. */
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
    // Without its cache: a user counts from the moment that it is there.
    args: (port) => {
      const gateway = ['--port', `${LOOPBACK}:${port}`, '--region', region, '--keep-alive', '--quiet'];
      return [...gateway, '--iam-dir', users, '--iam-cache-disable', 'posix', buckets];
    },
    env: () => ({
      ...withoutSettings(process.env),
      ROOT_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    }),
    logFile: join(directory, 'versitygw.log'),
    answers: (port, signal) => knows(endpoint(port), region, rootCredentials, signal),
  };
  const discard = async () => {
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  };
  const server = await startAnywhere(kind, join(directory, 'attributes'), options.port).catch(
    async (error: unknown) => {
      await discard();
      throw error;
    },
  );
  const administer = async (args: readonly string[]): Promise<void> => {
    const env = {
      ...withoutSettings(process.env),
      ADMIN_ENDPOINT_URL: endpoint(server.port),
      ADMIN_REGION: region,
      ADMIN_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      ADMIN_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    };
    const { code, output } = await runProgram(binary, ['admin', ...args], { env, timeout: ADMIN_LIMIT });
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

/** What S3 knows about an object is in extended attributes of its file; where there are none, in files in `sidecar`. */
async function startAnywhere(kind: ServerKind, sidecar: string, port: number | undefined): Promise<LoopbackServer> {
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

/** Keys of its own for each server: what knows them is this server and no other. */
function newCredentials(prefix: string): S3Credentials {
  return {
    accessKeyId: `${prefix}${randomBytes(6).toString('hex')}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

/** New, empty buckets. */
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

/** What makes a process a user of the server who may do everything. Its address is the business of configurations. */
export function rootEnvironment({ region, rootCredentials }: Pick<S3Server, 'region' | 'rootCredentials'>) {
  const { accessKeyId, secretAccessKey } = rootCredentials;
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
}

async function knows(endpoint: string, region: string, credentials: S3Credentials, abortSignal: AbortSignal) {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    await client.send(new ListBucketsCommand({}), { abortSignal });
    return true;
  } finally {
    client.destroy();
  }
}

/** What a person has set for a gateway or for AWS of their own does not concern this one. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(VGW|AWS|ADMIN|ROOT|LOGFILE|WEBHOOK)/.test(name)),
  );
}
