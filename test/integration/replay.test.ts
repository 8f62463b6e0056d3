/**
 * Recorded histories must replay on today's workflows: a deploy in mid-backfill would break otherwise. They come from a
 * real server; to record them anew after a change that is meant to be incompatible:
 * `TRAILMILL_RECORD_HISTORIES=1 npx jest test/integration/replay`
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { ingestDayId } from '../../workflows/ids';
import { changeWindowUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages';
import { type Harness, startHarness } from '../support/harness';
import { Held, untilIdle } from '../support/held';
import { records, trailFile, trailKey } from '../support/runs';
import { describeWithTemporal, temporalAddress } from '../support/temporal';

const HISTORIES = join(__dirname, '..', 'histories');
const BUNDLE = join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const replay = (history: unknown, codePath = BUNDLE): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history);

/** Without what says where it was recorded: the directory, and workers as `PID@HOST`. Replay looks at neither. */
function anonymous(history: string): string {
  return history.replaceAll(`${resolve(__dirname, '..', '..')}/`, '').replace(/\b\d+@[\w.-]+/g, 'worker@host');
}

describe('recorded histories', () => {
  const recorded = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

  it('are there for every workflow', () => {
    const kinds = new Set(recorded.map((name) => name.split('.')[0]));
    expect([...kinds].sort()).toEqual(['audit', 'backfill', 'ingest-day']);
  });

  it.each(recorded)('%s replays on the present workflows', async (name) => {
    await replay(JSON.parse(readFileSync(join(HISTORIES, name), 'utf8')));
  });

  it('do not replay when a workflow does its steps in another way', async () => {
    const source = readFileSync(BUNDLE, 'utf8');
    // The changed workflow commits without ingesting.
    const changed = source.replaceAll(
      'ingesting.ingestBatch.executeWithOptions(',
      'committing.commit.executeWithOptions(',
    );
    expect(changed).not.toBe(source);
    const codePath = join(__dirname, '..', 'output', 'changed-bundle.js');
    mkdirSync(join(codePath, '..'), { recursive: true });
    writeFileSync(codePath, changed);
    const history = JSON.parse(readFileSync(join(HISTORIES, 'ingest-day.done.json'), 'utf8'));
    await expect(replay(history, codePath)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});

describeWithTemporal('a history of today', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(() => harness.close());

  /** Of a backfill that was paused, given another window and resumed while its first day was at work, and of that day. */
  async function controlled(fetch: (id: string) => Promise<unknown>): Promise<Record<string, unknown>> {
    const days = ['2024-04-05', '2024-04-06', '2024-04-07'];
    for (const day of days)
      for (const name of ['a', 'b', 'c'])
        await harness.bucket.put(trailKey(name, { day }), trailFile(records(2, `${day}T10:00:00Z`)));
    const reads = new Held(harness, harness.bucket, 'get', (key) => key.includes('/2024/04/05/'));
    const worker = await harness.startWorker();
    const small = { batchFiles: 1, groupBatches: 2, daysInFlight: 1, batchesInFlight: 1 };
    const handle = await harness.backfill({ from: days[0], to: days[2] }, small);
    await reads.untilWaiting(1);
    await handle.executeUpdate(pauseUpdate, { args: ['to be recorded'] });
    await handle.executeUpdate(changeWindowUpdate, { args: [{ daysInFlight: 2, batchesInFlight: 2 }] });
    const day = ingestDayId(harness.source, days[0]);
    reads.releaseAll();
    await untilIdle(harness, day);
    await handle.executeUpdate(resumeUpdate);
    await handle.result();
    await worker.stop();
    return { 'backfill.controlled': await fetch(handle.workflowId), 'ingest-day.controlled': await fetch(day) };
  }

  it('replays, for a finished backfill, a failed one, one that was paused, their days, and an audit', async () => {
    const days = ['2024-03-05', '2024-03-06'];
    for (const day of days) await harness.bucket.put(trailKey('a', { day }), trailFile(records(2, `${day}T10:00:00Z`)));
    const worker = await harness.startWorker();
    const handle = await harness.backfill({ from: days[0], to: days[1] });
    await handle.result();
    const histories: Record<string, unknown> = {};
    const fetch = async (id: string): Promise<unknown> => {
      const history = await harness.client.workflow.getHandle(id).fetchHistory();
      return JSON.parse(historyToJSON(history));
    };
    histories['backfill.done'] = await fetch(handle.workflowId);
    histories['ingest-day.done'] = await fetch(ingestDayId(harness.source, days[0]));
    const audit = await harness.audit({ from: days[0], to: days[1] });
    await audit.result();
    histories['audit.done'] = await fetch(audit.workflowId);
    // An empty bucket prefix: discover fails for good.
    const failed = await harness.backfill({
      from: days[0],
      to: days[0],
      config: 'file:///nowhere/_trailmill/config/none.json',
    });
    await failed.result().catch(() => {});
    histories['backfill.failed'] = await fetch(failed.workflowId);
    await worker.stop();
    Object.assign(histories, await controlled(fetch));
    for (const history of Object.values(histories)) await replay(history);
    if (process.env.TRAILMILL_RECORD_HISTORIES) {
      mkdirSync(HISTORIES, { recursive: true });
      for (const [name, history] of Object.entries(histories))
        writeFileSync(join(HISTORIES, `${name}.json`), `${anonymous(JSON.stringify(history, null, 1))}\n`);
    }
  });
});
