/**
 * Files of a few KB that are designed to exhaust the memory or the time of a worker: a process reads one after another, with
 * the default settings or with a smaller file size limit. Each is quarantined by name or ingested, the files next to it are
 * ingested, and the process stays below 1 GiB.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { INGEST } from '../../../config/defaults';
import { bundled } from '../../support/bundled';
import { HOSTILE, type HostileRequest, type Survived } from '../../support/hostile';

const GIB = 1024;
const program = bundled('hostile.ts');
const directory = dirname(program);
let reader: ChildProcess | undefined;

async function stopReader(): Promise<void> {
  reader?.kill('SIGKILL');
  if (reader?.exitCode === null && reader.signalCode === null) await once(reader, 'exit');
  reader = undefined;
}

afterAll(async () => {
  await stopReader();
  rmSync(directory, { recursive: true });
});

async function read(request: HostileRequest): Promise<Survived> {
  reader ??= fork(program);
  const process = reader;
  const died = new AbortController();
  const ended = (code: number | null, signal: string | null): void =>
    died.abort(`The reader ended: ${signal ?? code}.`);
  process.once('exit', ended);
  try {
    process.send(request);
    return (await once(process, 'message', { signal: died.signal }))[0];
  } finally {
    process.off('exit', ended);
  }
}

/** Only Linux reports the peak memory of a process. */
const measured = existsSync('/proc/self/status') ? it : it.skip;

measured.each(Object.keys(HOSTILE))(
  '%s',
  async (name) => {
    const { make, says, maxFileBytes = INGEST.maxFileBytes } = HOSTILE[name];
    const file = join(directory, 'file');
    writeFileSync(file, make());
    const isDefault = maxFileBytes === INGEST.maxFileBytes;
    // The memory that a process keeps from earlier files must not count toward the smaller limit.
    if (!isDefault) await stopReader();
    const { ledger, peak } = await read({ file, maxFileBytes });
    expect(ledger[1].slice(0, says.length)).toBe(says);
    expect([ledger[0], ledger[2]]).toEqual(['ingested 2', 'ingested 2']);
    // A quarter of the file size may need half of the memory: an idle process needs as much as before.
    expect(peak).toBeLessThan(isDefault ? GIB : GIB / 2);
  },
  180_000,
);
