/** Processes for chunks with transforms. Each process only loads one version of the transforms. */
import { type ChildProcess, fork } from 'node:child_process';
import { UserMistake } from '../../errors/index.js';
import { printableLines } from '../../text/printable.js';
import type { ChunkAnswer, ChunkTask } from '../types.js';
import { CORRECT_IT } from './modules.js';
import type { StopReason, TransformAnswer, TransformLimits, TransformPosition, TransformRequest } from './process.js';
import { LOADING } from './state.js';
import type { TrialAnswer, TrialTask } from './trial.js';

/** The default limits. A row normally takes microseconds. */
const TRANSFORM_LIMITS: TransformLimits = { seconds: 10, heapMib: 512, growthMib: 512 };

/** How long an idle process is kept, milliseconds. */
const IDLE_MS = 30_000;

/** Environment variables that transforms do not get: settings of storage clients and Temporal, which include secrets. */
const HIDDEN_VARIABLES = /^(AWS|TEMPORAL|TRAILMILL|OTEL)_/;

/** Signals by which V8 aborts when it is out of memory. The decoder's columns are not on V8's heap. */
const OUT_OF_MEMORY = ['SIGABRT', 'SIGTRAP', 'SIGILL'];

interface Job {
  task: ChunkTask | TrialTask;
  version: string;
  resolve(result: ChunkAnswer | TrialAnswer): void;
  reject(error: unknown): void;
  signal?: AbortSignal;
}

/** Runs the chunks of tables with transforms in separate processes, so that a transform can be stopped. */
export class TransformPool {
  private readonly waiting: Job[] = [];
  private readonly processes = new Set<TransformProcess>();

  /**
   * @param entry path of the compiled process.js
   * @param maxProcesses maximum number of processes
   */
  constructor(
    private readonly entry: string,
    private readonly maxProcesses: number,
    private readonly limits: TransformLimits = TRANSFORM_LIMITS,
  ) {}

  run(task: ChunkTask, signal?: AbortSignal): Promise<ChunkAnswer> {
    return this.add(task, signal) as Promise<ChunkAnswer>;
  }

  /** Runs the transform of a table over sample records. */
  try(task: TrialTask, signal?: AbortSignal): Promise<TrialAnswer> {
    return this.add(task, signal) as Promise<TrialAnswer>;
  }

  private add(task: ChunkTask | TrialTask, signal?: AbortSignal): Promise<ChunkAnswer | TrialAnswer> {
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
      process.start(job);
    }
  }

  /** Returns an idle process, or a new one that replaces an idle process with other transforms. */
  private processFor(version: string): TransformProcess | undefined {
    const idle = [...this.processes].filter(({ job }) => job === undefined);
    const known = idle.find((process) => process.version === version);
    if (known !== undefined) return known;
    if (this.processes.size >= this.maxProcesses) {
      if (idle.length === 0) return undefined;
      this.processes.delete(idle[0]);
      void idle[0].kill();
    }
    const created = new TransformProcess(this.entry, version, this.limits, {
      idle: () => this.next(),
      ended: () => {
        this.processes.delete(created);
        this.next();
      },
    });
    this.processes.add(created);
    return created;
  }
}

