/** Whether a worker takes work, at any moment between its start and its end. */
import type { Cluster } from '../cluster/cluster.js';
import type { RunningWorker } from './run-worker.js';

/** The state of a worker, as `/readyz` tells it. */
export interface Condition {
  status: 'starting' | 'ready' | 'not connected' | 'stopping' | 'failed';
  /** The activities that it is at. */
  underWay: string[];
}

interface Worker {
  cluster: Pick<Cluster, 'connection'>;
  worker: Pick<RunningWorker, 'status' | 'underWay'>;
}

/** Milliseconds for the server to answer. Probes give up after a second or two themselves. */
const ANSWER_LIMIT = 2_000;
/** Milliseconds that an answer of the server is good for: many may ask, and each question is a call. */
const GOOD_FOR = 2_000;

/** Knows whether a worker takes work; told when it starts and when it is to stop. */
export class Readiness {
  private hosted: Worker | undefined;
  private stopped = false;
  private answer: { at: number; connected: Promise<boolean> } | undefined;

  working(hosted: Worker): void {
    this.hosted = hosted;
  }

  stopping(): void {
    this.stopped = true;
  }

  /** What is known without asking anybody. */
  now(): Condition {
    const underWay = this.hosted?.worker.underWay.list() ?? [];
    const state = this.hosted?.worker.status().runState;
    if (state === 'FAILED') return { status: 'failed', underWay };
    if (this.stopped) return { status: 'stopping', underWay };
    if (state === undefined || state === 'INITIALIZED') return { status: 'starting', underWay };
    return { status: state === 'RUNNING' ? 'ready' : 'stopping', underWay };
  }

  /** The same; a worker that polls is ready when its server answers. */
  async asked(): Promise<Condition> {
    const before = this.now();
    if (before.status !== 'ready' || this.hosted === undefined) return before;
    if (this.answer === undefined || Date.now() - this.answer.at > GOOD_FOR)
      this.answer = { at: Date.now(), connected: answers(this.hosted.cluster) };
    const connected = await this.answer.connected;
    // It may have been told to stop meanwhile.
    const now = this.now();
    return now.status === 'ready' && !connected ? { ...now, status: 'not connected' } : now;
  }
}

async function answers({ connection }: Worker['cluster']): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + ANSWER_LIMIT, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
