/** The peak memory of a process, and a limit that the kernel enforces, where available. Linux only. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Peak resident memory of the process, in bytes: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function peakMemory(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

export interface MemoryLimit {
  /** From now on, the process counts, and is killed above the limit. */
  add(pid: number): void;
  /** Bytes, including what the kernel may drop at any time, such as files that were read. */
  peak(): number;
  close(): void;
}

/**
 * A control group with a limit of this many bytes, of the first or the second version. `undefined` if this process may not
 * create one, as in most containers. https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export function memoryLimit(bytes: number): MemoryLimit | undefined {
  const versions = [
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes' },
    { root: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak' },
  ];
  for (const { root, limit, peak } of versions) {
    const group = join(root, `trailmill-test-${process.pid}-${Date.now()}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    const close = (): void => rmdirSync(group);
    try {
      // A group without the memory controller has no such file, and none can be created in it.
      if (!existsSync(join(group, limit))) throw new Error('no controller');
      writeFileSync(join(group, limit), String(bytes));
    } catch {
      close();
      continue;
    }
    return {
      add: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)),
      peak: () => Number(readFileSync(join(group, peak), 'utf8')),
      close,
    };
  }
  return undefined;
}
