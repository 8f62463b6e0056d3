/** Plays the session: a shell in a pseudo terminal, in an empty directory, in which the built CLI is the command `trailmill`. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import { defaultCacheDir } from '../../../install/install-once.js';
import { BUILT } from '../../../install/package.js';
import type { CastEvent, Recording } from './cast.js';
import { SHOWN_DIRECTORY, stable } from './stable.js';
import type { Scene } from './steps.js';

/** What the shell prints before its prompts, so that their place in the output is known; terminals ignore it. */
const READY = '\u001b]133;A\u0007';
const MORE = '\u001b]133;P;k=c\u0007';
const CLEARED = '\u001b[H\u001b[2J\u001b[3J$ ';
/** Milliseconds that a command may take on a busy machine. */
const COMMAND_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 20;
/** Seconds without output that a recording keeps of a longer pause. */
const LONGEST_PAUSE = 1.2;
/** Seconds that the end of a scene stays on the screen. */
const READING_TIME = 3;

export interface PlayOptions {
  columns: number;
  rows: number;
  /** Milliseconds from key to key; 0 for a test. */
  typing: number;
  /** Called with the name of each scene that is over. */
  onScene?: (name: string) => void;
}

/**
 * Plays the scenes in a directory of their own, which is removed, and returns what was on the terminal, made stable. Throws an
 * `Error` with the output if a command fails or does not end. Ends every process that the session has started.
 */
export async function play(
  scenes: readonly Scene[],
  { columns, rows, typing, onScene }: PlayOptions,
): Promise<Recording> {
  // As long as the directory that is shown instead, and so not in the directory for temporary files, which may have any length.
  const directory = mkdtempSync('/tmp/tm-');
  if (directory.length !== SHOWN_DIRECTORY.length) throw new Error(`${directory} is not as long as ${SHOWN_DIRECTORY}`);
  const bin = mkdtempSync(join(tmpdir(), 'trailmill-bin-'));
  symlinkSync(join(BUILT, 'client', 'main.js'), join(bin, 'trailmill'));
  const shell = new Shell(directory, bin, columns, rows);
  try {
    await shell.until(READY);
    for (const { name, commands } of scenes) {
      shell.clear();
      for (const command of commands) {
        if (typeof command === 'string') await shell.run(command, typing);
        else await untilSays(join(directory, command.file), command.says);
      }
      shell.mark(name);
      onScene?.(name);
    }
    return { columns, rows, events: unhurried(stable(shell.events, directory)) };
  } finally {
    await shell.close();
    for (const path of [directory, bin]) rmSync(path, { recursive: true, force: true });
  }
}

class Shell {
  readonly events: CastEvent[] = [];
  private readonly pty: ReturnType<typeof spawn>;
  private readonly started = Date.now();
  private readonly ended: Promise<unknown>;
  private isOver = false;
  /** What was printed since the last command. */
  private output = '';

  constructor(directory: string, bin: string, columns: number, rows: number) {
    const profile = join(bin, 'no-profile.toml');
    writeFileSync(profile, '[profile.default]\n');
    const foreign = /^(TEMPORAL_|AWS_|NO_COLOR$|FORCE_COLOR$|TRAILMILL_DEBUG$|BASH|PROMPT_COMMAND$)/;
    const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const env = {
      ...(Object.fromEntries(kept) as Record<string, string>),
      PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: directory,
      TRAILMILL_CACHE: defaultCacheDir(process.env),
      TEMPORAL_CONFIG_FILE: profile,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      PS1: `${READY}$ `,
      PS2: `${MORE}> `,
    };
    // Without line editing, which would redraw what is typed.
    const argv = ['--norc', '--noprofile', '--noediting', '-i'];
    this.pty = spawn('/bin/bash', argv, { name: 'xterm-256color', cols: columns, rows, cwd: directory, env });
    this.pty.onData((text) => this.take(text));
    this.ended = new Promise((resolve) => {
      this.pty.onExit((event) => {
        this.isOver = true;
        resolve(event);
      });
    });
  }

  private take(text: string): void {
    this.output += text;
    this.record('o', text);
  }

  private record(kind: 'o' | 'm', text: string): void {
    this.events.push([(Date.now() - this.started) / 1000, kind, text]);
  }

  clear(): void {
    this.record('o', CLEARED);
  }

  mark(name: string): void {
    this.record('m', name);
  }

  /** Resolves when the output since the last command ends with this and the prompt. */
  async until(prompt: string): Promise<void> {
    for (const limit = Date.now() + COMMAND_LIMIT_MS; !/^(\$|>) $/.test(this.output.split(prompt).at(-1) ?? ''); ) {
      if (this.isOver || Date.now() > limit) throw new Error(`The shell does not get to its prompt:\n${this.output}`);
      await wait(LOOK_EVERY_MS);
    }
  }

  /** Types a command, and resolves when it has ended. */
  async run(command: string, typing: number): Promise<void> {
    const lines = command.split('\n');
    for (const [index, line] of lines.entries()) {
      for (const key of typing > 0 ? line : [line]) {
        this.pty.write(key);
        if (typing > 0) await wait(typing);
      }
      this.output = '';
      this.pty.write('\r');
      await this.until(index < lines.length - 1 ? MORE : READY);
    }
    const code = await this.exitCode();
    if (code !== '0')
      throw new Error(`Exit code ${code} of: ${command}\n${this.events.map((event) => event[2]).join('')}`);
  }

  /** Asks the shell for the exit code of the last command, off the record. */
  private async exitCode(): Promise<string | undefined> {
    const recorded = this.events.length;
    this.output = '';
    this.pty.write('echo "=$?="\r');
    await this.until(READY);
    this.events.length = recorded;
    return /=(\d+)=/.exec(this.output)?.[1];
  }

  /** Ends the jobs in the background as Ctrl-C would, then the shell. */
  async close(): Promise<void> {
    if (this.isOver) return;
    this.pty.write('kill -INT %1; wait; exit\r');
    await Promise.race([this.ended, wait(60_000, undefined, { ref: false })]);
    // The shell passes it on to its jobs.
    if (!this.isOver) this.pty.kill('SIGHUP');
  }
}

async function untilSays(file: string, says: string): Promise<void> {
  const text = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  for (const limit = Date.now() + COMMAND_LIMIT_MS; !text().includes(says); await wait(100))
    if (Date.now() > limit) throw new Error(`${file} does not say "${says}":\n${text()}`);
}

/** The events without the marks of the shell, without long pauses, and with time to read at the end of each scene. */
function unhurried(events: readonly CastEvent[]): CastEvent[] {
  let last = 0;
  let now = 0;
  let longest = LONGEST_PAUSE;
  const result: CastEvent[] = [];
  for (const [seconds, kind, text] of events) {
    now += longest > LONGEST_PAUSE ? longest : Math.min(seconds - last, longest);
    last = seconds;
    longest = kind === 'm' ? READING_TIME : LONGEST_PAUSE;
    const shown = text.replaceAll(READY, '').replaceAll(MORE, '');
    if (shown !== '') result.push([Math.round(now * 100) / 100, kind, shown]);
  }
  return result;
}
