/** TLS in front of a Temporal server that has none, as provided by a load balancer, an ingress or Temporal Cloud. */
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Pem } from './certificates';

export interface TlsEndpoint {
  /** `localhost:port`, because a certificate has names. */
  address: string;
  /** Number of connections with a completed handshake; with API keys, of calls that were let through. */
  accepted(): number;
  close(): Promise<void>;
}

export interface TlsEndpointOptions {
  /** `host:port` of the server behind it, which uses no TLS. */
  server: string;
  certificate: Pem;
  /** Mutual TLS: only clients with a certificate of this authority are accepted. */
  clientAuthority?: string;
}

/** gRPC's number for "no or wrong credentials". */
const UNAUTHENTICATED = '16';

/** Terminates TLS and forwards the bytes, which are gRPC, without looking at them. */
export async function startTlsEndpoint(options: TlsEndpointOptions): Promise<TlsEndpoint> {
  const { server, certificate, clientAuthority } = options;
  const [host, port] = server.split(':');
  let accepted = 0;
  const sockets = new Set<Socket>();
  const endpoint = createTlsServer(
    {
      ...certificate,
      ALPNProtocols: ['h2'],
      ca: clientAuthority,
      requestCert: clientAuthority !== undefined,
      rejectUnauthorized: clientAuthority !== undefined,
    },
    (secure) => {
      accepted++;
      const behind = connect(Number(port), host);
      for (const [socket, other] of [
        [secure, behind],
        [behind, secure],
      ]) {
        sockets.add(socket);
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.on('error', () => other.destroy());
        socket.pipe(other);
      }
    },
  );
  // Some tests are about refused clients.
  endpoint.on('tlsClientError', () => {});
  return listening(
    endpoint,
    () => accepted,
    () => {
      for (const socket of sockets) socket.destroy();
    },
  );
}

/** Checks each call as Temporal Cloud does: without the right API key, the answer is UNAUTHENTICATED. */
export async function startApiKeyEndpoint(options: {
  server: string;
  certificate: Pem;
  apiKey: string;
}): Promise<TlsEndpoint> {
  const { server, certificate, apiKey } = options;
  let accepted = 0;
  const endpoint = createSecureServer({ ...certificate });
  const sessions = new Set<{ destroy(): void }>();
  endpoint.on('session', (session) => {
    const behind = connectHttp2(`http://${server}`);
    sessions.add(session).add(behind);
    behind.on('error', () => session.destroy());
    session.on('error', () => behind.destroy());
    session.on('close', () => behind.destroy());
    session.on('stream', (stream, headers) => {
      if (headers.authorization !== `Bearer ${apiKey}`) {
        const refusal = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'Request unauthorized.' };
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true });
        return;
      }
      accepted++;
      forward(stream, headers, behind);
    });
  });
  endpoint.on('sessionError', () => {});
  return listening(
    endpoint,
    () => accepted,
    () => {
      for (const session of sessions) session.destroy();
    },
  );
}

/** Forwards one call, with the trailers in which gRPC says how it ended. */
function forward(stream: ServerHttp2Stream, headers: Record<string, unknown>, behind: ClientHttp2Session): void {
  const call = behind.request({ ...headers, ':scheme': 'http' });
  let trailers = {};
  call.on('response', (answer, flags) => {
    const ended = (flags & END_STREAM) !== 0;
    stream.respond(answer, ended ? { endStream: true } : { waitForTrailers: true });
  });
  call.on('trailers', (last) => {
    trailers = last;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('close', () => call.close());
  for (const side of [stream, call]) side.on('error', () => stream.close());
  stream.pipe(call);
  call.pipe(stream);
}

/** A flag of HTTP/2's HEADERS frame: nothing follows. */
const END_STREAM = 1;

async function listening(server: Server, accepted: () => number, cut: () => void): Promise<TlsEndpoint> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    accepted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
