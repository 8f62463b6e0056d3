/** Directories for short-lived files. They are removed, including those of processes that died. */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError } from '../storage/file-errors.js';

const PREFIX = 'trailmill-compact';
/**
 * What another machine has left in a shared directory is removed after this time: it is not known whether its process is still
 * running.
 */
const FOREIGN_MS = 7 * 86_400_000;

/** The directories that this process is using. */
const used = new Set<string>();

/**
 * Calls `use` with a new directory below `parent`, and removes it afterwards. Those of dead processes are removed first.
 * Errors of the operating system become errors of the object-store port: after a full disk, the work can be retried.
 */
export async function withTempDirectory<T>(parent: string, use: (directory: string) => Promise<T>): Promise<T> {
  const orFileError = (error: unknown): never => {
    throw fileError(error, parent);
  };
  const directory = await prepared(parent).catch(orFileError);
  used.add(directory);
  try {
    return await use(directory).catch(orFileError);
  } finally {
    used.delete(directory);
    await rm(directory, { recursive: true, force: true });
  }
}

async function prepared(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  await removeStale(parent);
  return mkdtemp(join(parent, `${PREFIX}-${machine()}-${process.pid}-`));
}

/** Without the hyphens that separate the parts of a name. */
const machine = (): string => hostname().replace(/[^A-Za-z0-9.]/g, '_');

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, host, pid] = new RegExp(`^${PREFIX}-([^-]+)-(\\d+)-[^-]+$`).exec(name) ?? [];
    if (host === undefined) continue;
    const directory = join(parent, name);
    const isStale = host === machine() ? !isUsed(directory, Number(pid)) : await isOld(directory);
    if (isStale) await rm(directory, { recursive: true, force: true });
  }
}

/** In a container, a new process may have the number of the one that died; it knows its own directories. */
function isUsed(directory: string, pid: number): boolean {
  if (pid === process.pid) return used.has(directory);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It exists, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isOld(directory: string): Promise<boolean> {
  const found = await stat(directory).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > FOREIGN_MS;
}
