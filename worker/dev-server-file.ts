/** `.trailmill/dev-server.json`: how other commands find the embedded server of a project. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { isAlive } from './install-lock.js';

export interface DevServer {
  /** Process id of the server. */
  pid: number;
  /** Process id of whoever started it and stops it. */
  ownerPid: number;
  /** `host:port`. Empty while it starts. */
  address: string;
  uiUrl: string;
  namespace: string;
  /** ISO 8601, UTC. */
  startedAt: string;
}

/** Milliseconds; on the loopback an answer takes less than one. */
const ANSWER_LIMIT = 2_000;

export function devServerFile(projectDir: string): string {
  return join(projectDir, '.trailmill', 'dev-server.json');
}

/** The server of this project, when it is alive and answers. A file that speaks of a dead one is removed. */
export async function runningDevServer(projectDir: string): Promise<DevServer | undefined> {
  const found = await readDevServer(projectDir);
  if (!found) return undefined;
  if (!isAlive(found.pid)) {
    await rm(devServerFile(projectDir), { force: true });
    return undefined;
  }
  if (found.address === '') return undefined; // Its owner is about to fill it in.
  return (await answers(found.address)) ? found : undefined;
}

/** What the file says, whether or not it is still true. A file that cannot be read as such counts as none. */
export async function readDevServer(projectDir: string): Promise<DevServer | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(devServerFile(projectDir), 'utf8'));
    return isDevServer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the file at once. With `onlyNew`, gives `false` where there is one already. */
export async function writeDevServer(projectDir: string, server: DevServer, onlyNew = false): Promise<boolean> {
  const file = devServerFile(projectDir);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, `${JSON.stringify(server, undefined, 2)}\n`);
  try {
    if (onlyNew) await link(temporary, file);
    else await rename(temporary, file);
    return true;
  } catch (error) {
    if (onlyNew && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function removeDevServer(projectDir: string): Promise<void> {
  await rm(devServerFile(projectDir), { force: true });
}

/** Whether anything accepts a TCP connection at `host:port`. */
export function answers(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_LIMIT, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function isDevServer(value: unknown): value is DevServer {
  const { pid, ownerPid, address } = (value ?? {}) as Record<string, unknown>;
  return typeof pid === 'number' && typeof ownerPid === 'number' && typeof address === 'string';
}
