/** From settings to connections: the embedded server of the project, or any cluster. */
import { readFile } from 'node:fs/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { ClusterSettings, PemSource, Settings } from '../config/settings.js';
import { UserMistake } from '../errors/index.js';
import { answers, runningDevServer } from './dev-server-file.js';

export interface Cluster {
  connection: Connection;
  /** For the worker's own `NativeConnection.connect`. */
  nativeOptions: NativeConnectionOptions;
  address: string;
  namespace: string;
  taskQueue: string;
  /** For links; absent when nobody said where it is. */
  uiUrl?: string;
}

/** Milliseconds until "nothing answers". */
const CONNECT_LIMIT = 5_000;

/** gRPC's numbers, which are its wire format: https://grpc.io/docs/guides/status-codes/ */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** Connects and looks whether the namespace is there. Throws `UserMistake` within some 5 s when it is not. */
export async function connect(settings: Settings): Promise<Cluster> {
  const cluster = await withAddress(settings);
  const { address, namespace, taskQueue, uiUrl } = cluster;
  const options = await connectionOptions(cluster);
  // gRPC would try for the whole time. Elsewhere there may be a proxy between, so only gRPC can tell.
  if (cluster.embedded && !(await answers(address))) throw connectError(new Error('connection refused'), cluster);
  const deadline = Date.now() + CONNECT_LIMIT;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: CONNECT_LIMIT });
    const { workflowService } = connection;
    await connection.withDeadline(deadline, () => workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await connection?.close();
    throw connectError(error, cluster);
  }
  return { connection, nativeOptions: options, address, namespace, taskQueue, uiUrl };
}

async function withAddress({ cluster, projectDir }: Settings): Promise<ClusterSettings> {
  // Whoever has just started the server filled the address in.
  if (!cluster.embedded || cluster.address !== '') return cluster;
  const server = await runningDevServer(projectDir);
  if (server) return { ...cluster, address: server.address, uiUrl: server.uiUrl, namespace: server.namespace };
  throw new UserMistake(
    `No Temporal server runs for the project ${projectDir}.`,
    'Start one with `trailmill dev`, or name a cluster (temporal.address in temporal.yaml, or TEMPORAL_ADDRESS).',
  );
}

/** The options that the client and the worker share. Certificates are read here. */
export async function connectionOptions(
  cluster: ClusterSettings,
): Promise<Pick<ConnectionOptions & NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'>> {
  const { address, apiKey, metadata } = cluster;
  // An API key in clear text would be given away: with one, TLS is on.
  const tls = cluster.tls ?? (apiKey ? true : undefined);
  if (typeof tls !== 'object') return { address, apiKey, metadata, tls };
  const [ca, crt, key] = await Promise.all([tls.serverRootCa, tls.clientCert, tls.clientKey].map(readPem));
  return {
    address,
    apiKey,
    metadata,
    tls: {
      serverNameOverride: tls.serverName,
      serverRootCACertificate: ca,
      clientCertPair: crt && key ? { crt, key } : undefined,
    },
  };
}

async function readPem(source: PemSource | undefined): Promise<Buffer | undefined> {
  if (!source) return undefined;
  if ('data' in source) return Buffer.from(source.data);
  try {
    return await readFile(source.path);
  } catch (error) {
    throw new UserMistake(
      `The certificate file ${source.path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Correct temporal.tls in temporal.yaml, or TEMPORAL_TLS_*.',
      { cause: error },
    );
  }
}

function connectError(error: unknown, { embedded, address, namespace }: ClusterSettings): unknown {
  if (error instanceof UserMistake) return error;
  const code = (error as { code?: unknown }).code;
  const options = { cause: error };
  if (code === NOT_FOUND) {
    return new UserMistake(
      `The Temporal server at ${address} has no namespace ${namespace}.`,
      `Create it (temporal operator namespace create -n ${namespace}), or correct temporal.namespace.`,
      options,
    );
  }
  if (code === PERMISSION_DENIED || code === UNAUTHENTICATED) {
    return new UserMistake(
      `The Temporal server at ${address} refuses access to the namespace ${namespace}.`,
      'Check the API key or the client certificate, and that they are for this namespace.',
      options,
    );
  }
  const cure = embedded ? 'Start one with `trailmill dev`.' : 'Check the address and TLS, and that the cluster is up.';
  return new UserMistake(
    `No Temporal server at ${address} (${error instanceof Error ? error.message : String(error)}).`,
    cure,
    options,
  );
}
