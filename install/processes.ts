/**
 * Which process a number stands for. Systems give process ids out again, in a container within seconds, so an id from a
 * file says little: together with the time at which that process started it names one process.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { systemCodeOf } from '../errors/index.js';

/** A process as it was when it was written down. */
export interface KnownProcess {
  pid: number;
  /** From {@link startOf}; empty where the system did not say. */
  started: string;
}

/** A process with its command line, from {@link commandOf}: what it takes to be sent a signal. */
export interface KnownCommand extends KnownProcess {
  command: string;
}

/** Milliseconds for `ps`. */
const PS_LIMIT = 5_000;

/** This process, for others to know it by. */
export function thisProcess(): KnownProcess {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

/**
 * When the process started, as a word that another process with the same id does not have: `BOOT/TICKS`, the boot and the
 * clock ticks since, on Linux, the time elsewhere. `undefined`: no such process, one that has ended and only waits to be
 * collected by its parent, or a system that does not say.
 */
export function startOf(pid: number): string | undefined {
  if (!isProcessId(pid)) return undefined;
  return procIsOurs() ? startFromProc(pid) : startFromPs(pid);
}

/** The arguments of the process, joined by spaces; `undefined` where there is none or the system does not say. */
export function commandOf(pid: number): string | undefined {
  if (!isProcessId(pid)) return undefined;
  if (!procIsOurs()) return ps(pid, 'command');
  const text = readProc(`/proc/${pid}/cmdline`);
  return text === undefined || text === '' ? undefined : text.replace(/\0$/, '').replaceAll('\0', ' ');
}

/** True while there is a process with this id; one of another user counts, one that has ended does not. */
export function isAlive(pid: number): boolean {
  if (!isProcessId(pid) || !answersSignal(pid)) return false;
  const stat = procIsOurs() ? statOf(pid) : undefined;
  return stat === undefined || !hasEnded(stat);
}

/**
 * True while that very process runs. Where the system does not say when processes started, the id has to do: good enough
 * to wait for a process, never to end one.
 */
export function isStill({ pid, started }: KnownProcess): boolean {
  if (started === '' && startOf(process.pid) === undefined) return isAlive(pid);
  return started !== '' && startOf(pid) === started;
}

/** True when the id, the start and the command line are all those of that process. */
export function isExactly({ pid, started, command }: KnownCommand): boolean {
  return (
    pid > 1 && pid !== process.pid && pid !== process.ppid && isStarted(pid, started) && commandOf(pid) === command
  );
}

/**
 * The one way to signal a process that is no child of this one, such as one whose id comes from a file. `false`: it does
 * not run any more, or what runs under its id is another one, which is left alone. Throws as `process.kill` does where the
 * process belongs to another user.
 */
export function signalExactly(known: KnownCommand, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isExactly(known)) return false;
  try {
    process.kill(known.pid, signal);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

function isStarted(pid: number, started: string): boolean {
  return started !== '' && startOf(pid) === started;
}

/** To kill(2), 0 and negative numbers are groups of processes, and -1 is everybody. */
function isProcessId(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0;
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

let ours: boolean | undefined;

/** Whether /proc speaks of our process ids: not where there is none, nor where it is that of another PID namespace. */
function procIsOurs(): boolean {
  if (ours === undefined) {
    try {
      ours = process.platform === 'linux' && Number(readlinkSync('/proc/self')) === process.pid;
    } catch {
      ours = false;
    }
  }
  return ours;
}

/**
 * The fields of /proc/PID/stat from the third on: before them comes the name in parentheses, which may have anything in it.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function statOf(pid: number): string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A zombie: it has ended, and its parent has not asked how. */
function hasEnded([state]: readonly string[]): boolean {
  return state === 'Z' || state === 'X';
}

/** Field 22 is the start in clock ticks since boot. */
function startFromProc(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat === undefined || hasEnded(stat) || !/^\d+$/.test(stat[19] ?? '')) return undefined;
  return `${readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${stat[19]}`;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** macOS and the BSDs: `Sun_Nov_29_08:29:41_2026`. Exported for its test, which other systems can run. */
export function startFromPs(pid: number): string | undefined {
  if (ps(pid, 'stat')?.startsWith('Z')) return undefined;
  return ps(pid, 'lstart')?.replaceAll(/\s+/g, '_') || undefined;
}

function ps(pid: number, what: 'lstart' | 'stat' | 'command'): string | undefined {
  // On Linux `ps` reads the /proc that has just turned out to be another namespace's.
  if (process.platform === 'win32' || (process.platform === 'linux' && !procIsOurs())) return undefined;
  try {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-ww', '-o', `${what}=`, '-p', String(pid)];
    const said = execFileSync('ps', args, {
      env,
      encoding: 'utf8',
      timeout: PS_LIMIT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.trim();
  } catch {
    return undefined; // `ps` exits with 1 where there is no such process.
  }
}
