/** The worker processes of a chaos run: one that works, and one that is loaded and waits to take its place. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
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

  constructor(request: WorkerRequest) {
    this.child = spawn(process.execPath, [join(__dirname, 'worker.js')], {
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

  say(word: 'go' | Mood): void {
    this.child.stdin.write(`${word}\n`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  get stderr(): string {
    return this.errors;
  }
}

export class Workers {
  /** Workers that ended otherwise than by SIGKILL: each a defect. */
  readonly crashes: string[] = [];
  private mood: Mood = 'calm';
  private made = 0;
  /** The active one has been told to poll. */
  private working = false;
  private stopping = false;
  private active: WorkerProcess | undefined;
  private standby: WorkerProcess | undefined;

  constructor(private readonly request: WorkerRequest) {}

  /** Resolves when a worker is about to poll. */
  async start(): Promise<void> {
    await this.promote().ready;
  }

  /** Faults on or off, in this worker and in all that follow. */
  setMood(mood: Mood): void {
    this.mood = mood;
    this.active?.say(mood);
  }

  /** False when none is at work: there is nothing to kill. */
  kill(): boolean {
    const { active } = this;
    if (active === undefined || !this.working) return false;
    this.working = false;
    active.kill();
    return true;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const all = [this.active, this.standby];
    for (const worker of all) worker?.kill();
    await Promise.allSettled(all.map((worker) => worker?.ended));
  }

  private spawn(): WorkerProcess {
    // Each process draws faults of its own, or the first of them would come again and again.
    return new WorkerProcess({ ...this.request, seed: `${this.request.seed}/worker-${this.made++}` });
  }

  /** The standby goes to work, or a new one, and another is made ready in its place. */
  private promote(): WorkerProcess {
    const worker = this.standby ?? this.spawn();
    this.active = worker;
    this.standby = undefined;
    this.working = false;
    void worker.ended.then((how) => {
      if (this.stopping) return;
      if (how !== 'SIGKILL') this.crashes.push(`a worker ended by itself (${how}): ${worker.stderr.trim()}`);
      if (this.crashes.length < CRASHES) this.promote();
    });
    worker.ready.then(
      () => {
        this.working = true;
        worker.say(this.mood);
        worker.say('go');
        this.standby = this.spawn();
      },
      () => {}, // It has ended, and the next one is on its way.
    );
    return worker;
  }
}
