/** Files that are large when uncompressed are decoded one at a time in a worker; others are not delayed. */
import { gzipSync } from 'node:zlib';
import { LARGE_FILE_BYTES, LargeFiles } from '../../../ingest/threads/large-files';
import type { ChunkTask, HasLargeFile } from '../../../ingest/types';

const large = gzipSync(Buffer.alloc(LARGE_FILE_BYTES + 1), { level: 1 });
const small = gzipSync(' ');
/** It declares the size of its last member, which is small. */
const liar = Buffer.concat([large, small]);
const plain = new Uint8Array(LARGE_FILE_BYTES + 1);

const taskOf = (...bodies: Uint8Array[]): ChunkTask =>
  ({ files: bodies.map((body) => ({ body })), maxFileBytes: 1 << 30 }) as unknown as ChunkTask;

/** Decoders that take a moment, and report how many were working. */
function decoders(hasLarge: (task: ChunkTask) => boolean = () => false) {
  const log: string[] = [];
  let [smallOnes, largeOnes] = [0, 0];
  const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  return {
    log,
    run: async (task: ChunkTask): Promise<object | HasLargeFile> => {
      expect(task.largest).toBe(LARGE_FILE_BYTES);
      log.push(`small beside ${smallOnes++} and ${largeOnes}`);
      await moment();
      smallOnes--;
      return hasLarge(task) ? { hasLargeFile: true } : { ledger: [] };
    },
    runLarge: async (task: ChunkTask): Promise<object> => {
      expect(task.largest).toBeUndefined();
      log.push(`large beside ${largeOnes++}`);
      await moment();
      largeOnes--;
      return { ledger: [] };
    },
  };
}

it.each([
  ['zipped', large],
  ['plain', plain],
])('large files wait for each other when they are %s', async (_how, body) => {
  const { log, run, runLarge } = decoders();
  const files = new LargeFiles();
  await Promise.all([1, 2, 3].map(() => files.run(taskOf(small, body), run, runLarge)));
  expect(log).toEqual(Array(3).fill('large beside 0'));
});

it('others do not wait', async () => {
  const { log, run, runLarge } = decoders();
  const files = new LargeFiles();
  await Promise.all([large, small, small].map((body) => files.run(taskOf(body), run, runLarge)));
  expect(log.sort()).toEqual(['large beside 0', 'small beside 0 and 0', 'small beside 1 and 0'].sort());
});

it('a file that is larger than it declares is detected, and also waits', async () => {
  const { log, run, runLarge } = decoders(({ files }) => files[0].body === liar);
  const files = new LargeFiles();
  await Promise.all([large, liar, liar].map((body) => files.run(taskOf(body), run, runLarge)));
  expect(log.filter((line) => line.startsWith('large'))).toEqual(Array(3).fill('large beside 0'));
});

it('if the limit excludes large files, none waits: they are not uncompressed completely', async () => {
  const { log, run, runLarge } = decoders();
  await new LargeFiles().run({ ...taskOf(large), maxFileBytes: 1 << 20 }, run, runLarge);
  expect(log).toEqual(['small beside 0 and 0']);
});

it('a cancelled task does not wait for its turn, and the next one gets it', async () => {
  const { log, run, runLarge } = decoders();
  const files = new LargeFiles();
  const control = new AbortController();
  const first = files.run(taskOf(large), run, runLarge);
  const second = files.run(taskOf(large), run, runLarge, control.signal);
  const third = files.run(taskOf(large), run, runLarge);
  control.abort(new Error('cancelled'));
  await expect(second).rejects.toThrow('cancelled');
  await Promise.all([first, third]);
  expect(log).toEqual(['large beside 0', 'large beside 0']);
});

it('after a task has failed, the next one gets its turn', async () => {
  const { run, runLarge } = decoders();
  const files = new LargeFiles();
  const failing = files.run(taskOf(large), run, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  await files.run(taskOf(large), run, runLarge);
});
