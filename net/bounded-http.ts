/** HTTP servers with limits on connections, time and header size, so that clients cannot exhaust them. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Limits of an HTTP server, against slow, too many or disconnected clients. */
export interface HttpBounds {
  /** Maximum number of open connections. A further connection closes the oldest, so that idle clients do not block others. */
  connections: number;
  /** Milliseconds from the first byte of a request, or the start of the connection, to the last byte of its headers. */
  headersTimeout: number;
  /** Milliseconds from the same point to the last byte of its body. */
  requestTimeout: number;
  /** Milliseconds without a byte in either direction after which a connection is closed. */
  idleTimeout: number;
  /** Maximum total bytes of a request's headers. */
  maxHeaderSize: number;
}

/** Milliseconds between checks for slow requests. */
const CHECK_INTERVAL_MS = 1_000;

/** Creates a server that is not listening yet. It does not keep the process alive. */
export function createBoundedServer(bounds: HttpBounds, listener: RequestListener): Server {
  const { connections, headersTimeout, requestTimeout, idleTimeout, maxHeaderSize } = bounds;
  const server = createServer(
    {
      headersTimeout,
      requestTimeout,
      maxHeaderSize,
      keepAliveTimeout: Math.min(idleTimeout, 5_000),
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    listener,
  );
  server.timeout = idleTimeout;
  // Destroyed sockets still count here for a moment.
  server.maxConnections = 2 * connections;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size > connections) {
      const [oldest] = open;
      open.delete(oldest);
      oldest.destroy();
    }
  });
  server.unref();
  return server;
}

/** Starts listening at `host` and `port`. Rejects with the system error if that fails. */
export function listenAt(server: Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Stops listening and closes all connections. Can be called more than once. */
export function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
