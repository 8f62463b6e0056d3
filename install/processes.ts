/**
 * Identifies processes. Systems reuse process ids, in a container within seconds, so an id from a file is not sufficient: only
 * together with the start time of the process does it identify one process.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { systemCodeOf } from '../errors/index.js';

/** The recorded identity of a process. */
export interface KnownProcess {
  pid: number;
  /** From {@link startOf}; empty if the system did not provide it. */
  started: string;
}

/** A process with its command line from {@link commandOf}, which is required to send it a signal. */
export interface KnownCommand extends KnownProcess {
  command: string;
}

const PS_TIMEOUT_MS = 5_000;

/** The identity of this process. */
export function thisProcess(): KnownProcess {
  return { pid: process.pid, started: startOf(process.pid) ?? '' };
}

/**
 * The start time of a process, as a string that differs for another process with the same id: `BOOT/TICKS` on Linux (boot id
 * and clock ticks since boot), the time on other systems. `undefined` if there is no such process, if it is a zombie, or if the
 * system does not provide it.
 */
export function startOf(pid: number): string | undefined {
  if (!isProcessId(pid)) return undefined;
  return procIsOurs() ? startFromProc(pid) : startFromPs(pid);
}

/** The arguments of a process, joined by spaces; `undefined` if there is no such process or the system does not provide them. */
export function commandOf(pid: number): string | undefined {
  if (!isProcessId(pid)) return undefined;
  if (!procIsOurs()) return ps(pid, 'command');
  const text = readProc(`/proc/${pid}/cmdline`);
  return text === undefined || text === '' ? undefined : text.replace(/\0$/, '').replaceAll('\0', ' ');
}

/** Whether a process with this id is running, including processes of other users. Zombies do not count. */
export function isAlive(pid: number): boolean {
  if (!isProcessId(pid) || !answersSignal(pid)) return false;
  const stat = procIsOurs() ? statOf(pid) : undefined;
  return stat === undefined || !hasEnded(stat);
}

/**
 * Whether exactly this process is still running. If the system does not provide start times, only the id is compared, which is
 * sufficient for waiting for a process, but never for killing one.
 */
export function isSameProcess({ pid, started }: KnownProcess): boolean {
  if (started === '' && startOf(process.pid) === undefined) return isAlive(pid);
  return started !== '' && startOf(pid) === started;
}

/** Whether the process with this id has exactly this start time and command line. */
export function isSameCommand({ pid, started, command }: KnownCommand): boolean {
  return (
    pid > 1 && pid !== process.pid && pid !== process.ppid && isStarted(pid, started) && commandOf(pid) === command
  );
}

/**
 * Signals a process that is not a child of this one, for example one whose id comes from a file. Always use this function for
 * that. Returns `false` if the process is no longer running, or if its id now belongs to another process, which is not
 * signaled. Throws like `process.kill` if the process belongs to another user.
 */
export function signalProcess(known: KnownCommand, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isSameCommand(known)) return false;
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

/** For kill(2), 0 and negative numbers are process groups, and -1 is all processes. */
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

/** Whether /proc exists and shows the process ids of our PID namespace. */
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
 * The fields of /proc/PID/stat from the third on. The second is the command name in parentheses, which may contain any character.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function statOf(pid: number): string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Whether the process is a zombie: it has ended, and its parent has not waited for it. */
function hasEnded([state]: readonly string[]): boolean {
  return state === 'Z' || state === 'X';
}

/** Field 22 is the start time in clock ticks since boot. */
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

/** The start time on macOS and BSD: `Sun_Nov_29_08:29:41_2026`. Exported for its test, which can also run on other systems. */
export function startFromPs(pid: number): string | undefined {
  if (ps(pid, 'stat')?.startsWith('Z')) return undefined;
  return ps(pid, 'lstart')?.replaceAll(/\s+/g, '_') || undefined;
}

function ps(pid: number, what: 'lstart' | 'stat' | 'command'): string | undefined {
  // On Linux, `ps` would read the same /proc of another PID namespace.
  if (process.platform === 'win32' || (process.platform === 'linux' && !procIsOurs())) return undefined;
  try {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-ww', '-o', `${what}=`, '-p', String(pid)];
    const output = execFileSync('ps', args, {
      env,
      encoding: 'utf8',
      timeout: PS_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim();
  } catch {
    return undefined; // `ps` exits with 1 if there is no such process.
  }
}
