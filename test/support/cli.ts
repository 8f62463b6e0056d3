/** The CLI as people and programs use it: processes of the build, each in a project directory. */
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
/** Inherited by everything that the CLI starts, so that its processes can be found. */
const MARK = 'TRAILMILL_TEST_PROCESSES';
/** Milliseconds until a process that was asked to end is killed: longer than the longest shutdown grace period. */
const END_LIMIT = 45_000;
/**
 * Milliseconds until a line, or a change that nothing announces, counts as missing: nearly as long as a test may take. A limit that
 * is reached on a slow and busy machine says nothing about the program.
 */
export const WAIT_LIMIT = 150_000;
/** Milliseconds between two checks: many of them ask a server, which has to work for each answer. */
const LOOK_EVERY = 100;

export interface Ended {
  /** `null` after a signal that was not handled. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What `dev --json` and `worker --json` print once they are ready. */
export interface Up {
  address: string;
  namespace: string;
  taskQueue: string;
  uiUrl: string | null;
  /** Only if they started the server. */
  serverPid?: number;
}

/** The first line of `backfill start --json`. */
export type Started = StartedBackfill & { worker: boolean };

/** The values that `--json` printed. Throws if a line is not one JSON value. */
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

/** The last state that `--watch` or `status` printed as JSON. */
export function viewOf(ended: Ended): BackfillView {
  return valuesOf<BackfillView>(ended).slice(-1)[0];
}

/** The same, without the line that `--watch` prints on stderr when no worker has answered yet: on a busy machine, it may. */
export function withoutWaiting(ended: Ended): Ended {
  return { ...ended, stderr: ended.stderr.replace('waiting for the first answer of a worker\n', '') };
}

/** The lines that are not empty. Throws if one moves the cursor, changes the color or draws a bar. */
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

/** What a backfill of the sample's delivery days must count, according to its sample.json alone. */
export function promised(sample: SampleManifest, wanted: (day: string) => boolean = () => true): Totals {
  const totals = { ...NOTHING };
  for (const [place, { objects, bytes, records }] of Object.entries(sample.days)) {
    const [, , day] = place.split('/');
    if (!wanted(day)) continue;
    totals.files += objects;
    totals.bytes += bytes;
    // Every kind has its table: `init` writes all of them.
    totals.events += records;
  }
  return totals;
}

/** Lets the project's workers accept runs of these warehouses, too. */
export function allowWarehouses(project: Project, ...addresses: string[]): void {
  const file = project.path('temporal.yaml');
  const allow = `worker:\n  allow: {warehouses: [${addresses.join(', ')}]}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^worker:$/m, allow));
}

/**
 * Makes sure that a backfill into this warehouse runs until it is stopped: its first table is a link to a missing disk, so
 * that the store never reports whether it wrote, and every attempt is followed by another.
 */
export function holdBack(warehouse: string, source = 'aws_cloudtrail'): void {
  const metadata = join(warehouse, 'trailmill', source, 'metadata');
  mkdirSync(metadata, { recursive: true });
  symlinkSync(join(warehouse, 'not-mounted', 'metadata.json'), join(metadata, 'v1.metadata.json'));
}

/** Resolves when `so` returns true; for changes that nothing announces. */
export async function until(
  so: () => boolean | Promise<boolean>,
  what: () => string,
  milliseconds = WAIT_LIMIT,
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

  /** The first complete line of stdout that fits, as soon as it is there. Rejects if the process ends without one. */
  async line(fits: (line: string) => boolean): Promise<string> {
    const told = (): string => `\nstdout: ${this.stdout}\nstderr: ${this.stderr}`;
    let limit: NodeJS.Timeout | undefined;
    let look = (): void => {};
    const found = new Promise<string>((resolve, reject) => {
      limit = setTimeout(() => reject(new Error(`The line does not come.${told()}`)), WAIT_LIMIT);
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
      // Has no effect if the line came first.
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

  /** Sends Ctrl-C and waits for the end. */
  interrupt(): Promise<Ended> {
    process.kill(this.pid, 'SIGINT');
    return this.ended;
  }

  /** Makes sure that it has ended. */
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

  /** Creates the directory. `env` is added to the environment of the tests, without settings of the machine. */
  constructor(
    readonly directory: string,
    env: NodeJS.ProcessEnv,
  ) {
    mkdirSync(directory, { recursive: true });
    // An empty profile for the tests: otherwise, the one in the home directory would be read.
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

  /** Runs a command to its end, in one process for all `ask` calls. Not for signals and for what a process leaves behind. */
  ask(...argv: string[]): Promise<Ended> {
    // Unmarked: it is not a leftover of a command.
    this.host ??= new CommandHost({ ...this.env, [MARK]: undefined });
    return this.host.run(argv, this.directory, this.env);
  }

  /** Ids of all processes that the commands started and that still run, directly or not; empty if this cannot be known. */
  processes(): number[] {
    let ids: number[];
    try {
      ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    } catch {
      return []; // Only Linux has the environment of a process in a file.
    }
    return ids.filter((id) => {
      try {
        return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0').includes(`${MARK}=${this.mark}`);
      } catch {
        return false; // Ended in the meantime, or of another user.
      }
    });
  }

  /** Resolves when the commands and everything that they started have ended. */
  untilAlone(): Promise<void> {
    const left = (): number[] => this.processes();
    return until(
      () => left().length === 0,
      () => `Still there: processes ${left().join(', ')}`,
    );
  }

  /** Ends what a failed test has left running, except for one that other tests use. */
  async endAllBut(kept?: Running): Promise<void> {
    await Promise.all(this.started.filter((running) => running !== kept).map((running) => running.end()));
  }

  async close(): Promise<void> {
    await Promise.all([this.endAllBut(), this.host?.close()]);
    for (const id of this.processes()) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It has ended in the meantime.
      }
    }
  }
}
