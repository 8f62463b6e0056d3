/**
 * Entry point of a process that decodes the chunks of tables with transforms, one at a time. A user's function may loop, run
 * out of memory or exit: V8 cannot limit the memory of a thread without risking its whole process. The decoder runs in a
 * thread of this process, so that the main thread can monitor it, and can end the process if the worker dies.
 */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { ChunkAnswer, ChunkTask } from '../types.js';
import { isInside, newState, type TransformState } from './state.js';
import type { TrialAnswer, TrialTask } from './trial.js';

/** Resource limits of a transform. */
export interface TransformLimits {
  /** Maximum seconds for one row. */
  seconds: number;
  /** Maximum JavaScript heap, MiB. */
  heapMib: number;
  /** Maximum growth of the process during one call, MiB: buffers are not on the heap. */
  growthMib: number;
}

/** Message from the worker to the process. */
export interface TransformRequest {
  task: ChunkTask | TrialTask;
  limits: TransformLimits;
}

/** The position of a call, for error messages. */
export interface TransformPosition {
  file: number;
  record: number;
}

/** Message from the process to the worker. */
export type TransformAnswer =
  /** Sent during a long call, so that the worker knows the position if the process ends; null when the call is over. */
  | { inside: TransformPosition | null }
  | { stopped: StopReason; at: TransformPosition }
  | { result: ChunkAnswer | TrialAnswer }
  | { error: { name: string; message: string; stack?: string; code?: string } };

/** Why a transform was stopped: it exceeded a limit, or it ended its thread. */
export type StopReason = 'time' | 'memory' | 'exit';

const CHECK_INTERVAL_MS = 50;

function serve(): void {
  let pool: Piscina | undefined;
  // The terminal signals all processes of its group, but the worker decides when this one ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // The worker has ended. process.exit() would wait for a thread that may never end.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (request: TransformRequest) => {
    pool ??= poolOf(request.limits);
    void decode(pool, request).then(send);
  });
}

function poolOf({ heapMib }: TransformLimits): Piscina {
  const pool = new Piscina({
    filename: join(__dirname, '..', 'threads', 'thread.js'),
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  // If a thread ends between two tasks, the next task gets a new one.
  return pool.on('error', () => {});
}

function send(message: TransformAnswer): void {
  process.send?.(message);
}

async function decode(pool: Piscina, { task, limits }: TransformRequest): Promise<TransformAnswer> {
  const state = newState();
  const watchdog = new Watchdog(state, limits);
  try {
    const name = 'trial' in task ? 'trial' : 'chunk';
    return { result: await pool.run({ ...task, state }, { name, signal: watchdog.signal }) };
  } catch (error) {
    const at = { file: state[1], record: state[2] };
    if (watchdog.stopped !== undefined) return { stopped: watchdog.stopped, at };
    const { name, message, stack, code } = error as Error & { code?: string };
    // This may also happen between two calls: unlike the decoder's columns, a transform's own state is on the heap.
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { stopped: 'memory', at };
    // Errors that a transform throws become rejects, so during a call only the end of its thread leads to an error here.
    if (isInside(state)) return { stopped: 'exit', at };
    return { error: { name, message, stack, code } };
  } finally {
    watchdog.end();
  }
}

/** Stops a thread that exceeds the limits in one call. It counts checks, not time, so that a suspended machine does not count. */
class Watchdog {
  stopped: StopReason | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private call = 0;
  private checks = 0;
  private bytes = 0;

  constructor(
    private readonly state: TransformState,
    private readonly limits: TransformLimits,
  ) {
    this.timer = setInterval(() => this.check(), CHECK_INTERVAL_MS);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    const call = Atomics.load(this.state, 0);
    if (!isInside(this.state) || call !== this.call) {
      if (this.checks > 0) send({ inside: null });
      this.call = call;
      this.checks = 0;
      this.bytes = process.memoryUsage.rss();
      return;
    }
    if (++this.checks === 1) send({ inside: { file: this.state[1], record: this.state[2] } });
    if (process.memoryUsage.rss() - this.bytes > this.limits.growthMib * 1024 * 1024) this.stop('memory');
    else if (this.checks * CHECK_INTERVAL_MS >= this.limits.seconds * 1000) this.stop('time');
  }

  private stop(why: StopReason): void {
    this.stopped = why;
    this.end();
    this.controller.abort();
  }
}

serve();
