/**
 * What stands at the address of the embedded server's UI: it lets through what a person's browser asks of its own accord,
 * and nothing that another web page makes it ask.
 *
 * The UI itself has no access control. It asks for a token before it changes anything, which pages of other origins cannot
 * read. But it answers under any name: a page of attacker.example whose name is made to point to 127.0.0.1 (DNS rebinding)
 * counts as the UI's own and reads the token. So the name in `Host` has to be one of this machine's, and `Origin` the same.
 */
import { randomInt } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { closeAll, createBoundedServer, type HttpBounds, listenAt } from '../net/bounded-http.js';
import { forwardRequest, type HttpTarget, sendText } from '../net/forward.js';
import { freePort, LOOPBACK } from '../net/free-port.js';

/** A page of the UI loads some hundred files, six at once; a table of workflows can be a large answer on a busy machine. */
const BOUNDS: HttpBounds = {
  connections: 256,
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  idleTimeout: 120_000,
  maxHeaderSize: 32_768,
};

/** `localhost` cannot be given to anybody: https://www.rfc-editor.org/rfc/rfc6761#section-6.3. The port may be a tunnel's. */
const OWN_NAME = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/**
 * Why a request is not let through; `undefined` when it is. `headers` as Node has them, names in lower case.
 * A link from elsewhere to a page of the UI is fine, in a window of its own; what it shows stays in that window.
 */
export function whyNotLetIn({
  method = '',
  url = '',
  headers,
}: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers;
  if (!url.startsWith('/')) return 'the request names another server';
  if (!OWN_NAME.test(host)) return 'the name of the server in it is not localhost or 127.0.0.1';
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'it comes from another web page';
  if (origin === undefined && !READS.has(method))
    return 'it changes something and does not say which page it comes from';
  const followsLink = READS.has(method) && mode === 'navigate' && dest === 'document';
  if ((site === 'cross-site' || site === 'same-site') && !followsLink) return 'it comes from another web page';
  return undefined;
}

/** Listens on `port` of the loopback and passes on to `inner` what it lets in. Gives what closes it; rejects with `EADDRINUSE`. */
export async function startUiGate(port: number, inner: HttpTarget): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createBoundedServer(BOUNDS, (request, response) => {
    const reason = whyNotLetIn(request);
    if (reason === undefined) forwardRequest(request, response, inner, agent, 'The Temporal UI');
    else sendText(response, 403, `Refused: ${reason}.`);
  });
  await listenAt(server, { host: LOOPBACK, port });
  return async () => {
    await closeAll(server);
    agent.destroy();
  };
}

/**
 * Ports that browsers refuse to talk to, whoever asks: https://fetch.spec.whatwg.org/#port-blocking, those that need no
 * privilege and that Chromium has in its list as well. What listens on one of them is out of reach of every web page.
 */
export const BLOCKED_BY_BROWSERS = [
  1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10_080,
];

/**
 * Where the UI itself can listen, behind the gate. The whole of 127.0.0.0/8 is the loopback on Linux, so there is room for
 * any number of servers; other systems have 127.0.0.1 only. With all these ports taken there it is any free one.
 */
export async function placeBehindGate(): Promise<HttpTarget> {
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
