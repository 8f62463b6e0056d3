/** CPU time of processes and threads, from Linux's /proc. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second, in which Linux counts CPU time: 100 on all usual machines. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** A thread of a process and the CPU time that it has used. */
export interface ThreadUsage {
  id: number;
  name: string;
  cpuSeconds: number;
}

/** The name in a `stat` file, and the CPU seconds of the process or thread itself and of its children that have ended. */
export function parseStat(stat: string, ticks: number): { name: string; own: number; children: number } {
  // The name is in parentheses and may itself contain parentheses. After it, field 3 is the first one.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    own: (user + system) / ticks,
    children: (childUser + childSystem) / ticks,
  };
}

/** CPU seconds of a running process, with its threads and its children that have ended. */
export function cpuSecondsOf(pid: number): number {
  const { own, children } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), TICKS);
  return own + children;
}

/** The threads of a running process. */
export function threadsOf(pid: number): ThreadUsage[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    try {
      const { name, own } = parseStat(readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8'), TICKS);
      return [{ id: Number(id), name, cpuSeconds: own }];
    } catch {
      return []; // It has just ended.
    }
  });
}

/** Binds this process and all processes that it starts to the cores ("0,1"). Returns how they are bound, for the report. */
export function bindToCores(cores: string | undefined): string {
  const list = cores ?? firstCores();
  const bound = spawnSync('taskset', ['-a', '-c', '-p', list, String(process.pid)], { encoding: 'utf8' });
  if (bound.status === 0) return `all on cores ${list} (taskset)`;
  if (cores !== undefined) throw new Error(`taskset cannot use the cores ${cores}: ${bound.stderr || bound.error}`);
  return 'not bound to cores (no taskset)';
}

/** The first two cores that this process may use: as many as the contenders have threads. */
function firstCores(): string {
  const allowed = /^Cpus_allowed_list:\s+(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const cores = allowed.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  return cores.slice(0, 2).join(',');
}
