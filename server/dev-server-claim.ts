/** Ensures that a project has only one embedded server, and stops a server whose owner process has died. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { systemCodeOf, UserMistake } from '../errors/index.js';
import { withLock } from '../install/install-lock.js';
import { commandOf, isSameProcess, startOf, thisProcess } from '../install/processes.js';
import {
  type DevServer,
  type DevServerRecord,
  devServerFile,
  hasStarted,
  isRunning,
  readDevServer,
  writeDevServer,
} from './dev-server-file.js';
import { endOrphan } from './server-process.js';

/** The exclusive right to run the embedded server of a project. */
export interface Claim {
  /** Records the address of the server, for other commands. */
  publish(server: Pick<DevServer, 'address' | 'uiUrl'> & { pid: number }): Promise<void>;
  /** Removes the record of this claim. A record that another process has written since is kept. */
  release(): Promise<void>;
}

/**
 * Claims the right to run the server of this project, and records the claim for other processes. Stops a server whose owner
 * process has died. A record refers to a process only if id, start time and command line match: see `processes.ts`. Throws
 * `UserMistake` if a server of the project is running or being started. `log` receives messages for the user.
 */
export async function claimDevServer(
  projectDir: string,
  namespace: string,
  log: (line: string) => void,
): Promise<Claim> {
  const owner = thisProcess();
  const mine: DevServerRecord = {
    format: 1,
    id: randomUUID(),
    ownerPid: owner.pid,
    ownerStarted: owner.started,
    address: '',
    uiUrl: '',
    namespace,
    startedAt: new Date().toISOString(),
  };
  await withRecordLock(projectDir, async () => {
    const { record, unusable } = await readDevServer(projectDir);
    if (unusable) log(`Ignoring ${devServerFile(projectDir)}: ${unusable}.`);
    if (record) await takeOver(record, log);
    await writeDevServer(projectDir, mine);
  });
  return {
    publish: ({ pid, address, uiUrl }) => {
      const started = { pid, started: startOf(pid) ?? '', command: commandOf(pid) ?? '' };
      const record = { ...mine, ...started, address, uiUrl, startedAt: new Date().toISOString() };
      return withRecordLock(projectDir, () => writeDevServer(projectDir, record));
    },
    release: () =>
      withRecordLock(projectDir, async () => {
        const { record } = await readDevServer(projectDir);
        if (record?.id === mine.id) await rm(devServerFile(projectDir), { force: true });
      }),
  };
}

/** Returns once the server of the record is not running. Throws `UserMistake` if it belongs to a running process. */
async function takeOver(record: DevServerRecord, log: (line: string) => void): Promise<void> {
  const owner = { pid: record.ownerPid, started: record.ownerStarted };
  const ownerLives = isSameProcess(owner);
  if (!hasStarted(record)) {
    if (ownerLives) throw alreadyRunning(`is being started by process ${owner.pid}`);
    return;
  }
  if (!isRunning(record)) return;
  // Without a start time the process may be another one with the same id, so it is not stopped.
  if (ownerLives || record.started === '') {
    throw alreadyRunning(`is already running at ${record.address} (process ${record.pid})`);
  }
  log(`Stopping a leftover Temporal server of this project (process ${record.pid}).`);
  await endOrphan(record);
}

function alreadyRunning(how: string): UserMistake {
  return new UserMistake(
    `A Temporal server of this project ${how}.`,
    'Use it (`trailmill worker`), or stop the command that started it.',
  );
}

/**
 * Runs `call` while holding the lock of the record file, so that of two commands that start at the same time one is refused.
 * Throws `UserMistake` if the file cannot be written.
 */
async function withRecordLock(projectDir: string, call: () => Promise<void>): Promise<void> {
  const file = devServerFile(projectDir);
  try {
    await withLock(`${file}.lock`, () => {}, call);
  } catch (error) {
    const code = systemCodeOf(error);
    if (error instanceof UserMistake || code === undefined) throw error;
    const cure = 'Remove it, and make its directory writable.';
    throw new UserMistake(`${file} cannot be written (${code}).`, cure, { cause: error });
  }
}
