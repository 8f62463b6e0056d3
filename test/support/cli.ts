/** The CLI as people and programs use it: processes of what was built, each in a project directory. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { StartedBackfill } from '../../client/backfill/start';
import type { BackfillView } from '../../client/backfill/view';
import type { Totals } from '../../protocol/messages';
import type { SampleManifest } from '../../sample/index';
import { CommandHost } from './command-host';

const MAIN = join(__dirname, '../../dist/client/main.js');
/** Inherited by whatever the CLI starts, and so what its processes are known by. */
const MARK = 'TRAILMILL_TEST_PROCESSES';
/** Milliseconds until a process that was asked to end is killed: longer than the longest shutdown grace. */
const END_LIMIT = 45_000;
/** Milliseconds until a line counts as missing, with two cores for everything. */
const LINE_LIMIT = 60_000;
/** Milliseconds that something may take which nothing announces, with two cores for everything. */
const SOON = 30_000;
/** Milliseconds between two looks: what is asked is often a server, which has to work for each answer. */
const LOOK_EVERY = 100;

export interface Ended {
  /** `null` after a signal that nobody handled. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What `dev --json` and `worker --json` say once they are up. */
export interface Up {
  address: string;
  namespace: string;
  taskQueue: string;
  uiUrl: string | null;
  /** Only where the server is theirs. */
  serverPid?: number;
}

/** The first line of `backfill start --json`. */
export type Started = StartedBackfill & { worker: boolean };

/** What `--json` printed. Throws for a line that is not one JSON value. */
export function valuesOf<T>({ stdout, stderr }: Ended): T[] {
  if (stdout !== '' && !stdout.endsWith('\n')) throw new Error(`The last line is not whole: ${stdout}`);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      try {
        return JSON.parse(line) as T;
      } catch {
        throw new Error(`Not a JSON value: ${line}\nOn stderr: ${stderr}`);
      }
    });
}

/** The last state that a watch or a status printed as JSON. */
export function viewOf(ended: Ended): BackfillView {
  return valuesOf<BackfillView>(ended).slice(-1)[0];
}

/** Lines that say something. Throws where one would move a cursor, change a colour or draw a bar. */
export function plainLines({ stdout, stderr }: Ended): string[] {
  const text = stdout + stderr;
  const strange = /[^\P{Cc}\n]|[█░]/u.exec(text);
  if (strange !== null) throw new Error(`Not for a pipe: ${JSON.stringify(text.slice(strange.index))}`);
  return text.split('\n').filter((line) => line !== '');
}

export const NOTHING: Readonly<Totals> = {
  files: 0,
  bytes: 0,
  events: 0,
  rejects: 0,
  dropped: 0,
  duplicates: 0,
  quarantined: 0,
  quarantinedFor: [],
  skipped: 0,
  replaced: 0,
};

/** What a backfill of the sample's delivery days has to count, going by its sample.json alone. */
export function promised(sample: SampleManifest, wanted: (day: string) => boolean = () => true): Totals {
  const totals = { ...NOTHING };
  for (const [place, { objects, bytes, records }] of Object.entries(sample.days)) {
    const [, , day] = place.split('/');
    if (!wanted(day)) continue;
    totals.files += objects;
    totals.bytes += bytes;
    // Every kind has its table: so `init` has written them.
    totals.events += records;
  }
  return totals;
}

