/**
 * Loaded by the worker before anything else, and again in each of its threads: notes which thread of the system a thread of Node
 * is, because profiles have only Node's number of the thread, and CPU times are only known by that of the system.
 */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Environment variable with the directory of the notes. */
export const NOTES_VARIABLE = 'TRAILMILL_BENCH_THREADS';

/** A thread of Node. */
export interface ThreadNote {
  /** Node's number of the thread; 0 is the main thread. */
  number: number;
  /** The system's number. */
  id: number;
  /** All threads that the process had then. In the main thread these are V8's, because libuv starts its own when they are needed. */
  running: number[];
}

const directory = process.env[NOTES_VARIABLE];
if (directory !== undefined) {
  const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  const running = readdirSync('/proc/self/task').map(Number);
  const note: ThreadNote = { number: threadId, id, running };
  writeFileSync(join(directory, `thread-${threadId}.json`), JSON.stringify(note));
}
