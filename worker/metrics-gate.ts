/**
 * A reverse proxy at the address of the metrics. The SDK's exporter accepts any number of connections and waits for slow ones
 * indefinitely, and each of them uses a file descriptor.
 */
import { Agent } from 'node:http';
import { hostAndPort } from '../config/telemetry.js';
import { UserMistake } from '../errors/index.js';
import { closeAll, createBoundedServer, listenAt } from '../net/bounded-http.js';
import { forwardRequest, type HttpTarget, sendText } from '../net/forward.js';
import { PROBE_BOUNDS } from './health.js';

/**
 * Listens at `host:port` and forwards requests to the exporter. Returns a function that closes it. Throws `UserMistake` if it
 * cannot listen.
 */
export async function startMetricsGate(address: string, exporter: HttpTarget): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const server = createBoundedServer(PROBE_BOUNDS, (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD')
      forwardRequest(request, response, exporter, agent, 'The exporter');
    else sendText(response, 405, 'Use GET or HEAD.');
  });
  await listenAt(server, hostAndPort(address)).catch((error: NodeJS.ErrnoException) => {
    throw new UserMistake(
      `The metrics server cannot listen on ${address} (${error.code}).`,
      'Choose another address (--metrics, TRAILMILL_METRICS).',
      { cause: error },
    );
  });
  return async () => {
    await closeAll(server);
    agent.destroy();
  };
}
