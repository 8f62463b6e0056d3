/** An HTTP server that answers as a test says and records the requests: for what real catalogs do not do in tests. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  /** Path and query as sent. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Told {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  body?: unknown;
  /** Cuts the connection instead. */
  cut?: boolean;
  /** Never answers. */
  silent?: boolean;
}

export class AnsweringServer {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => Told | Promise<Told> = () => ({ status: 404 });
  private constructor(private readonly server: Server) {}

  static async start(): Promise<AnsweringServer> {
    const server = createServer();
    const answering = new AnsweringServer(server);
    server.on('request', async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { method = '', url: path = '', headers } = incoming;
      const asked = { method, path, headers, body: Buffer.concat(chunks).toString() };
      answering.asked.push(asked);
      const { status = 200, headers: own, body = {}, cut, silent } = await answering.answer(asked);
      if (silent) return;
      if (cut) {
        incoming.socket.destroy();
        return;
      }
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const type = typeof body === 'string' ? 'text/html' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...own });
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return answering;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The requests, such as `GET /v1/config`. */
  get lines(): string[] {
    return this.asked.map(({ method, path }) => `${method} ${path}`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
