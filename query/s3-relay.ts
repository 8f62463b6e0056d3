/**
 * Gives DuckDB the files of tables in S3 without giving it credentials: whoever runs SQL could read them there
 * (`duckdb_secrets()` shows key ids). A server on the loopback interface, for as long as the tables are open, takes its requests and
 * reads the objects with the stores' own clients. Its addresses hold a random token, so that nobody else on the machine can use it.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ObjectNotFound, StorageAccessDenied, TrailmillError } from '../errors/index.js';
import type { S3Parts } from '../storage/s3/access.js';
import { LOOPBACK } from '../worker/free-port.js';
import { placeOfFile } from './sql-text.js';

export class S3Relay {
  private readonly token = randomBytes(24).toString('hex');
  private readonly readers: S3Parts[] = [];
  private readonly closing = new AbortController();
  private base = '';
  private last: TrailmillError | undefined;

  private constructor(private readonly server: Server) {}

  /** Resolves when it listens. */
  static async start(): Promise<S3Relay> {
    const server = createServer();
    const relay = new S3Relay(server);
    server.on('request', (request, response) => {
      relay.answer(request, response).catch((error: unknown) => {
        if (error instanceof TrailmillError) relay.last = error;
        if (response.headersSent) response.destroy();
        // Of all answers only this one is not asked for again, and what may be over soon was tried again already.
        else response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, resolve);
    });
    // The process may end while it listens.
    server.unref();
    const { port } = server.address() as AddressInfo;
    relay.base = `http://${LOOPBACK}:${port}/${relay.token}`;
    return relay;
  }

  /** Where DuckDB finds the objects that `parts` reads, by their `s3://` addresses. */
  placesOf(parts: S3Parts): (address: string) => string {
    const index = this.readers.push(parts) - 1;
    return (address) => {
      const [, path] = /^s3[an]?:\/\/(.*)$/s.exec(address) ?? [];
      if (path === undefined) return placeOfFile(address);
      // A star would be a pattern.
      const encoded = path.split('/').map(encodeURIComponent).join('/').replaceAll('*', '%2A');
      return `${this.base}/${index}/${encoded}`;
    };
  }

  /** Why an object could not be read, the last time: DuckDB's message has its address at the most. */
  get failure(): TrailmillError | undefined {
    return this.last;
  }

  /** A text of DuckDB with the addresses in S3 in the place of those here, and with the status that S3 gave. */
  withoutPlaces(text: string): string {
    const here = new RegExp(`http://[\\d.]+:\\d+/${this.token}/\\d+/([^\\s'"]*)`, 'g');
    const status = this.last && statusOf(this.last);
    return text
      .replace(here, (_, path: string) => `s3://${decoded(path)}`)
      .replace(/\(HTTP 404 Not Found\)/g, (all) => (status === undefined ? all : `(HTTP ${status})`));
  }

  close(): void {
    this.closing.abort();
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token, index, bucket, ...names] = url.split('/');
    const parts = token === this.token ? this.readers[Number(index)] : undefined;
    if (parts === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    const { signal } = this.closing;
    const object = { bucket, key: names.map(decodeURIComponent).join('/'), signal };
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    const head = method === 'HEAD' || from === undefined ? await parts(object) : undefined;
    // DuckDB asks for ranges; without one it wants the whole object.
    const range =
      from !== undefined ? { from: Number(from), to: Number(to) } : { from: 0, to: Math.max(0, (head?.size ?? 0) - 1) };
    const found = method === 'HEAD' || head?.size === 0 ? head : await parts({ ...object, range });
    if (found === undefined) return;
    const { size, etag, lastModified, body = Buffer.alloc(0) } = found;
    const isPart = method === 'GET' && from !== undefined;
    response.writeHead(isPart ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': method === 'HEAD' ? size : body.length,
      etag: `"${etag}"`,
      'last-modified': new Date(lastModified).toUTCString(),
      ...(isPart && { 'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${size}` }),
    });
    response.end(method === 'HEAD' ? undefined : body);
  }
}

/** A message may have cut an address in the middle of a character. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** What S3 said, as far as a message needs it. */
function statusOf(error: unknown): number {
  if (error instanceof StorageAccessDenied) return 403;
  return error instanceof ObjectNotFound ? 404 : 502;
}
