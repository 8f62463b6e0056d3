/** Liveness and readiness over HTTP, for Kubernetes, ECS and load balancers: /healthz and /readyz. */
import { hostAndPort } from '../config/telemetry.js';
import { UserMistake } from '../errors/index.js';
import { closeAll, createBoundedServer, type HttpBounds, listenAt } from '../net/bounded-http.js';
import type { Condition, Readiness } from './readiness.js';

/** The HTTP server for health probes. */
export interface HealthServer {
  close(): Promise<void>;
}

/** A probe is one short request that expects a response within a second or two. docs/operations.md lists these limits. */
export const PROBE_BOUNDS: HttpBounds = {
  connections: 64,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  idleTimeout: 10_000,
  maxHeaderSize: 8_192,
};

/** Listens at `host:port` until it is closed. Throws `UserMistake` if it cannot listen. */
export async function startHealth(address: string, readiness: Readiness): Promise<HealthServer> {
  const server = createBoundedServer(PROBE_BOUNDS, (request, response) => {
    const answer = (code: number, body: object, headers: Record<string, string> = {}): void => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const report = (condition: Condition, ok: boolean): void => answer(ok ? 200 : 503, condition);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // The body is not read, so the connection cannot be reused.
      return answer(405, { error: 'Use GET or HEAD.' }, { allow: 'GET, HEAD', connection: 'close' });
    }
    switch (request.url?.replace(/\?.*/, '')) {
      // A worker that is stopping, or whose server is down, is alive and must not be killed. A failed one does not recover.
      case '/healthz':
        return report(readiness.current(), readiness.current().status !== 'failed');
      case '/readyz':
        return void readiness.check().then((condition) => report(condition, condition.status === 'ready'));
      default:
        return answer(404, { error: 'Not found. Use /healthz or /readyz.' });
    }
  });
  await listenAt(server, hostAndPort(address)).catch((error: NodeJS.ErrnoException) => {
    throw new UserMistake(
      `The health server cannot listen on ${address} (${error.code}).`,
      'Choose another address (--health, TRAILMILL_HEALTH).',
      { cause: error },
    );
  });
  return { close: () => closeAll(server) };
}
