/** From settings to connections: the embedded server of the project, or any cluster. */
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { ClusterSettings, Settings } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import { answers, devServerFile, readDevServer, runningDevServer } from '../server/dev-server-file.js';
import { GRPC, hasGrpcCode } from './grpc.js';
import { whyNoConnection } from './handshake.js';
import { readTls } from './tls-files.js';
import { startTracing, type Tracing } from './tracing.js';

/** An open connection to a Temporal cluster, and what belongs to it. */
export interface Cluster {
  connection: Connection;
  /** For {@link connectWorker}. */
  nativeOptions: NativeConnectionOptions;
  address: string;
  namespace: string;
  taskQueue: string;
  /** Absent where traces are off. */
  tracing?: Tracing;
  /** For links; absent where it is unknown. */
  uiUrl?: string;
}

/** Milliseconds until "nothing answers". */
const CONNECT_LIMIT = 5_000;

/** Connects and looks whether the namespace is there. Throws `UserMistake` within some 10 s when it is not. */
export async function connect(settings: Settings): Promise<Cluster> {
  const cluster = await withAddress(settings);
  const { address, namespace, taskQueue, uiUrl } = cluster;
  const options = await connectionOptions(cluster);
  // gRPC would try for the whole time. Elsewhere there may be a proxy between, so only gRPC can tell.
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
  // The command that started the server has filled the address in.
  if (!cluster.embedded || cluster.address !== '') return cluster;
  const server = await runningDevServer(projectDir);
  if (server) return { ...cluster, address: server.address, uiUrl: server.uiUrl, namespace: server.namespace };
  const { unusable } = await readDevServer(projectDir);
  throw new UserMistake(
    `No Temporal server runs for the project ${projectDir}.${unusable ? ` ${devServerFile(projectDir)} is ignored: ${unusable}.` : ''}`,
    'Start one with `trailmill dev`, or name a cluster (temporal.address in temporal.yaml, or TEMPORAL_ADDRESS).',
  );
}

/** The options that the client and the worker share. Certificates are read here. */
async function connectionOptions(
  cluster: ClusterSettings,
): Promise<Pick<ConnectionOptions & NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>> {
  const { address, apiKey, metadata } = cluster;
  // An API key in clear text would be given away: with one, TLS is on.
  const tls = cluster.tls ?? (apiKey ? true : undefined);
  return { address, apiKey, metadata, tls: typeof tls === 'object' ? await readTls(tls) : tls };
}

/** The connection that a worker polls on, made when {@link connect} has found the server. */
export async function connectWorker({ nativeOptions, address }: Cluster): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(nativeOptions);
  } catch (error) {
    throw new UserMistake(
      `The worker cannot connect to the Temporal server at ${address}, although a client can: ${reasonOf(error)}.`,
      "A worker's TLS is stricter: the server needs a certificate of its own, signed by the authority, with its name in it.",
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
      `The Temporal server at ${address} refuses access to the namespace ${namespace}.`,
      'Check the API key or the client certificate, and that they are for this namespace.',
      options,
    );
  }
  const reason = embedded ? undefined : await whyNoConnection(address, tls ?? false);
  if (reason) return new UserMistake(`The Temporal server at ${address} ${reason.message}`, reason.cure, options);
  const cure = embedded ? 'Start one with `trailmill dev`.' : 'Check the address and TLS, and that the cluster is up.';
  return new UserMistake(`No Temporal server at ${address} (${reasonOf(error)}).`, cure, options);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
