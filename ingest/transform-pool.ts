/** Processes for chunks with transforms: each of them knows one version of the transforms, and nothing of another run's. */
import { type ChildProcess, fork } from 'node:child_process';
import { UserMistake } from '../errors/index.js';
import { printableLines } from '../workflows/printable.js';
import type { At, Stopped, TransformAnswer, TransformLimits, TransformRequest } from './transform-process.js';
import { LOADING } from './transform-state.js';
import type { ChunkAnswer, ChunkTask } from './types.js';

/** A row takes microseconds. */
export const TRANSFORM_LIMITS: TransformLimits = { seconds: 10, heapMib: 512, growthMib: 512 };

/** How long a process waits for another task. */
const IDLE_MS = 30_000;

/** What a storage client or Temporal reads from the environment is not for a transform: there are secrets among it. */
const NOT_FOR_TRANSFORMS = /^(AWS|TEMPORAL|TRAILMILL|OTEL)_/;

/** Signals of V8 that has no memory left. The decoder's columns are not on its heap. */
const OUT_OF_MEMORY = ['SIGABRT', 'SIGTRAP', 'SIGILL'];

interface Job {
  task: ChunkTask;
  version: string;
  resolve(result: ChunkAnswer): void;
  reject(error: unknown): void;
  signal?: AbortSignal;
}

export class TransformPool {
  private readonly waiting: Job[] = [];
  private readonly processes = new Set<TransformProcess>();

  /** @param entry the compiled transform-process.js */
  constructor(
    private readonly entry: string,
    private readonly most: number,
    private readonly limits: TransformLimits = TRANSFORM_LIMITS,
  ) {}

  run(task: ChunkTask, signal?: AbortSignal): Promise<ChunkAnswer> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const version = JSON.stringify(task.tables.map(({ config }) => config.transform ?? null));
      const job: Job = { task, version, resolve, reject, signal };
      signal?.addEventListener('abort', () => this.abort(job), { once: true });
      this.waiting.push(job);
      this.next();
    });
  }

  async close(): Promise<void> {
    for (const job of this.waiting.splice(0)) job.reject(new Error('the pool is closed'));
    await Promise.all([...this.processes].map((process) => process.kill()));
  }

  private abort(job: Job): void {
    const at = this.waiting.indexOf(job);
    if (at >= 0) this.waiting.splice(at, 1);
    for (const process of this.processes) if (process.job === job) void process.kill();
    job.reject(job.signal?.reason);
  }

  private next(): void {
    for (const job of [...this.waiting]) {
      const process = this.processFor(job.version);
      if (process === undefined) return;
      this.waiting.splice(this.waiting.indexOf(job), 1);
      process.work(job);
    }
  }

  /** One that is idle, or a new one in the place of one that knows other transforms. */
  private processFor(version: string): TransformProcess | undefined {
    const idle = [...this.processes].filter(({ job }) => job === undefined);
    const known = idle.find((process) => process.version === version);
    if (known !== undefined) return known;
    if (this.processes.size >= this.most) {
      if (idle.length === 0) return undefined;
      this.processes.delete(idle[0]);
      void idle[0].kill();
    }
    const made = new TransformProcess(this.entry, version, this.limits, {
      idle: () => this.next(),
      ended: () => {
        this.processes.delete(made);
        this.next();
      },
    });
    this.processes.add(made);
    return made;
  }
}

class TransformProcess {
  job: Job | undefined;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private at: At | null = null;
  private rest: NodeJS.Timeout | undefined;

