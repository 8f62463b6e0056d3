/** Liveness and readiness over HTTP, for Kubernetes, ECS and load balancers: /healthz and /readyz. */
import { hostAndPort } from '../config/telemetry.js';
import { UserMistake } from '../errors/index.js';
import { closeAll, createBoundedServer, type HttpBounds, listenAt } from '../net/bounded-http.js';
import type { Condition, Readiness } from './readiness.js';

/** The HTTP server that probes ask. */
export interface HealthServer {
  close(): Promise<void>;
}

/** A probe is one short request and wants its answer within a second or two; docs/operations.md names these. */
export const PROBE_BOUNDS: HttpBounds = {
  connections: 64,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  idleTimeout: 10_000,
  maxHeaderSize: 8_192,
};

/** Listens at `host:port` until it is closed. Throws `UserMistake` where it cannot. */
export async function startHealth(address: string, readiness: Readiness): Promise<HealthServer> {
  const server = createBoundedServer(PROBE_BOUNDS, (request, response) => {
    const answer = (code: number, body: object, headers: Record<string, string> = {}): void => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
      response.end(`${JSON.stringify(body)}\n`);
    };
    const tell = (condition: Condition, well: boolean): void => answer(well ? 200 : 503, condition);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // The body is not read, so the connection cannot be used again.
      return answer(405, { error: 'Ask with GET or HEAD.' }, { allow: 'GET, HEAD', connection: 'close' });
    }
    switch (request.url?.replace(/\?.*/, '')) {
      // A worker that stops, or whose server is away, is alive and must not be killed. One that failed does not recover.
      case '/healthz':
        return tell(readiness.now(), readiness.now().status !== 'failed');
      case '/readyz':
        return void readiness.asked().then((condition) => tell(condition, condition.status === 'ready'));
      default:
        return answer(404, { error: 'There are /healthz and /readyz.' });
    }
  });
  await listenAt(server, hostAndPort(address)).catch((error: NodeJS.ErrnoException) => {
    throw new UserMistake(
      `The health server cannot listen on ${address} (${error.code}).`,
      'Give another address (--health, TRAILMILL_HEALTH).',
      { cause: error },
    );
  });
  return { close: () => closeAll(server) };
}
