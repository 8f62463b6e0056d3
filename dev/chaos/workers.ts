/** The worker processes of a chaos run: active workers, and one standby that replaces the next one that dies. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Random } from '../../sample/random.js';
import { type ChaosWorkerRequest, REQUEST } from './worker.js';

/** Whether faults are on (`storm`) or off (`calm`). */
export type FaultPhase = 'storm' | 'calm';

/** The run fails if a process takes longer than this to become ready. */
const READY_LIMIT_MS = 180_000;
/** The number of characters of stderr that are kept. */
const ERROR_TAIL = 4_000;
/** After this many crashes, no more workers are started. */
const MAX_CRASHES = 5;

class WorkerProcess {
  readonly ready: Promise<void>;
  readonly ended: Promise<NodeJS.Signals | number>;
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = '';

  constructor(request: ChaosWorkerRequest, directory: string) {
    this.child = spawn(process.execPath, [join(directory, 'worker.js')], {
      env: { ...process.env, [REQUEST]: JSON.stringify(request) },
    });
    this.child.stdin.on('error', () => {}); // It was killed during a write.
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-ERROR_TAIL);
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
    });
    this.ready = new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`A worker did not become ready. ${this.errors}`)),
        READY_LIMIT_MS,
      );
      this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (!text.includes('ready')) return;
        clearTimeout(limit);
        resolve();
      });
      this.ended.then((how) => {
        clearTimeout(limit);
        reject(new Error(`A worker ended (${how}) before it was ready. ${this.errors}`));
      }, reject);
    });
    this.ready.catch(() => {}); // The standby of a run that is over.
  }

  send(command: 'go' | 'aged' | FaultPhase | `clock ${number}`): void {
    this.child.stdin.write(`${command}\n`);
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  get stderr(): string {
    return this.errors;
  }
}

/** One of the active workers: its process is replaced when it ends. */
interface Slot {
  worker: WorkerProcess;
  /** True after it has been told to poll. */
  working: boolean;
  /** True while it is stopped. */
  stalled: boolean;
}

/** The number of workers, and their builds. */
export interface WorkersOptions {
  /** Number of active workers. */
  count: number;
  /** Directory of the worker of another build, which every second process runs. */
  otherBuild?: string;
}

/** Worker processes that are killed and replaced. */
export class Workers {
  /** Workers that ended without a SIGKILL. Each is a defect. */
  readonly crashes: string[] = [];
  private faultPhase: FaultPhase = 'calm';
  private aged = false;
  private started = 0;
  private stopping = false;
  private readonly slots: Slot[] = [];
  private standby: WorkerProcess | undefined;

  constructor(
    private readonly request: ChaosWorkerRequest,
    private readonly options: WorkersOptions,
  ) {}

  /** Resolves when all workers are ready to poll. */
  async start(): Promise<void> {
    for (let at = 0; at < this.options.count; at++) this.slots.push(this.fill());
    await Promise.all(this.slots.map(({ worker }) => worker.ready));
  }

  /** Turns faults on or off in all current and future workers. `calm` also corrects their clocks. */
  setFaultPhase(phase: FaultPhase): void {
    this.faultPhase = phase;
    for (const { worker } of this.slots) {
      worker.send(phase);
      if (phase === 'calm') worker.send('clock 0');
    }
  }

  /**
   * Kills all workers, so that no work of terminated workflows continues, and waits for new ones. To these, all objects of the
   * warehouses seem old.
   */
  async replaceAll(): Promise<void> {
    this.aged = true;
    const old = this.slots.map(({ worker }) => worker);
    for (const worker of old) worker.signal('SIGKILL');
    await Promise.all(old.map(({ ended }) => ended));
    // The slots are filled when their processes have ended.
    await Promise.all(this.slots.map(({ worker }) => worker.ready));
  }

  /** Kills a worker; false if none is active. */
  kill(random: Random): boolean {
    const slot = this.pickActive(random);
    if (slot === undefined) return false;
    slot.working = false;
    slot.worker.signal('SIGKILL');
    return true;
  }

  /**
   * Stops a worker (SIGSTOP) until `during` resolves, then continues it (SIGCONT), when the server has given its work to others.
   * False if none is active.
   */
  async stall(random: Random, during: () => Promise<void>): Promise<boolean> {
    const slot = this.pickActive(random);
    if (slot === undefined) return false;
    const { worker } = slot;
    slot.stalled = true;
    worker.signal('SIGSTOP');
    try {
      await during();
    } finally {
      worker.signal('SIGCONT');
      slot.stalled = false;
    }
    return true;
  }

  /** Skews the clock of one worker. False if none is active. */
  setClock(random: Random, milliseconds: number): boolean {
    const slot = this.pickActive(random);
    slot?.worker.send(`clock ${milliseconds}`);
    return slot !== undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const all = [...this.slots.map(({ worker }) => worker), this.standby];
    for (const worker of all) worker?.signal('SIGKILL');
    await Promise.allSettled(all.map((worker) => worker?.ended));
  }

  private pickActive(random: Random): Slot | undefined {
    return random.pick(this.slots.filter(({ working, stalled }) => working && !stalled));
  }

  private spawn(): WorkerProcess {
    const number = this.started++;
    const { otherBuild } = this.options;
    const directory = otherBuild !== undefined && number % 2 === 1 ? otherBuild : __dirname;
    // Each process has its own seed; otherwise all of them would have the same faults.
    return new WorkerProcess({ ...this.request, seed: `${this.request.seed}/worker-${number}` }, directory);
  }

  /** Activates the standby or a new process, and starts another standby. */
  private fill(slot?: Slot): Slot {
    const worker = this.standby ?? this.spawn();
    this.standby = undefined;
    const filled = Object.assign(slot ?? {}, { worker, working: false, stalled: false }) as Slot;
    void worker.ended.then((how) => {
      if (this.stopping) return;
      if (how !== 'SIGKILL') this.crashes.push(`a worker ended unexpectedly (${how}): ${worker.stderr.trim()}`);
      if (this.crashes.length < MAX_CRASHES) this.fill(filled);
    });
    worker.ready.then(
      () => {
        filled.working = true;
        worker.send(this.faultPhase);
        if (this.aged) worker.send('aged');
        worker.send('go');
        this.standby ??= this.spawn();
      },
      () => {}, // It has ended, and its replacement is starting.
    );
    return filled;
  }
}