  constructor(
    entry: string,
    readonly version: string,
    private readonly limits: TransformLimits,
    private readonly tell: { idle(): void; ended(): void },
  ) {
    const kept = Object.entries(process.env).filter(([name]) => !NOT_FOR_TRANSFORMS.test(name));
    this.child = fork(entry, {
      env: Object.fromEntries(kept),
      execArgv: [],
      // Typed arrays and bigints, as between threads.
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    forward(this.child);
    this.child.on('message', (message: TransformAnswer) => this.hear(message));
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.gone(code, signal);
        resolve();
      });
      this.child.on('error', (error) => {
        this.done((job) => job.reject(error));
        this.tell.ended();
        resolve();
      });
    });
  }

  work(job: Job): void {
    clearTimeout(this.rest);
    this.job = job;
    this.at = null;
    this.child.ref();
    this.child.channel?.ref();
    const request: TransformRequest = { task: job.task, limits: this.limits };
    // What goes wrong here is heard as its end.
    this.child.send(request, () => {});
  }

  kill(): Promise<void> {
    clearTimeout(this.rest);
    this.child.kill('SIGKILL');
    return this.exited;
  }

  private hear(message: TransformAnswer): void {
    if ('inside' in message) this.at = message.inside;
    else if ('result' in message) this.done((job) => job.resolve(message.result));
    else if ('stopped' in message) {
      this.done((job) => job.reject(stopped(job.task, message.stopped, message.at, this.limits)));
      // Its memory may be full of what the transform has left.
      void this.kill();
    } else {
      const { name, message: text, stack, code } = message.error;
      this.done((job) => job.reject(Object.assign(new Error(text), { name, stack, code })));
    }
  }

  /** Without an answer to its task: by a signal of its own, by process.exit(), or killed by somebody. */
  private gone(code: number | null, signal: NodeJS.Signals | null): void {
    const { at } = this;
    this.done((job) => {
      const how = signal ?? `exit code ${code}`;
      if (signal === null || OUT_OF_MEMORY.includes(signal)) job.reject(ended(job.task, at ?? undefined, how));
      else job.reject(new Error(`The process of the transform ${nameOf(job.task)} was ended (${how}).`));
    });
    this.tell.ended();
  }

  private done(settle: (job: Job) => void): void {
    const { job } = this;
    if (job === undefined) return;
    this.job = undefined;
    settle(job);
    // An idle process is no reason for the worker to go on.
    this.child.unref();
    this.child.channel?.unref();
    this.rest = setTimeout(() => this.kill(), IDLE_MS).unref();
    this.tell.idle();
  }
}

/** Passes on what the process says, but not V8's pages about a heap that is full: an error says that. */
function forward(child: ChildProcess): void {
  let dump = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    dump ||= /<--- Last few GCs --->|^# Fatal |FATAL ERROR:/m.test(text);
    if (!dump) process.stderr.write(printableLines(text));
  });
}

function nameOf(task: ChunkTask): string {
  return [...new Set(task.tables.flatMap(({ config }) => config.transform?.path ?? []))].join(' or ');
}

function place(task: ChunkTask, { file, record }: At): string {
  if (file === LOADING) return 'while it was loaded';
  return `at record ${record} of ${task.files[file]?.uri ?? 'a file'}`;
}

const CURE = 'Correct it, and start the run again: it takes what is not done yet.';

function stopped(task: ChunkTask, why: Stopped, at: At, { seconds, heapMib }: TransformLimits): UserMistake {
  const what: Record<Stopped, string> = {
    time: `did not come to an end within ${seconds} s`,
    memory: `took more memory than it may (${heapMib} MiB)`,
    exit: 'ended its thread (process.exit)',
  };
  return new UserMistake(`The transform ${nameOf(task)} ${what[why]} ${place(task, at)}.`, CURE);
}

function ended(task: ChunkTask, at: At | undefined, how: string): UserMistake {
  const [first, last] = [task.files[0]?.uri, task.files[task.files.length - 1]?.uri];
  const where = at === undefined ? `between ${first} and ${last}` : place(task, at);
  const what = how.startsWith('exit code')
    ? 'ended its process'
    : 'brought its process down, mostly by taking all memory';
  return new UserMistake(`The transform ${nameOf(task)} ${what} (${how}) ${where}.`, CURE);
}
