/** Determines whether a worker is ready for work. */
import type { Cluster } from '../cluster/cluster.js';
import type { RunningWorker } from './run-worker.js';

/** The state of a worker, which `/readyz` returns. */
export interface Condition {
  status: 'starting' | 'ready' | 'not connected' | 'stopping' | 'failed';
  /** The activities that it is running. */
  underWay: string[];
}

interface Worker {
  cluster: Pick<Cluster, 'connection'>;
  worker: Pick<RunningWorker, 'status' | 'underWay'>;
}

/** Milliseconds to wait for the Temporal server. Probes themselves time out after a second or two. */
const CALL_LIMIT = 2_000;
/** Milliseconds to cache the result: there may be many probes, and each check is a call to the Temporal server. */
const CACHE_TIME = 2_000;

/** Tracks whether a worker is ready for work. It is notified when the worker starts and when it is about to stop. */
export class Readiness {
  private running: Worker | undefined;
  private stopped = false;
  private lastCheck: { at: number; connected: Promise<boolean> } | undefined;

  /** The worker has started. */
  started(running: Worker): void {
    this.running = running;
  }

  /** The worker is about to stop. */
  stopping(): void {
    this.stopped = true;
  }

  /** The current state, without a call to the Temporal server. */
  current(): Condition {
    const underWay = this.running?.worker.underWay.list() ?? [];
    const state = this.running?.worker.status().runState;
    if (state === 'FAILED') return { status: 'failed', underWay };
    if (this.stopped) return { status: 'stopping', underWay };
    if (state === undefined || state === 'INITIALIZED') return { status: 'starting', underWay };
    return { status: state === 'RUNNING' ? 'ready' : 'stopping', underWay };
  }

  /** The current state. A worker that polls is only ready if the Temporal server responds. */
  async check(): Promise<Condition> {
    const before = this.current();
    if (before.status !== 'ready' || this.running === undefined) return before;
    if (this.lastCheck === undefined || Date.now() - this.lastCheck.at > CACHE_TIME)
      this.lastCheck = { at: Date.now(), connected: responds(this.running.cluster) };
    const connected = await this.lastCheck.connected;
    // The worker may have started to stop meanwhile.
    const now = this.current();
    return now.status === 'ready' && !connected ? { ...now, status: 'not connected' } : now;
  }
}

async function responds({ connection }: Worker['cluster']): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + CALL_LIMIT, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
