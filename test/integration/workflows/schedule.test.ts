/** Schedules on a real server: whatever happens between their runs, every event is in the table once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { describeSchedule } from '../../../client/schedule/view';
import { register } from '../../../client/setup/search-attributes';
import { StorageAccessDenied } from '../../../errors/index';
import { scheduleId } from '../../../protocol/ids';
import { BACKFILL_INCOMPLETE } from '../../../protocol/messages';
import type { EmbeddedServer } from '../../../server/embedded-server';
import { until } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { startOwnTemporal } from '../../support/own-temporal';
import { records, trailFile, trailKey } from '../../support/runs';
import { applied, comesDue, runAt, scheduledTimes, scheduleOf } from '../../support/schedules';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const [FIRST, SECOND, THIRD] = ['2024-03-05', '2024-03-06', '2024-03-07'];
const DAILY = '  jitter_seconds: 0\n  at: "01:00"\n  deep: false\n';
const EVENTS = 3;
/** Milliseconds: the server's own workers for schedules recover with their own intervals between attempts. */
const CATCH_UP_MS = 90_000;
const due = (day: string): string => `${day}T01:00:00Z`;

/** Delivers a file for a day, with events that no other file has. */
async function deliver({ bucket }: Harness, day: string, name: string): Promise<void> {
  await bucket.put(trailKey(name, { day }), trailFile(records(EVENTS, `${day}T00:10:00Z`, {}, `${day}-${name}`)));
}

/** Each event is exactly one row, and each file is in the ledger exactly once. */
async function expectOnce(harness: Harness, files: number): Promise<void> {
  const [rows, ledger] = [await rowsOfTable(harness, 'default'), await rowsOfTable(harness, 'ledger')];
  const ids = new Set(rows.map((row) => JSON.stringify(row.event)));
  expect({ rows: rows.length, distinct: ids.size, ledger: ledger.length }).toEqual({
    rows: files * EVENTS,
    distinct: files * EVENTS,
    ledger: files,
  });
  expect(new Set(ledger.map(({ key }) => key)).size).toBe(files);
}

describeWithTemporal('a schedule whose server goes down', () => {
  let projectDir: string;
  let server: EmbeddedServer;
  let harness: Harness;

  const start = (port: number): Promise<EmbeddedServer> => startOwnTemporal(projectDir, port);
  const portOf = (): number => Number(server.address.split(':')[1]);

  beforeEach(async () => {
    projectDir = mkdtempSync(join(tmpdir(), 'trailmill-schedule-'));
    server = await start(27_333);
    harness = await startHarness(server.address);
    await register({ connection: harness.client.connection as Connection, namespace: 'default' });
  });
  afterEach(async () => {
    await scheduleOf(harness).delete();
    await harness.close();
    await server.stop();
    rmSync(projectDir, { recursive: true, force: true });
  });

  it('puts every event into the table once, although files are late and the server is down on one of three days', async () => {
    await applied(harness, `${DAILY}  look_back_days: 1\n`);
    const schedule = scheduleOf(harness);
    const held = new Held(harness, harness.bucket, 'get', (key) => key.includes('/2024/03/06/'));
    await harness.startWorker();
    await deliver(harness, FIRST, 'a');
    await deliver(harness, FIRST, 'b');
    await comesDue(schedule, due(FIRST));
    expect((await runAt(harness, due(FIRST)).result()).totals).toMatchObject({ files: 2, events: 2 * EVENTS });

    await deliver(harness, SECOND, 'a');
    await deliver(harness, FIRST, 'late');
    await comesDue(schedule, due(SECOND));
    await held.untilWaiting(1);
    const port = portOf();
    await server.stop();
    held.releaseAll();
    await deliver(harness, THIRD, 'a');
    server = await start(port);
    expect((await runAt(harness, due(SECOND)).result()).totals).toMatchObject({ files: 2, events: 2 * EVENTS });

    await deliver(harness, SECOND, 'late');
    await comesDue(schedule, due(THIRD));
    const third = await runAt(harness, due(THIRD)).result();
    expect(third).toMatchObject({ from: SECOND, to: THIRD, totals: { files: 2 } });
    await expectOnce(harness, 6);
  });

  it('catches up on each run that was due meanwhile, and does the work of equivalent runs only once', async () => {
    const EVERY_MS = 2_000;
    const fast = { intervals: [{ every: EVERY_MS }] };
    const today = new Date().toISOString().slice(0, 10);
    await harness.startWorker();
    await deliver(harness, today, 'a');
    await applied(harness, DAILY, (definition) => ({ ...definition, options: { ...definition.options, spec: fast } }));
    const id = scheduleId(harness.source, 'recent');
    const ran = () => scheduledTimes(harness.client, id);
    await until(
      async () => (await ran()).times.length >= 2,
      () => 'nothing runs',
      CATCH_UP_MS,
    );
    const port = portOf();
    await server.stop();
    const down = Date.now();
    await deliver(harness, today, 'b');
    // Time has to pass for runs to come due.
    while (Date.now() < down + 5 * EVERY_MS) await wait(EVERY_MS);
    server = await start(port);
    const up = Date.now();
    await until(
      async () => ((await ran()).times.at(-1) ?? 0) > up,
      () => 'it does not catch up',
      CATCH_UP_MS,
    );
    await scheduleOf(harness).pause();
    await until(
      async () => (await ran()).unfinished === 0,
      () => 'a run does not end',
      CATCH_UP_MS,
    );
    const { times } = await ran();
    expect(times.filter((time) => time > down && time < up).length).toBeGreaterThanOrEqual(4);
    for (let i = 1; i < times.length; i++) expect(times[i] - times[i - 1]).toBe(EVERY_MS);
    const results = await Promise.all(
      times
        .filter((time) => time > down && time < up)
        .map((time) => runAt(harness, new Date(time).toISOString().replace('.000', '')).result()),
    );
    // At most one has listed the bucket, after all of them were due; or the run before them did, which was in progress.
    expect(results.filter(({ covered }) => !covered).length).toBeLessThanOrEqual(1);
    await expectOnce(harness, 2);
  });
});