class TransformProcess {
  job: Job | undefined;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private position: TransformPosition | null = null;
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(
    entry: string,
    readonly version: string,
    private readonly limits: TransformLimits,
    private readonly listener: { idle(): void; ended(): void },
  ) {
    const kept = Object.entries(process.env).filter(([name]) => !HIDDEN_VARIABLES.test(name));
    this.child = fork(entry, {
      env: Object.fromEntries(kept),
      execArgv: [],
      // Supports typed arrays and bigints, like messages between threads.
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    forwardStderr(this.child);
    this.child.on('message', (message: TransformAnswer) => this.onMessage(message));
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.onExit(code, signal);
        resolve();
      });
      this.child.on('error', (error) => {
        this.finish((job) => job.reject(error));
        this.listener.ended();
        resolve();
      });
    });
  }

  start(job: Job): void {
    clearTimeout(this.idleTimer);
    this.job = job;
    this.position = null;
    this.child.ref();
    this.child.channel?.ref();
    const request: TransformRequest = { task: job.task, limits: this.limits };
    // If sending fails, the exit of the process reports it.
    this.child.send(request, () => {});
  }

  kill(): Promise<void> {
    clearTimeout(this.idleTimer);
    // Otherwise a process that only waits for its end would end first.
    this.child.ref();
    this.child.kill('SIGKILL');
    return this.exited;
  }

  private onMessage(message: TransformAnswer): void {
    if ('inside' in message) this.position = message.inside;
    else if ('result' in message) this.finish((job) => job.resolve(message.result));
    else if ('stopped' in message) {
      this.finish((job) => job.reject(stoppedError(job.task, message.stopped, message.at, this.limits)));
      // The transform may have left its memory full.
      void this.kill();
    } else {
      const { name, message: text, stack, code } = message.error;
      this.finish((job) => job.reject(Object.assign(new Error(text), { name, stack, code })));
    }
  }

  /** The process may have ended before its task: it crashed, called process.exit(), or was killed from outside. */
  private onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const { position } = this;
    this.finish((job) => {
      const how = signal ?? `exit code ${code}`;
      if (signal === null || OUT_OF_MEMORY.includes(signal))
        job.reject(exitError(job.task, position ?? undefined, how));
      else job.reject(new Error(`The process of the transform ${nameOf(job.task)} was terminated (${how}).`));
    });
    this.listener.ended();
  }

  private finish(settle: (job: Job) => void): void {
    const { job } = this;
    if (job === undefined) return;
    this.job = undefined;
    settle(job);
    // An idle process must not keep the worker alive.
    this.child.unref();
    this.child.channel?.unref();
    this.idleTimer = setTimeout(() => this.kill(), IDLE_MS).unref();
    this.listener.idle();
  }
}

/** Forwards the stderr of the process, but not V8's out-of-memory dump, because the error already reports it. */
function forwardStderr(child: ChildProcess): void {
  let dump = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    dump ||= /<--- Last few GCs --->|^# Fatal |FATAL ERROR:/m.test(text);
    if (!dump) process.stderr.write(printableLines(text));
  });
}

function nameOf(task: Job['task']): string {
  return [...new Set(task.tables.flatMap(({ config }) => config.transform?.path ?? []))].join(' or ');
}

function describePosition(task: Job['task'], { file, record }: TransformPosition): string {
  if (file === LOADING) return 'while it was being loaded';
  return `at record ${record} of ${task.files[file]?.uri ?? 'a file'}`;
}

function stoppedError(
  task: Job['task'],
  why: StopReason,
  at: TransformPosition,
  { seconds, heapMib }: TransformLimits,
): UserMistake {
  const what: Record<StopReason, string> = {
    time: `did not finish within ${seconds} s`,
    memory: `exceeded its memory limit (${heapMib} MiB)`,
    exit: 'terminated its thread (process.exit)',
  };
  return new UserMistake(`The transform ${nameOf(task)} ${what[why]} ${describePosition(task, at)}.`, CORRECT_IT);
}

function exitError(task: Job['task'], at: TransformPosition | undefined, how: string): UserMistake {
  const [first, last] = [task.files[0]?.uri, task.files[task.files.length - 1]?.uri];
  const files = first === last ? `at ${first}` : `between ${first} and ${last}`;
  const where = at === undefined ? files : describePosition(task, at);
  const what = how.startsWith('exit code')
    ? 'terminated its process'
    : 'crashed its process, most likely by running out of memory,';
  return new UserMistake(`The transform ${nameOf(task)} ${what} (${how}) ${where}.`, CORRECT_IT);
}
