/** The worker processes of a chaos run: some that work, and one that is loaded and waits to take the place of one that dies. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Random } from '../sample/random.js';
import { REQUEST, type WorkerRequest } from './worker.js';

export type Mood = 'storm' | 'calm';

/** Milliseconds until a process that does not get ready is a failure of the run. */
const READY_LIMIT = 60_000;
const ERROR_TAIL = 4_000;
/** After so many crashes nobody is started any more. */
const CRASHES = 5;

class WorkerProcess {
  readonly ready: Promise<void>;
  readonly ended: Promise<NodeJS.Signals | number>;
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = '';

  constructor(request: WorkerRequest, directory: string) {
    this.child = spawn(process.execPath, [join(directory, 'worker.js')], {
      env: { ...process.env, [REQUEST]: JSON.stringify(request) },
    });
    this.child.stdin.on('error', () => {}); // It was killed while it was spoken to.
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-ERROR_TAIL);
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
    });
    this.ready = new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`A worker does not get ready. ${this.errors}`)), READY_LIMIT);
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
    this.ready.catch(() => {}); // A standby of a run that is over.
  }

  say(word: 'go' | Mood | `clock ${number}`): void {
    this.child.stdin.write(`${word}\n`);
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  get stderr(): string {
    return this.errors;
  }
}

/** A place at work: its process, and the one that takes over when it ends. */
interface Slot {
  worker: WorkerProcess;
  /** It has been told to poll. */
  working: boolean;
  /** It is stopped at the moment. */
  stalled: boolean;
}

export interface WorkersOptions {
  /** How many are at work at once. */
  count: number;
  /** Directory of another build's worker; every second process is one of it. */
  otherBuild?: string;
}

export class Workers {
  /** Workers that ended otherwise than by SIGKILL: each a defect. */
  readonly crashes: string[] = [];
  private mood: Mood = 'calm';
  private made = 0;
  private stopping = false;
  private readonly slots: Slot[] = [];
  private standby: WorkerProcess | undefined;

  constructor(
    private readonly request: WorkerRequest,
    private readonly options: WorkersOptions,
  ) {}

  /** Resolves when all workers are about to poll. */
  async start(): Promise<void> {
    for (let at = 0; at < this.options.count; at++) this.slots.push(this.fill());
    await Promise.all(this.slots.map(({ worker }) => worker.ready));
  }

  /** Faults on or off, in all workers and in those that follow. In the calm their clocks are right again. */
  setMood(mood: Mood): void {
    this.mood = mood;
    for (const { worker } of this.slots) {
      worker.say(mood);
      if (mood === 'calm') worker.say('clock 0');
    }
  }

  /** False when none is at work: there is nothing to kill. */
  kill(random: Random): boolean {
    const slot = this.oneAtWork(random);
    if (slot === undefined) return false;
    slot.working = false;
    slot.worker.signal('SIGKILL');
    return true;
  }

  /**
   * One worker does nothing while `during` goes on, and then goes on as if nothing had been (SIGSTOP, SIGCONT): the server has
   * given its work to others by then. False when none is at work.
   */
  async stall(random: Random, during: () => Promise<void>): Promise<boolean> {
    const slot = this.oneAtWork(random);
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

  /** The clock of one worker is wrong from now on. False when none is at work. */
  setClock(random: Random, milliseconds: number): boolean {
    const slot = this.oneAtWork(random);
    slot?.worker.say(`clock ${milliseconds}`);
    return slot !== undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const all = [...this.slots.map(({ worker }) => worker), this.standby];
    for (const worker of all) worker?.signal('SIGKILL');
    await Promise.allSettled(all.map((worker) => worker?.ended));
  }

  private oneAtWork(random: Random): Slot | undefined {
    return random.pick(this.slots.filter(({ working, stalled }) => working && !stalled));
  }

  private spawn(): WorkerProcess {
    const number = this.made++;
    const { otherBuild } = this.options;
    const directory = otherBuild !== undefined && number % 2 === 1 ? otherBuild : __dirname;
    // Each process draws faults of its own, or the first of them would come again and again.
    return new WorkerProcess({ ...this.request, seed: `${this.request.seed}/worker-${number}` }, directory);
  }

  /** The standby goes to work, or a new one, and another is made ready in its place. */
  private fill(slot?: Slot): Slot {
    const worker = this.standby ?? this.spawn();
    this.standby = undefined;
    const filled = Object.assign(slot ?? {}, { worker, working: false, stalled: false }) as Slot;
    void worker.ended.then((how) => {
      if (this.stopping) return;
      if (how !== 'SIGKILL') this.crashes.push(`a worker ended by itself (${how}): ${worker.stderr.trim()}`);
      if (this.crashes.length < CRASHES) this.fill(filled);
    });
    worker.ready.then(
      () => {
        filled.working = true;
        worker.say(this.mood);
        worker.say('go');
        this.standby ??= this.spawn();
      },
      () => {}, // It has ended, and the next one is on its way.
    );
    return filled;
  }
}
