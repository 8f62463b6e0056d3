/** What the fault proxy can do to a request, and to which ones. */

/** An answer in place of the server's; the request does not get there. */
export interface MadeUpAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** What happens to a request instead of its answer. */
export type Fault =
  | { kind: 'answer'; answer: MadeUpAnswer }
  /** The connection is cut before the server has heard of the request. */
  | { kind: 'refuse' }
  /** The server does the work; its answer is dropped and the connection cut. */
  | { kind: 'swallow' }
  /** The server does the work; nothing is answered, and the connection stays open. */
  | { kind: 'silence' }
  /** The request goes on to the server when the promise is kept, not before. */
  | { kind: 'hold'; until: Promise<unknown> }
  /** The connection is cut after so many bytes of the answer's body. */
  | { kind: 'cut'; afterBytes: number }
  /** The answer's body comes in pieces of so many bytes, one each so many milliseconds. */
  | { kind: 'slow'; bytes: number; everyMs: number };

/** Which requests a fault is for. */
export interface FaultRule {
  fault: Fault;
  /** Requests with this method only. */
  method?: string;
  /** Requests only whose path and query, as sent, match. */
  path?: RegExp;
  /** Requests only of which this holds. */
  when?: (request: ProxiedRequest) => boolean;
  /** So many matching requests pass untouched first: `skip: 2` begins with the third. Default: 0. */
  skip?: number;
  /** So many are hit, then no more. Default: all. */
  times?: number;
}

/** A request as rules see it. */
export interface ProxiedRequest {
  method: string;
  /** Path and query as sent. */
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A rule at work. */
export class ActiveRule {
  private matched = 0;
  private hits = 0;

  constructor(private readonly rule: FaultRule) {}

  /** How many requests it has hit so far. */
  get hitCount(): number {
    return this.hits;
  }

  /** The fault for this request, if it is one to be hit; counts it. */
  faultFor(request: ProxiedRequest): Fault | undefined {
    const { rule } = this;
    if (rule.method !== undefined && rule.method !== request.method) return undefined;
    // A regular expression with the flag `g` or `y` would remember where it was.
    if (rule.path !== undefined && request.path.search(rule.path) < 0) return undefined;
    if (rule.when !== undefined && !rule.when(request)) return undefined;
    this.matched++;
    if (this.matched <= (rule.skip ?? 0) || this.hits >= (rule.times ?? Number.POSITIVE_INFINITY)) return undefined;
    this.hits++;
    return rule.fault;
  }
}
