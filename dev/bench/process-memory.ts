import { readFileSync } from 'node:fs';

/**
 * Resident megabytes of a process: current (`VmRSS`) or peak (`VmHWM`). Linux only.
 * https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */
export function resident(name: 'VmRSS' | 'VmHWM', pid: number | 'self' = 'self'): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
