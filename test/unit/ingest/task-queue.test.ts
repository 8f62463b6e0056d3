/** The order in which a worker's threads take waiting tasks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { TaskQueue } from '../../../ingest/threads/task-queue';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-queue-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

it('lets tasks of commits and plans pass waiting chunks, and keeps the order otherwise', async () => {
  const filename = join(directory, 'thread.js');
  writeFileSync(filename, 'exports.chunk = exports.ledger = exports.readLedger = (task) => task;');
  const pool = new Piscina({ filename, minThreads: 0, maxThreads: 1, taskQueue: new TaskQueue(), stricterFIFO: true });
  const order: unknown[] = [];
  const run = async (name: string, task: string, signal?: AbortSignal): Promise<void> => {
    order.push(await pool.run(task, { name, signal }));
  };
  const cancelled = new AbortController();
  const first = run('chunk', 'first chunk');
  const lost = run('chunk', 'cancelled', cancelled.signal);
  const others = [run('chunk', 'second chunk'), run('chunk', 'third chunk'), run('ledger', 'of a commit')];
  others.push(run('readLedger', 'of a plan'));
  cancelled.abort();
  await expect(lost).rejects.toThrow();
  await Promise.all([first, ...others]);
  expect(order).toEqual(['of a commit', 'of a plan', 'first chunk', 'second chunk', 'third chunk']);
  await pool.destroy();
});
