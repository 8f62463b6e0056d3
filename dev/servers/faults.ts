/** The faults of the fault proxy, and the rules that select requests. */

/** A response of the proxy; the request is not forwarded. */
export interface MadeUpAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** A fault of a request. */
export type Fault =
  | { kind: 'answer'; answer: MadeUpAnswer }
  /** The connection is closed, and the request is not forwarded. */
  | { kind: 'refuse' }
  /** The server processes the request; its response is dropped, and the connection is closed. */
  | { kind: 'swallow' }
  /** The server processes the request; its response is dropped, and the connection stays open. */
  | { kind: 'silence' }
  /** The request is forwarded when the promise resolves. */
  | { kind: 'hold'; until: Promise<unknown> }
  /** The connection is closed after so many bytes of the response body. */
  | { kind: 'cut'; afterBytes: number }
  /** The response body is sent in pieces of `bytes`, one every `everyMs` milliseconds. */
  | { kind: 'slow'; bytes: number; everyMs: number };

/** A fault, and the requests that it applies to. */
export interface FaultRule {
  fault: Fault;
  /** Only requests with this method. */
  method?: string;
  /** Only requests whose path and query, as sent, match. */
  path?: RegExp;
  /** Only requests for which this returns true. */
  when?: (request: ProxiedRequest) => boolean;
  /** Number of matching requests that are skipped first: `skip: 2` starts with the third. Default: 0. */
  skip?: number;
  /** Maximum number of requests that get the fault. Default: all. */
  times?: number;
}

/** The part of a request that rules can use. */
export interface ProxiedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A rule with its state. */
export class ActiveRule {
  private matched = 0;
  private hits = 0;

  constructor(private readonly rule: FaultRule) {}

  /** Number of requests that have got the fault. */
  get hitCount(): number {
    return this.hits;
  }

  /** The fault for a request, if the rule applies to it; counts the request. */
  faultFor(request: ProxiedRequest): Fault | undefined {
    const { rule } = this;
    if (rule.method !== undefined && rule.method !== request.method) return undefined;
    // `search` ignores `lastIndex`, which `test` would use for the flags `g` and `y`.
    if (rule.path !== undefined && request.path.search(rule.path) < 0) return undefined;
    if (rule.when !== undefined && !rule.when(request)) return undefined;
    this.matched++;
    if (this.matched <= (rule.skip ?? 0) || this.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) return undefined;
    this.hits++;
    return rule.fault;
  }
}
