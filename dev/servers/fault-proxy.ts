/**
 * An HTTP/1.1 proxy on the loopback interface that makes a server slow, busy or broken, by rules that can change while it runs.
 *
 * Requests and responses are streamed, and connections are kept alive on both sides. The Host header is passed on unchanged,
 * because the signature of an S3 request covers it.
 */
import { Agent, type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { LOOPBACK } from '../../net/free-port.js';
import { sendCut, sendSlowly } from './fault-bodies.js';
import { ActiveRule, type Fault, type FaultRule, type MadeUpAnswer } from './faults.js';
import { s3ErrorAnswer } from './s3-errors.js';

/** The target of the proxy, and its initial limits. */
export interface FaultProxyOptions {
  /** Base URL of the server: `http://host:port`. */
  target: string;
  /** Default: any. */
  port?: number;
  /** See the properties of the same names. */
  latencyMs?: number;
  maxInFlight?: number;
}

/** The counts of the proxy. */
export interface ProxyCounts {
  requests: number;
  byMethod: Readonly<Record<string, number>>;
  /** The maximum number of concurrent requests, including their latency. */
  maxInFlight: number;
  /** Number of requests that got SlowDown because of the limit. */
  overLimit: number;
}

/** Longer than any client keeps a connection, so that a client never writes to one that is just being closed. */
const KEEP_ALIVE_MS = 120_000;
/** Hop-by-hop headers, which are not passed on; also Expect, because the proxy itself has requested the body. */
const HOP_BY_HOP_HEADERS = new Set(['connection', 'keep-alive', 'proxy-connection', 'expect', 'upgrade']);

/** An HTTP proxy that injects faults by rules. */
export class FaultProxy {
  /** Milliseconds by which every request is delayed before it is forwarded. */
  latencyMs: number;
  /** Maximum number of concurrent requests; further ones get 503 SlowDown. */
  maxInFlight: number;
  private rules: ActiveRule[] = [];
  private inFlight = 0;
  private seen = { requests: 0, byMethod: {} as Record<string, number>, maxInFlight: 0, overLimit: 0 };
  private readonly target: URL;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });

  private constructor({ target, latencyMs = 0, maxInFlight = Number.POSITIVE_INFINITY }: FaultProxyOptions) {
    this.target = new URL(target);
    this.latencyMs = latencyMs;
    this.maxInFlight = maxInFlight;
    this.server.on('request', (incoming, response) => this.take(incoming, response));
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.server.once('error', reject);
      proxy.server.listen(options.port ?? 0, LOOPBACK, resolve);
    });
    return proxy;
  }

  /** `http://127.0.0.1:port`. */
  get endpoint(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Adds a rule. The first rule that applies to a request is used; later ones do not see the request. */
  addRule(rule: FaultRule): ActiveRule {
    const active = new ActiveRule(rule);
    this.rules.push(active);
    return active;
  }

  removeRule(rule: ActiveRule): void {
    this.rules = this.rules.filter((other) => other !== rule);
  }

  /** Removes all rules, the latency and the limit. */
  behave(): void {
    this.rules = [];
    this.latencyMs = 0;
    this.maxInFlight = Number.POSITIVE_INFINITY;
  }

  /** The counts since the start, or since `resetCounts`. */
  get counts(): ProxyCounts {
    return { ...this.seen, byMethod: { ...this.seen.byMethod } };
  }

  resetCounts(): void {
    this.seen = { requests: 0, byMethod: {}, maxInFlight: this.inFlight, overLimit: 0 };
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    this.agent.destroy();
    await closed;
  }

  private take(incoming: IncomingMessage, response: ServerResponse): void {
    const { seen } = this;
    const method = incoming.method as string;
    const tooMany = this.inFlight >= this.maxInFlight;
    seen.requests++;
    seen.byMethod[method] = (seen.byMethod[method] ?? 0) + 1;
    if (tooMany) seen.overLimit++;
    this.inFlight++;
    seen.maxInFlight = Math.max(seen.maxInFlight, this.inFlight);
    // Emitted when the response is sent, and when the connection is closed.
    response.once('close', () => this.inFlight--);
    const fault = tooMany ? SLOW_DOWN : this.faultFor(incoming);
    const go = () => {
      if (!response.destroyed) this.handle(incoming, response, fault);
    };
    if (this.latencyMs > 0) setTimeout(go, this.latencyMs);
    else go();
  }

  private faultFor({ method, url, headers }: IncomingMessage): Fault | undefined {
    for (const rule of this.rules) {
      const fault = rule.faultFor({ method: method as string, path: url as string, headers });
      if (fault) return fault;
    }
    return undefined;
  }

  private handle(incoming: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    if (fault?.kind === 'answer') answerInstead(incoming, response, fault.answer);
    else if (fault?.kind === 'refuse') incoming.socket.destroy();
    else if (fault?.kind === 'hold') {
      void fault.until.then(() => {
        if (!response.destroyed) this.pass(incoming, response, undefined);
      });
    } else this.pass(incoming, response, fault);
  }

  private pass(incoming: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    const forwarded = this.forward(incoming);
    // A server that is down looks like one to the client, too, without an error response of the proxy.
    forwarded.once('error', () => incoming.socket.destroy());
    response.once('close', () => {
      // A client that gives up does not cancel a request whose response is hidden.
      if (!response.writableFinished && !hidesAnswer(fault)) forwarded.destroy();
    });
    forwarded.once('response', (answer) => {
      if (hidesAnswer(fault)) {
        answer.resume(); // The server has done its work when its response has ended.
        if (fault?.kind === 'swallow') answer.once('close', () => incoming.socket.destroy());
        return;
      }
      response.sendDate = false;
      response.writeHead(answer.statusCode as number, answer.statusMessage, passedOn(answer.rawHeaders));
      if (fault?.kind === 'cut') void sendCut(answer, response, fault.afterBytes);
      else if (fault?.kind === 'slow') void sendSlowly(answer, response, fault);
      else pipeline(answer, response, () => {}); // After an error, both are already destroyed.
    });
    pipeline(incoming, forwarded, () => {});
  }

  private forward(incoming: IncomingMessage): ClientRequest {
    const headers = passedOn(incoming.rawHeaders);
    const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
    // Without either there is no body, but Node's client would send a chunked one.
    if (length === undefined && encoding === undefined && /^(PUT|POST|PATCH)$/.test(incoming.method as string)) {
      headers.push('Content-Length', '0');
    }
    return request({
      agent: this.agent,
      host: this.target.hostname,
      port: this.target.port,
      method: incoming.method,
      path: incoming.url,
      headers,
    });
  }
}

const SLOW_DOWN: Fault = { kind: 'answer', answer: s3ErrorAnswer('SlowDown') };

function answerInstead(incoming: IncomingMessage, response: ServerResponse, answer: MadeUpAnswer): void {
  const { status, headers, body = '' } = answer;
  // The rest of the request is read and discarded, so that the connection stays usable.
  incoming.resume();
  response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  response.end(incoming.method === 'HEAD' ? undefined : body);
}

function hidesAnswer(fault: Fault | undefined): boolean {
  return fault?.kind === 'swallow' || fault?.kind === 'silence';
}

/** The headers to pass on, as a flat list of names and values like Node's raw headers: order, case and repetition are kept. */
function passedOn(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!HOP_BY_HOP_HEADERS.has(rawHeaders[i].toLowerCase())) kept.push(rawHeaders[i], rawHeaders[i + 1]);
  }
  return kept;
}
