/** HTTP servers that a client cannot exhaust: few connections, little time, small headers. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Limits of an HTTP server, against clients that are slow, many or gone. */
export interface HttpBounds {
  /** Open connections at once. One more closes the oldest, so that idle clients do not keep others out. */
  connections: number;
  /** Milliseconds from the first byte of a request, or the start of the connection, to the last one of its headers. */
  headersTimeout: number;
  /** The same, to the last byte of its body. */
  requestTimeout: number;
  /** Milliseconds without a byte in either direction after which a connection is closed. */
  idleTimeout: number;
  /** Bytes of all headers of a request together. */
  maxHeaderSize: number;
}

/** How often slow requests are looked for, milliseconds. */
const LOOK_EVERY = 1_000;

/** A server that does not listen yet. It does not keep the process alive. */
export function createBoundedServer(bounds: HttpBounds, listener: RequestListener): Server {
  const { connections, headersTimeout, requestTimeout, idleTimeout, maxHeaderSize } = bounds;
  const server = createServer(
    {
      headersTimeout,
      requestTimeout,
      maxHeaderSize,
      keepAliveTimeout: Math.min(idleTimeout, 5_000),
      connectionsCheckingInterval: LOOK_EVERY,
    },
    listener,
  );
  server.timeout = idleTimeout;
  // Sockets that were just destroyed still count here for a moment.
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

/** Listens at `host` and `port`. Rejects with what the system says where it cannot. */
export function listenAt(server: Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Stops listening and closes all connections. May be called again. */
export function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