/** Lets the project's workers do runs of these warehouses, too. */
export function allowWarehouses(project: Project, ...addresses: string[]): void {
  const file = project.path('temporal.yaml');
  const allow = `worker:\n  allow: {warehouses: [${addresses.join(', ')}]}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^worker:$/m, allow));
}

/**
 * Makes sure that a backfill into this warehouse runs until somebody ends it: its first table is a link to a disk that is
 * not there, so that the store never says whether it wrote, and every try is followed by another.
 */
export function holdBack(warehouse: string, source = 'aws_cloudtrail'): void {
  const metadata = join(warehouse, 'trailmill', source, 'metadata');
  mkdirSync(metadata, { recursive: true });
  symlinkSync(join(warehouse, 'not-mounted', 'metadata.json'), join(metadata, 'v1.metadata.json'));
}

/** Resolves when it is so; for what nothing announces. */
export async function until(
  so: () => boolean | Promise<boolean>,
  what: () => string,
  milliseconds = SOON,
): Promise<void> {
  for (const end = Date.now() + milliseconds; !(await so()); await wait(LOOK_EVERY))
    if (Date.now() > end) throw new Error(what());
}

export class Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  private stdout = '';
  private stderr = '';
  private readonly child: ChildProcessWithoutNullStreams;

  constructor(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [MAIN, ...argv], { cwd, env });
    this.child.stdin.end();
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.pid = this.child.pid as number;
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** The first whole line of stdout that fits, as soon as it is there. Rejects when the process ends without one. */
  async line(fits: (line: string) => boolean): Promise<string> {
    const told = (): string => `\nstdout: ${this.stdout}\nstderr: ${this.stderr}`;
    let limit: NodeJS.Timeout | undefined;
    let look = (): void => {};
    const found = new Promise<string>((resolve, reject) => {
      limit = setTimeout(() => reject(new Error(`The line does not come.${told()}`)), LINE_LIMIT);
      look = () => {
        try {
          const line = this.stdout.split('\n').slice(0, -1).find(fits);
          if (line !== undefined) resolve(line);
        } catch (error) {
          reject(error);
        }
      };
      this.child.stdout.on('data', look);
      look();
      // Too late to matter when the line has come.
      this.ended.then(({ code }) => reject(new Error(`It ended with ${code} before that.${told()}`)), reject);
    });
    return found.finally(() => {
      clearTimeout(limit);
      this.child.stdout.off('data', look);
    });
  }

  /** The first JSON value that fits. */
  async value<T>(fits: (value: T) => boolean = () => true): Promise<T> {
    return JSON.parse(await this.line((line) => fits(JSON.parse(line) as T))) as T;
  }

  /** Ctrl-C, and the end that comes of it. */
  interrupt(): Promise<Ended> {
    process.kill(this.pid, 'SIGINT');
    return this.ended;
  }

  /** Makes sure that it is gone. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), END_LIMIT);
    await this.ended.finally(() => clearTimeout(kill));
  }
}

export class Project {
  private readonly started: Running[] = [];
  private readonly mark = randomUUID();
  /** Of its commands. */
  readonly env: NodeJS.ProcessEnv;
  private host: CommandHost | undefined;

  /** Makes the directory. `env` is on top of what these tests were started with, without settings of the machine. */
  constructor(
    readonly directory: string,
    env: NodeJS.ProcessEnv,
  ) {
    mkdirSync(directory, { recursive: true });
    // An empty profile of the tests' own, or the one in the home directory would be read.
    const profile = join(directory, 'no-profile.toml');
    writeFileSync(profile, '[profile.default]\n');
    const foreign = /^(TEMPORAL_|(NO_COLOR|FORCE_COLOR|TRAILMILL_DEBUG)$)/;
    const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    this.env = { ...Object.fromEntries(kept), TEMPORAL_CONFIG_FILE: profile, ...env, [MARK]: this.mark };
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Starts a command and leaves it running. */
  start(...argv: string[]): Running {
    const running = new Running(argv, this.directory, this.env);
    this.started.push(running);
    return running;
  }

  /** Runs a command to its end. */
  run(...argv: string[]): Promise<Ended> {
    return this.start(...argv).ended;
  }

  /** Runs a command to its end, in one process with all others that are asked. Not for signals, and what a process leaves. */
  ask(...argv: string[]): Promise<Ended> {
    // Unmarked: it is not what a command has left.
    this.host ??= new CommandHost({ ...this.env, [MARK]: undefined });
    return this.host.run(argv, this.directory, this.env);
  }

  /** Process ids of all that the commands started and that is still there, itself or not; empty where nobody can say. */
  processes(): number[] {
    let ids: number[];
    try {
      ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    } catch {
      return []; // Only Linux tells the environment of a process in a file.
    }
    return ids.filter((id) => {
      try {
        return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(`${MARK}=${this.mark}`);
      } catch {
        return false; // Gone meanwhile, or another user's.
      }
    });
  }

  /** Resolves when the commands and all that they started have ended. */
  untilAlone(): Promise<void> {
    const left = (): number[] => this.processes();
    return until(
      () => left().length === 0,
      () => `Still there: processes ${left().join(', ')}`,
    );
  }

  /** Ends what a test that failed has left running, but for one that other tests use. */
  async endAllBut(kept?: Running): Promise<void> {
    await Promise.all(this.started.filter((running) => running !== kept).map((running) => running.end()));
  }

  async close(): Promise<void> {
    await Promise.all([this.endAllBut(), this.host?.close()]);
    for (const id of this.processes()) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It has ended by itself since.
      }
    }
  }
}
