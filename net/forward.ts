/** Forwards HTTP requests to another server (reverse proxy). */
import {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from 'node:http';
import { pipeline } from 'node:stream';

/** The HTTP server that requests are forwarded to. */
export interface HttpTarget {
  host: string;
  port: number;
}

/** Headers that apply to a single connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/**
 * Forwards a request to the target server and returns its response, or 502 if it does not respond. `title` names it in the
 * message. `change` changes the headers of the response.
 */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port }: HttpTarget,
  agent: Agent,
  title: string,
  change: (received: IncomingMessage) => IncomingHttpHeaders = ({ headers }) => headers,
): void {
  const { method, url: path } = request;
  let inner: ClientRequest;
  try {
    inner = sendRequest({ host, port, method, path, headers: withoutHops(request.headers), agent });
  } catch {
    // Node accepts some characters in incoming URLs that it rejects in outgoing ones.
    sendText(response, 400, 'The request cannot be forwarded.');
    return;
  }
  inner.on('response', (received) => {
    response.writeHead(received.statusCode ?? 502, withoutHops(change(received)));
    pipeline(received, response, () => {});
  });
  inner.on('error', () => {
    if (response.headersSent) response.destroy();
    else sendText(response, 502, `${title} does not respond.`);
  });
  response.once('close', () => {
    if (!response.writableFinished) inner.destroy(); // The client disconnected.
  });
  request.pipe(inner);
}

function withoutHops<T extends IncomingHttpHeaders>(headers: T): T {
  const kept = { ...headers };
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}

/** Sends a line of text as the response and closes the connection. */
export function sendText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${text}\n`);
}
