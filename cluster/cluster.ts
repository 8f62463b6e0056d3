/** Connects to the Temporal cluster in the settings: the project's embedded server, or any other cluster. */
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions } from '@temporalio/worker';
import type { ClusterSettings, Settings } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import { answers, devServerFile, readDevServer, runningDevServer } from '../server/dev-server-file.js';
import { GRPC, hasGrpcCode } from './grpc.js';
import { whyNoConnection } from './handshake.js';
import { readTls } from './tls-files.js';
import { startTracing, type Tracing } from './tracing.js';

/** An open connection to a Temporal cluster, with its settings. */
export interface Cluster {
  connection: Connection;
  /** For {@link connectWorker}. */
  nativeOptions: NativeConnectionOptions;
  address: string;
  namespace: string;
  taskQueue: string;
  /** Absent if tracing is off. */
  tracing?: Tracing;
  /** For links; absent if unknown. */
  uiUrl?: string;
}

/** Milliseconds. */
const CONNECT_LIMIT = 5_000;

/** Connects and checks that the namespace exists. Throws `UserMistake` within about 10 s if either fails. */
export async function connect(settings: Settings): Promise<Cluster> {
  const cluster = await withAddress(settings);
  const { address, namespace, taskQueue, uiUrl } = cluster;
  const options = await connectionOptions(cluster);
  // gRPC would retry until the deadline. For other clusters there may be a proxy in between, so only gRPC can tell.
  if (cluster.embedded && !(await answers(address))) {
    throw await connectError(new Error('connection refused'), cluster);
  }
  const deadline = Date.now() + CONNECT_LIMIT;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: CONNECT_LIMIT });
    const { workflowService } = connection;
    await connection.withDeadline(deadline, () => workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await connection?.close();
    throw await connectError(error, cluster, options.tls);
  }
  return { connection, nativeOptions: options, address, namespace, taskQueue, uiUrl, tracing: await startTracing() };
}

async function withAddress({ cluster, projectDir }: Settings): Promise<ClusterSettings> {
  // If this command started the server, the address is already set.
  if (!cluster.embedded || cluster.address !== '') return cluster;
  const server = await runningDevServer(projectDir);
  if (server) return { ...cluster, address: server.address, uiUrl: server.uiUrl, namespace: server.namespace };
  const { unusable } = await readDevServer(projectDir);
  throw new UserMistake(
    `No Temporal server is running for the project ${projectDir}.${unusable ? ` ${devServerFile(projectDir)} is ignored: ${unusable}.` : ''}`,
    'Start one with `trailmill dev`, or set a cluster (temporal.address in temporal.yaml, or TEMPORAL_ADDRESS).',
  );
}

/** Returns the options that clients and workers share. Reads the certificates. */
async function connectionOptions(
  cluster: ClusterSettings,
): Promise<Pick<ConnectionOptions & NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>> {
  const { address, apiKey, metadata } = cluster;
  // An API key must not be sent in clear text, so it turns TLS on.
  const tls = cluster.tls ?? (apiKey ? true : undefined);
  return { address, apiKey, metadata, tls: typeof tls === 'object' ? await readTls(tls) : tls };
}

/** Opens the connection that a worker polls on, after {@link connect}. Throws `UserMistake` if it cannot connect. */
export async function connectWorker({ nativeOptions, address }: Cluster): Promise<NativeConnection> {
  // Only workers need this package, which takes as long to load as everything else.
  const { NativeConnection } = await import('@temporalio/worker');
  try {
    return await NativeConnection.connect(nativeOptions);
  } catch (error) {
    throw new UserMistake(
      `The worker cannot connect to the Temporal server at ${address}, although a client can: ${messageOf(error)}.`,
      'Workers verify TLS more strictly: the server needs its own certificate, signed by the certificate authority, with its host name as a subject alternative name.',
      { cause: error },
    );
  }
}

async function connectError(
  error: unknown,
  { embedded, address, namespace }: ClusterSettings,
  tls?: ConnectionOptions['tls'],
): Promise<unknown> {
  if (error instanceof UserMistake) return error;
  const options = { cause: error };
  if (hasGrpcCode(error, GRPC.NOT_FOUND)) {
    return new UserMistake(
      `The Temporal server at ${address} has no namespace ${namespace}.`,
      `Create it (temporal operator namespace create -n ${namespace}), or correct temporal.namespace.`,
      options,
    );
  }
  if (hasGrpcCode(error, GRPC.PERMISSION_DENIED, GRPC.UNAUTHENTICATED)) {
    return new UserMistake(
      `The Temporal server at ${address} denies access to the namespace ${namespace}.`,
      'Check the API key or the client certificate, and that they are for this namespace.',
      options,
    );
  }
  const reason = embedded ? undefined : await whyNoConnection(address, tls ?? false);
  if (reason) return new UserMistake(`The Temporal server at ${address} ${reason.message}`, reason.cure, options);
  const cure = embedded ? 'Start one with `trailmill dev`.' : 'Check the address and TLS, and that the cluster is up.';
  return new UserMistake(`No Temporal server at ${address} (${messageOf(error)}).`, cure, options);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
