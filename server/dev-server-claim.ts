/** One embedded server a project: who may start it, and what becomes of a server whose owner died. */
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
  readDevServer,
  runs,
  writeDevServer,
} from './dev-server-file.js';
import { endOrphan } from './server-process.js';

/** The right to run the embedded server of a project. */
export interface Claim {
  /** Tells other commands where the server is. */
  publish(server: Pick<DevServer, 'address' | 'uiUrl'> & { pid: number }): Promise<void>;
  /** Removes the record of this claim; a record that another process has written since stays. */
  release(): Promise<void>;
}

/**
 * Makes sure that nobody else runs a server of this project, and says so to who comes next. A server whose owner is gone
 * is ended. A record is about a process only while its id, its start and its command line agree: see `processes.ts`. Throws
 * `UserMistake` where a server of the project runs or starts. `log` gets what a person should know.
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
    if (unusable) log(`${devServerFile(projectDir)} is ignored: ${unusable}. No server is known from it.`);
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

/** Returns when the server of the record does not run any more. */
async function takeOver(record: DevServerRecord, log: (line: string) => void): Promise<void> {
  const owner = { pid: record.ownerPid, started: record.ownerStarted };
  const ownerLives = isSameProcess(owner);
  if (!hasStarted(record)) {
    if (ownerLives) throw runsAlready(`is being started by process ${owner.pid}`);
    return;
  }
  if (!runs(record)) return;
  // Without a start, nothing says that it is the one: it is not ended.
  if (ownerLives || record.started === '') {
    throw runsAlready(`runs already at ${record.address} (process ${record.pid})`);
  }
  log(`Ending the Temporal server (process ${record.pid}) whose owner is gone.`);
  await endOrphan(record);
}

function runsAlready(how: string): UserMistake {
  return new UserMistake(
    `A Temporal server of this project ${how}.`,
    'Use it (`trailmill worker`), or stop the command that started it.',
  );
}

/**
 * All that changes the file waits for each other, so that of two that start at one moment one is refused. Throws
 * `UserMistake` where the file cannot be written.
 */
async function withRecordLock(projectDir: string, call: () => Promise<void>): Promise<void> {
  const file = devServerFile(projectDir);
  try {
    await withLock(`${file}.lock`, () => {}, call);
  } catch (error) {
    const code = systemCodeOf(error);
    if (error instanceof UserMistake || code === undefined) throw error;
    const cure = 'Remove what is there, and make its directory writable.';
    throw new UserMistake(`${file} cannot be written (${code}).`, cure, { cause: error });
  }
}
