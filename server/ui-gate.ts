/**
 * A reverse proxy at the address of the embedded server's UI. It forwards requests that the user makes in a browser, and
 * rejects requests that other web pages make.
 *
 * The UI itself has no access control. It requires a CSRF token for changes, which pages of other origins cannot read. But it
 * accepts any host name: a page of attacker.example whose name is made to resolve to 127.0.0.1 (DNS rebinding) has the same
 * origin as the UI and can read the token. So `Host` must be a name of this machine, and `Origin` must match it.
 */
import { randomInt } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { closeAll, createBoundedServer, type HttpBounds, listenAt } from '../net/bounded-http.js';
import { forwardRequest, type HttpTarget, sendText } from '../net/forward.js';
import { freePort, LOOPBACK } from '../net/free-port.js';

/** A page of the UI loads about a hundred files, six at a time; a list of workflows can be a large, slow response. */
const BOUNDS: HttpBounds = {
  connections: 256,
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  idleTimeout: 120_000,
  maxHeaderSize: 32_768,
};

/** `localhost` cannot be registered: https://www.rfc-editor.org/rfc/rfc6761#section-6.3. Any port, because of tunnels. */
const OWN_NAME = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Returns why a request is rejected; `undefined` if it is allowed. `headers` are Node's, with names in lower case.
 * Links from other sites to a page of the UI are allowed as top-level navigation, because the other site cannot read the page.
 */
export function rejectionReason({
  method = '',
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers;
  if (!url.startsWith('/')) return 'the request names another server';
  if (!OWN_NAME.test(host)) return 'its Host header is not localhost or 127.0.0.1';
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'it comes from another web page';
  if (origin === undefined && !READS.has(method)) return 'it is not a read request and has no Origin header';
  const followsLink = READS.has(method) && mode === 'navigate' && dest === 'document';
  if ((site === 'cross-site' || site === 'same-site') && !followsLink) return 'it comes from another web page';
  return undefined;
}

/** Files whose names have a hash of their content: https://svelte.dev/docs/kit/project-structure */
const NAMED_BY_CONTENT = /^\/_app\/immutable\//;

/**
 * Lets browsers cache the files that never change. The UI's server does not allow it, and sends its cookie with each of
 * them: a browser would load all hundred of them again for every page.
 */
function cacheable(url: string, { statusCode, headers }: IncomingMessage): IncomingHttpHeaders {
  if (statusCode !== 200 || !NAMED_BY_CONTENT.test(url)) return headers;
  const { 'set-cookie': _cookie, ...kept } = headers;
  return { ...kept, vary: 'Accept-Encoding', 'cache-control': 'public, max-age=31536000, immutable' };
}

/**
 * Listens on `port` of the loopback interface and forwards allowed requests to `inner`. Returns a function that closes it.
 * Rejects with `EADDRINUSE` if the port is in use.
 */
export async function startUiGate(port: number, inner: HttpTarget): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createBoundedServer(BOUNDS, (request, response) => {
    const reason = rejectionReason(request);
    const change = (received: IncomingMessage) => cacheable(request.url ?? '', received);
    if (reason === undefined) forwardRequest(request, response, inner, agent, 'The Temporal UI', change);
    else sendText(response, 403, `Refused: ${reason}.`);
  });
  await listenAt(server, { host: LOOPBACK, port });
  return async () => {
    await closeAll(server);
    agent.destroy();
  };
}

/**
 * Ports that browsers never connect to, out of reach of every web page: https://fetch.spec.whatwg.org/#port-blocking. Only
 * unprivileged ports that are also on Chromium's list.
 */
export const BLOCKED_BY_BROWSERS = [
  1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10_080,
];

/**
 * Chooses the address of the UI itself, behind the gate. On Linux all of 127.0.0.0/8 is loopback, which has room for any
 * number of servers; other systems only have 127.0.0.1. If all blocked ports are in use there, returns any free port.
 */
export async function chooseUiTarget(): Promise<HttpTarget> {
  const first = randomInt(BLOCKED_BY_BROWSERS.length);
  for (const host of [`127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`, LOOPBACK]) {
    for (let i = 0; i < BLOCKED_BY_BROWSERS.length; i++) {
      const port = BLOCKED_BY_BROWSERS[(first + i) % BLOCKED_BY_BROWSERS.length];
      if (await canListen(host, port)) return { host, port };
    }
  }
  return { host: LOOPBACK, port: await freePort(0) };
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
