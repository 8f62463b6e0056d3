/** `.trailmill/dev-server.json`: records the embedded server of a project and its owner, for other commands. */

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from '../errors/index.js';
import { isSameCommand, isSameProcess } from '../install/processes.js';

const FORMAT = 1;

/** See `processes.ts` for `started` and `command`. Process 1 can own a server (in a container), but cannot be one. */
const RECORD = z.object({
  format: z.literal(FORMAT),
  /** Unique for each start of a server. */
  id: z.string().min(1),
  /** The server process; absent while it starts. */
  pid: z.int().min(2).optional(),
  started: z.string().optional(),
  command: z.string().optional(),
  /** The process that started the server and will stop it. */
  ownerPid: z.int().min(1),
  ownerStarted: z.string(),
  /** `host:port` on the loopback interface. Both addresses are empty while the server starts. */
  address: z.string().regex(/^(127\.0\.0\.1:\d{1,5})?$/),
  uiUrl: z.string().regex(/^(http:\/\/127\.0\.0\.1:\d{1,5})?$/),
  namespace: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
});

/** The content of `.trailmill/dev-server.json`. */
export type DevServerRecord = z.infer<typeof RECORD>;

/** The record of a server that has started. */
export type DevServer = DevServerRecord & Required<Pick<DevServerRecord, 'pid' | 'started' | 'command'>>;

/** The result of reading the file: nothing, a record (which may be stale), or the reason why it is not usable. */
export type DevServerFileContent = { record?: DevServerRecord; unusable?: string };

/** Milliseconds. On the loopback interface a response takes less than one. */
const CONNECT_LIMIT = 2_000;
/** Bytes. A record has a few hundred. */
const SIZE_LIMIT = 65_536;

/** Returns the path of `.trailmill/dev-server.json`. */
export function devServerFile(projectDir: string): string {
  return join(projectDir, '.trailmill', 'dev-server.json');
}

/** Returns the server of this project if it is running and accepts connections. */
export async function runningDevServer(projectDir: string): Promise<DevServer | undefined> {
  const { record } = await readDevServer(projectDir);
  if (record === undefined || !hasStarted(record) || !isRunning(record)) return undefined;
  return (await answers(record.address)) ? record : undefined;
}

/** True if the server of the record has started, false while it is starting. */
export function hasStarted(record: DevServerRecord): record is DevServer {
  return record.pid !== undefined && record.started !== undefined && record.command !== undefined;
}

/** True if the process of the record is still that server. Process ids are reused, so the id alone is not sufficient. */
export function isRunning(record: DevServer): boolean {
  return record.started === '' ? isSameProcess(record) : isSameCommand(record);
}

/** Reads the file. The record may be stale. Problems with the file are returned, not thrown. */
export async function readDevServer(projectDir: string): Promise<DevServerFileContent> {
  const file = devServerFile(projectDir);
  try {
    const entry = await lstat(file);
    // Reading a pipe would block forever.
    if (!entry.isFile()) return { unusable: 'it is not a regular file' };
    if (entry.size > SIZE_LIMIT) return { unusable: `it is too large (${entry.size} bytes)` };
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = systemCodeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { unusable: `it cannot be read (${code ?? String(error)})` };
  }
}

function parse(text: string): DevServerFileContent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unusable: 'it is not JSON' };
  }
  const checked = RECORD.safeParse(value);
  if (checked.success) return { record: checked.data };
  const [{ path, message }] = checked.error.issues;
  return {
    unusable:
      path[0] === 'format' ? 'it was written by another version of Trailmill' : `${path.join('.') || 'it'}: ${message}`,
  };
}

/** Replaces the file atomically: a reader sees either the old record or the new one. */
export async function writeDevServer(projectDir: string, record: DevServerRecord): Promise<void> {
  const file = devServerFile(projectDir);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(temporary, `${JSON.stringify(record, undefined, 2)}\n`, { flag: 'wx' });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Returns true if a process accepts TCP connections at `host:port`. */
export function answers(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(CONNECT_LIMIT, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
