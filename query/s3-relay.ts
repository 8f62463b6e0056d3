/**
 * Lets DuckDB read table files in S3 without giving it credentials, which SQL could read (`duckdb_secrets()` shows key ids).
 * While the tables are open, a server on the loopback interface handles DuckDB's requests and reads the objects with the
 * stores' own clients. Its URLs contain a random token, so that other processes on the machine cannot use it.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ObjectNotFound, StorageAccessDenied, TrailmillError } from '../errors/index.js';
import { LOOPBACK } from '../net/free-port.js';
import type { S3Parts } from '../storage/s3/access.js';
import { tryDecodeUri } from '../text/uri.js';
import { fileUrl } from './sql-text.js';

/** A local HTTP server through which DuckDB reads S3 objects. */
export class S3Relay {
  private readonly token = randomBytes(24).toString('hex');
  private readonly readers: S3Parts[] = [];
  private readonly closing = new AbortController();
  private base = '';
  private last: TrailmillError | undefined;

  private constructor(private readonly server: Server) {}

  /** Starts a relay; resolves when it is listening. */
  static async start(): Promise<S3Relay> {
    const server = createServer();
    const relay = new S3Relay(server);
    server.on('request', (request, response) => {
      relay.handle(request, response).catch((error: unknown) => {
        if (error instanceof TrailmillError) relay.last = error;
        if (response.headersSent) response.destroy();
        // DuckDB retries all errors except 404, and the stores have already retried transient errors.
        else response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, resolve);
    });
    // Do not keep the process alive.
    server.unref();
    const { port } = server.address() as AddressInfo;
    relay.base = `http://${LOOPBACK}:${port}/${relay.token}`;
    return relay;
  }

  /** Returns a function that maps `s3://` URIs to the URLs at which DuckDB can read the objects through `parts`. */
  urlsOf(parts: S3Parts): (address: string) => string {
    const index = this.readers.push(parts) - 1;
    return (address) => {
      const [, path] = /^s3[an]?:\/\/(.*)$/s.exec(address) ?? [];
      if (path === undefined) return fileUrl(address);
      // DuckDB treats an asterisk as a pattern.
      const encoded = path.split('/').map(encodeURIComponent).join('/').replaceAll('*', '%2A');
      return `${this.base}/${index}/${encoded}`;
    };
  }

  /** The last reason why an object could not be read. DuckDB's message contains at most its address. */
  get failure(): TrailmillError | undefined {
    return this.last;
  }

  /** Replaces the relay's URLs in a DuckDB message with S3 URIs, and its status with the one that S3 returned. */
  withS3Uris(text: string): string {
    const relayUrl = new RegExp(`http://[\\d.]+:\\d+/${this.token}/\\d+/([^\\s'"]*)`, 'g');
    const status = this.last && statusOf(this.last);
    return text
      .replace(relayUrl, (_, path: string) => `s3://${tryDecodeUri(path)}`)
      .replace(/\(HTTP 404 Not Found\)/g, (all) => (status === undefined ? all : `(HTTP ${status})`));
  }

  close(): void {
    this.closing.abort();
    this.server.closeAllConnections();
    this.server.close();
  }

  private async handle({ method, url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
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
    // DuckDB requests ranges; without a range, it gets the whole object.
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

/** The HTTP status of an S3 error, for messages. */
function statusOf(error: unknown): number {
  if (error instanceof StorageAccessDenied) return 403;
  return error instanceof ObjectNotFound ? 404 : 502;
}
