/**
 * Entry of a process that decodes the chunks of tables with transforms, one after the other. A user's function may loop,
 * fill the memory or end its process: V8 cannot limit the memory of a thread in a way that spares its process. The decoder
 * has a thread here too, so that this one can watch it, and end everything when the worker is gone.
 */
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { isInside, newState, type TransformState } from './transform-state.js';
import type { ChunkAnswer, ChunkTask } from './types.js';

export interface TransformLimits {
  /** For one row, seconds. */
  seconds: number;
  /** Heap of JavaScript, MiB. */
  heapMib: number;
  /** What the process may grow by during one call, MiB: buffers are not on the heap. */
  growthMib: number;
}

export interface TransformRequest {
  task: ChunkTask;
  limits: TransformLimits;
}

/** Where a call was, for the message. */
export interface At {
  file: number;
  record: number;
}

export type TransformAnswer =
  /** Told when a call takes long: should the process end in it, the worker knows where. */
  | { inside: At | null }
  | { stopped: Stopped; at: At }
  | { result: ChunkAnswer }
  | { error: { name: string; message: string; stack?: string; code?: string } };

export type Stopped = 'time' | 'memory' | 'exit';

const LOOK_MS = 50;

function serve(): void {
  let pool: Piscina | undefined;
  // A signal of the terminal goes to all processes of its group; the worker decides when this one ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // The worker is gone. process.exit() would wait for a thread that may never end.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (request: TransformRequest) => {
    pool ??= poolOf(request.limits);
    void work(pool, request).then(answer);
  });
}

function poolOf({ heapMib }: TransformLimits): Piscina {
  const pool = new Piscina({
    filename: join(__dirname, 'thread.js'),
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  // A thread that ends between two tasks: the next one gets another.
  return pool.on('error', () => {});
}

function answer(message: TransformAnswer): void {
  process.send?.(message);
}

async function work(pool: Piscina, { task, limits }: TransformRequest): Promise<TransformAnswer> {
  const state = newState();
  const watch = new Watch(state, limits);
  try {
    return { result: (await pool.run({ ...task, state }, { name: 'chunk', signal: watch.signal })) as ChunkAnswer };
  } catch (error) {
    const at = { file: state[1], record: state[2] };
    if (watch.stopped !== undefined) return { stopped: watch.stopped, at };
    // Only the end of its thread can end a call with an error: what it throws becomes a reject.
    const { name, message, stack, code } = error as Error & { code?: string };
    // Also between two calls: the decoder's columns are not on the heap, what a transform keeps from row to row is.
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { stopped: 'memory', at };
    if (isInside(state)) return { stopped: 'exit', at };
    return { error: { name, message, stack, code } };
  } finally {
    watch.end();
  }
}

/** Ends a thread that is too long in one call. Counts looks, not time: a machine that stood still is no loop. */
class Watch {
  stopped: Stopped | undefined;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private call = 0;
  private looks = 0;
  private bytes = 0;

  constructor(
    private readonly state: TransformState,
    private readonly limits: TransformLimits,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  end(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const call = Atomics.load(this.state, 0);
    if (!isInside(this.state) || call !== this.call) {
      if (this.looks > 0) answer({ inside: null });
      this.call = call;
      this.looks = 0;
      this.bytes = process.memoryUsage.rss();
      return;
    }
    if (++this.looks === 1) answer({ inside: { file: this.state[1], record: this.state[2] } });
    if (process.memoryUsage.rss() - this.bytes > this.limits.growthMib * 1024 * 1024) this.stop('memory');
    else if (this.looks * LOOK_MS >= this.limits.seconds * 1000) this.stop('time');
  }

  private stop(why: Stopped): void {
    this.stopped = why;
    this.end();
    this.controller.abort();
  }
}

serve();