describeWithTemporal('a schedule', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(async () => {
    await Promise.all([scheduleOf(harness), scheduleOf(harness, 'deep')].map((one) => one.delete().catch(() => {})));
    await harness.close();
  });

  it('reports which run failed and why; the next run still starts, and tries the failed day again', async () => {
    await applied(harness, `${DAILY}  look_back_days: 0\n`);
    const schedule = scheduleOf(harness);
    for (const day of [FIRST, SECOND, THIRD]) await deliver(harness, day, 'a');
    const { bucket, stores } = harness;
    const list: typeof bucket.list = (prefix, options) => {
      if (prefix.includes('/2024/03/05/')) throw new StorageAccessDenied(`Not allowed to list ${prefix}.`);
      return bucket.list(prefix, options);
    };
    stores.set(bucket.uri, Object.assign(Object.create(bucket), { list }));
    const worker = await harness.startWorker();
    await comesDue(schedule, due(FIRST));
    await expect(runAt(harness, due(FIRST)).result()).rejects.toMatchObject({
      cause: {
        type: BACKFILL_INCOMPLETE,
        message: expect.stringMatching(/^1 of 1 day failed\. 2024-03-05: .*Not allowed/),
      },
    });
    await comesDue(schedule, due(SECOND));
    await expect(runAt(harness, due(SECOND)).result()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^1 of 2 days failed\. 2024-03-05: /) },
    });
    expect((await schedule.describe()).state.paused).toBe(false);
    await worker.stop();
    stores.set(bucket.uri, bucket);
    await harness.startWorker();
    await comesDue(schedule, due(THIRD));
    expect(await runAt(harness, due(THIRD)).result()).toMatchObject({ from: FIRST, to: THIRD, days: { done: 3 } });
    // Days that have succeeded are no longer carried over.
    await comesDue(schedule, due('2024-03-08'));
    expect(await runAt(harness, due('2024-03-08')).result()).toMatchObject({ from: '2024-03-08', to: '2024-03-08' });
    await expectOnce(harness, 3);
  });

  it('that was paused for weeks continues where it stopped', async () => {
    await applied(harness, DAILY);
    const schedule = scheduleOf(harness);
    await harness.startWorker();
    await deliver(harness, FIRST, 'a');
    await comesDue(schedule, due(FIRST));
    await runAt(harness, due(FIRST)).result();
    await deliver(harness, SECOND, 'a');
    await comesDue(schedule, due('2024-03-18'));
    expect(await runAt(harness, due('2024-03-18')).result()).toMatchObject({
      from: '2024-03-02',
      totals: { files: 1 },
    });
  });

  it('does not start a run while another one is in progress: the new run waits', async () => {
    await applied(harness, DAILY);
    const schedule = scheduleOf(harness);
    await deliver(harness, FIRST, 'a');
    const held = new Held(harness, harness.bucket, 'get', () => true);
    await harness.startWorker();
    await comesDue(schedule, due(FIRST));
    await held.untilWaiting(1);
    await comesDue(schedule, due(SECOND));
    await until(
      async () => Number((await schedule.describe()).raw.info?.bufferSize) === 1,
      () => 'the second run does not wait',
      CATCH_UP_MS,
    );
    await expect(runAt(harness, due(SECOND)).describe()).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
    held.releaseAll();
    await runAt(harness, due(FIRST)).result();
    await until(
      () =>
        runAt(harness, due(SECOND))
          .describe()
          .then(
            () => true,
            () => false,
          ),
      () => 'the second run does not begin',
      CATCH_UP_MS,
    );
    await runAt(harness, due(SECOND)).result();
    await expectOnce(harness, 1);
  });

  it('is updated to match the file each time it is applied, and stays paused if it was paused', async () => {
    const ids = ['recent', 'deep'].map((name) => scheduleId(harness.source, name as 'recent' | 'deep'));
    const done = async (section: string) =>
      Object.fromEntries((await applied(harness, section)).map((one) => [one.id, one.done]));
    const both = '  jitter_seconds: 0\n';
    expect(await done(both)).toEqual({ [ids[0]]: 'created', [ids[1]]: 'created' });
    expect(await done(both)).toEqual({ [ids[0]]: 'unchanged', [ids[1]]: 'unchanged' });
    await scheduleOf(harness).pause('the bucket moves');
    expect(await done(`${both}  every: 15 minutes\n  look_back_days: 1\n`)).toEqual({
      [ids[0]]: 'updated',
      [ids[1]]: 'unchanged',
    });
    const { spec, state, action, policies } = await scheduleOf(harness).describe();
    expect(spec.intervals).toEqual([{ every: 15 * 60_000 }]);
    expect(spec.calendars ?? []).toEqual([]);
    expect(state).toMatchObject({ paused: true, note: 'the bucket moves' });
    expect(action.args?.[0]).toMatchObject({ lookBackDays: 1 });
    expect(policies).toEqual({ overlap: 'BUFFER_ALL', catchupWindow: 365 * 86_400_000, pauseOnFailure: false });
    expect(await done(`${both}  every: 15 minutes\n  look_back_days: 1\n  deep: false\n`)).toEqual({
      [ids[0]]: 'unchanged',
      [ids[1]]: 'deleted',
    });
    expect(await describeSchedule(scheduleOf(harness, 'deep'))).toBeUndefined();
  });
});
