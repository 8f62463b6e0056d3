/** An unreliable network in front of an HTTP server: a proxy that makes random requests fail. */

import type { Random } from '../../sample/random.js';
import { FaultProxy } from '../servers/fault-proxy.js';
import type { Fault } from '../servers/faults.js';
import { s3ErrorAnswer } from '../servers/s3-errors.js';

/** `chance`: the probability per request, from 0 to 1. */
type Faults = readonly { name: string; chance: number; fault: Fault }[];

const jsonError = (status: number, message: string): Fault => ({
  kind: 'answer',
  answer: {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ error: { message, type: 'ServiceFailureException', code: status } }),
  },
});

/** Faults of requests to S3. */
export const S3_FAULTS: Faults = [
  { name: 's3 refuse', chance: 0.008, fault: { kind: 'refuse' } },
  { name: 's3 slow-down', chance: 0.008, fault: { kind: 'answer', answer: s3ErrorAnswer('SlowDown') } },
  { name: 's3 internal-error', chance: 0.008, fault: { kind: 'answer', answer: s3ErrorAnswer('InternalError') } },
  { name: 's3 clock-skew', chance: 0.004, fault: { kind: 'answer', answer: s3ErrorAnswer('RequestTimeTooSkewed') } },
  // The request is done, and the response is lost.
  { name: 's3 swallow', chance: 0.01, fault: { kind: 'swallow' } },
  { name: 's3 silence', chance: 0.004, fault: { kind: 'silence' } },
  { name: 's3 cut', chance: 0.008, fault: { kind: 'cut', afterBytes: 100 } },
];

/** Faults of requests to a REST catalog. */
export const REST_FAULTS: Faults = [
  { name: 'rest refuse', chance: 0.02, fault: { kind: 'refuse' } },
  { name: 'rest 500', chance: 0.02, fault: jsonError(500, 'internal error') },
  { name: 'rest 503', chance: 0.02, fault: jsonError(503, 'too busy') },
  // https://github.com/apache/iceberg/blob/main/open-api/rest-catalog-open-api.yaml: the state of the commit is unknown.
  { name: 'rest 504', chance: 0.02, fault: jsonError(504, 'gateway timeout') },
  { name: 'rest swallow', chance: 0.04, fault: { kind: 'swallow' } },
  { name: 'rest cut', chance: 0.02, fault: { kind: 'cut', afterBytes: 20 } },
];

/** A proxy that disturbs requests. */
export class BadNetwork {
  private constructor(private readonly proxy: FaultProxy) {}

  /** Starts a proxy in front of `target`, without faults until `disturb`. */
  static async inFrontOf(target: string): Promise<BadNetwork> {
    return new BadNetwork(await FaultProxy.start({ target }));
  }

  get endpoint(): string {
    return this.proxy.endpoint;
  }

  /** @param note called with the name of each fault */
  disturb(faults: Faults, random: Random, note: (name: string) => void): void {
    for (const { name, chance, fault } of faults) {
      const when = (): boolean => {
        if (!random.chance(chance)) return false;
        note(name);
        return true;
      };
      this.proxy.addRule({ fault, when });
    }
  }

  calm(): void {
    this.proxy.behave();
  }

  close(): Promise<void> {
    return this.proxy.close();
  }
}
