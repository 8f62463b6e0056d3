/** A request to one HTTP server that another one answers. */
import {
  type Agent,
  request as askFor,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

/** The HTTP server that requests are forwarded to. */
export interface HttpTarget {
  host: string;
  port: number;
}

/** Of one connection, and not of the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Asks `title` at that place what was asked here, and gives its answer; 502 where it has none. */
export function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port }: HttpTarget,
  agent: Agent,
  title: string,
): void {
  const { method, url: path } = request;
  let inner: ClientRequest;
  try {
    inner = askFor({ host, port, method, path, headers: withoutHops(request.headers), agent });
  } catch {
    // Node reads some characters in an address that it does not write.
    answerText(response, 400, 'The request cannot be passed on.');
    return;
  }
  inner.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    pipeline(answer, response, () => {});
  });
  inner.on('error', () => {
    if (response.headersSent) response.destroy();
    else answerText(response, 502, `${title} does not answer.`);
  });
  response.once('close', () => {
    if (!response.writableFinished) inner.destroy(); // The browser went away.
  });
  request.pipe(inner);
}

function withoutHops<T extends IncomingMessage['headers']>(headers: T): T {
  const kept = { ...headers };
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}

/** A line of text, and the end of the connection. */
export function answerText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${text}\n`);
}
