/** `.trailmill/dev-server.json`: how other commands find the embedded server of a project, and who looks after it. */

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from '../errors/index.js';
import { isSameCommand, isSameProcess } from '../install/processes.js';

const FORMAT = 1;

/** `processes.ts` says what `started` and `command` are. Process 1 may own a server (in a container), not be one. */
const RECORD = z.object({
  format: z.literal(FORMAT),
  /** Of this start of a server: another start has another id. */
  id: z.string().min(1),
  /** The server; absent while it starts. */
  pid: z.int().min(2).optional(),
  started: z.string().optional(),
  command: z.string().optional(),
  /** The process that started it and stops it. */
  ownerPid: z.int().min(1),
  ownerStarted: z.string(),
  /** `host:port`, on the loopback like everything embedded. Both are empty while it starts. */
  address: z.string().regex(/^(127\.0\.0\.1:\d{1,5})?$/),
  uiUrl: z.string().regex(/^(http:\/\/127\.0\.0\.1:\d{1,5})?$/),
  namespace: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
});

/** What `.trailmill/dev-server.json` holds. */
export type DevServerRecord = z.infer<typeof RECORD>;

/** A server that has started. */
export type DevServer = DevServerRecord & Required<Pick<DevServerRecord, 'pid' | 'started' | 'command'>>;

/** What is in the file: nothing, a record (true or not any more), or something that is no record, and why. */
export type Found = { record?: DevServerRecord; unusable?: string };

/** Milliseconds; on the loopback an answer takes less than one. */
const ANSWER_LIMIT = 2_000;
/** Bytes. A record has some hundreds. */
const SIZE_LIMIT = 65_536;

/** Path of `.trailmill/dev-server.json`. */
export function devServerFile(projectDir: string): string {
  return join(projectDir, '.trailmill', 'dev-server.json');
}

/** The server of this project, when it is alive and answers. */
export async function runningDevServer(projectDir: string): Promise<DevServer | undefined> {
  const { record } = await readDevServer(projectDir);
  if (record === undefined || !hasStarted(record) || !runs(record)) return undefined;
  return (await answers(record.address)) ? record : undefined;
}

/** True when the record is of a server that has started, not of one that is starting. */
export function hasStarted(record: DevServerRecord): record is DevServer {
  return record.pid !== undefined && record.started !== undefined && record.command !== undefined;
}

/** Whether the process of the record is still that server. Its id alone would not say so: ids are used again. */
export function runs(record: DevServer): boolean {
  return record.started === '' ? isSameProcess(record) : isSameCommand(record);
}

/** What the file says, whether or not it is still true. */
export async function readDevServer(projectDir: string): Promise<Found> {
  const file = devServerFile(projectDir);
  try {
    const entry = await lstat(file);
    // A pipe would never give an end.
    if (!entry.isFile()) return { unusable: 'it is not a plain file' };
    if (entry.size > SIZE_LIMIT) return { unusable: `it has ${entry.size} bytes` };
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = systemCodeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { unusable: `it cannot be read (${code ?? String(error)})` };
  }
}

function parse(text: string): Found {
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
    unusable: path[0] === 'format' ? 'another version of Trailmill wrote it' : `${path.join('.') || 'it'}: ${message}`,
  };
}

/** Replaces the file at once: a reader sees the old record or the new one. */
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
