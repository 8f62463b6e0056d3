/** What `backfill status` and a watch say about a backfill: processes of the CLI with a real server and worker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackfillListJson } from '../../../client/backfill/list';
import { listQuery } from '../../../client/backfill/list-query';
import type { BackfillStatusJson } from '../../../client/backfill/status';
import type { BackfillView } from '../../../client/backfill/view';
import { StorageAccessDenied, StorageUnavailable } from '../../../errors/index';
import { ingestDayId } from '../../../protocol/ids';
import { pauseUpdate } from '../../../protocol/messages';
import type { ObjectStore } from '../../../storage/object-store';
import { Project, plainLines, until, valuesOf, viewOf } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress, temporalUi } from '../../support/temporal';

const AWAY = 'The bucket logs.example does not answer.';
const CURE = 'See whether its server runs.';

/** A bucket that is unavailable to every worker of the harness until it is back. */
class Absent {
  away = true;

  constructor({ stores }: Harness, store: ObjectStore, key: (key: string) => boolean) {
    const absent = Object.create(store) as ObjectStore;
    const check = (asked: string): void => {
      if (this.away && key(asked)) throw new StorageUnavailable(AWAY, CURE);
    };
    const changes: Pick<ObjectStore, 'get' | 'list'> = {
      get: async (asked, options) => {
        check(asked);
        return store.get(asked, options);
      },
      async *list(prefix, options) {
        check(prefix);
        yield* store.list(prefix, options);
      },
    };
    stores.set(store.uri, Object.assign(absent, changes));
  }
}

describeWithTemporal('the status of a backfill', () => {
  let harness: Harness;
  let project: Project;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    project = new Project(mkdtempSync(join(tmpdir(), 'trailmill-status-')), {});
    const settings = `temporal:\n  address: ${temporalAddress()}\n  ui_url: ${temporalUi()}\n`;
    writeFileSync(project.path('temporal.yaml'), settings);
  });
  afterEach(async () => {
    await project.close();
    rmSync(project.directory, { recursive: true, force: true });
    await harness.close();
  });

  const deliver = (day: string, name = 'a') =>
    harness.bucket.put(trailKey(name, { day }), trailFile(records(2, `${day}T10:00:00Z`, {}, name)));

  const pageOf = (id: string): string => `${temporalUi()}/namespaces/default/workflows/${encodeURIComponent(id)}`;

  it('says why there is no progress while the bucket is unavailable, in a watch as well, but not once it is back', async () => {
    const [day, other] = ['2024-06-05', '2024-06-06'];
    await deliver(day);
    await deliver(other);
    const bucket = new Absent(harness, harness.bucket, (key) => key.includes('/2024/06/05/'));
    await harness.startWorker();
    const handle = await harness.backfill({ from: day, to: other });
    const id = handle.workflowId;
    const watches = {
      lines: project.start('backfill', 'status', id, '--watch'),
      json: project.start('backfill', 'status', id, '--watch', '--json'),
    };

    const why = `  ${day}: planning is being retried (attempt `;
    await watches.lines.line((line) => line.startsWith(why) && line.includes(`): ${AWAY} ${CURE} `));
    const waiting = await watches.json.value<BackfillView>(
      ({ retries: [retry], days }) => days?.done === 1 && retry?.attempt >= 3 && retry.nextAttemptAt !== null,
    );
    expect(waiting.retries).toEqual([
      {
        day,
        activity: 'planDay',
        count: 1,
        attempt: expect.any(Number),
        error: `${AWAY} ${CURE}`,
        nextAttemptAt: waiting.retries[0].nextAttemptAt,
        ui: pageOf(ingestDayId(harness.source, day)),
      },
    ]);
    const said = plainLines(await project.ask('backfill', 'status', id));
    expect(said).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^ {2}retrying    ${day}: planning is being retried \\(attempt \\d+\\): ${AWAY} ${CURE} (Next attempt in \\d+ s|The next attempt is in progress)\\.$`,
        ),
      ),
    );

    bucket.away = false;
    await handle.result();
    expect(viewOf(await watches.json.ended)).toMatchObject({ state: 'completed', retries: [] });
    expect(plainLines(await watches.lines.ended).join('\n')).toMatch(/: completed\n(?!.*retrying)/);
  });

  it('says that no worker is running when none polls its task queue, in a watch as well', async () => {
    const { workflowId: id } = await harness.backfill({ from: '2024-06-05', to: '2024-06-05' });
    const nobody = `no worker polls its task queue ${harness.taskQueue}, so it makes no progress.`;
    const watch = project.start('backfill', 'status', id, '--watch');
    await watch.line((line) => line.startsWith(`running, ${nobody} Start one with \`trailmill worker\``));
    expect(viewOf(await project.ask('backfill', 'status', id, '--json'))).toMatchObject({ worker: false, retries: [] });
    expect(plainLines(await project.ask('backfill', 'status', id))).toContainEqual(
      expect.stringContaining(`  progress    unknown: ${nobody}`),
    );
  });

  it('has a line for each day with its files, events and page, and none from an earlier backfill of that range', async () => {
    const days = ['2024-06-05', '2024-06-06', '2024-06-07', '2024-06-08'];
    const [done, failed, running, notBegun] = days;
    for (const day of days) await deliver(day);
    let second = false;
    const reads = new Held(harness, harness.bucket, 'get', (key) => second && key.includes('/2024/06/07/'));
    const refused = Object.create(harness.stores.get(harness.bucket.uri) as ObjectStore) as ObjectStore;
    const { list } = refused;
    refused.list = async function* (prefix, options) {
      if (second && prefix.includes('/2024/06/06/')) throw new StorageAccessDenied('It may not be read.', 'Allow it.');
      yield* list.call(this, prefix, options);
    };
    harness.stores.set(harness.bucket.uri, refused);
    await harness.startWorker();
    const range = { from: days[0], to: days[3] };
    const small = { daysInFlight: 1 };
    // An earlier backfill of the range had the same id, and ingested all days.
    await (await harness.backfill(range, small)).result();
    await deliver(running, 'late');
    second = true;

    const handle = await harness.backfill(range, small);
    const id = handle.workflowId;
    await reads.untilWaiting(1);
    const statusOf = async (...more: string[]): Promise<BackfillStatusJson> => {
      const [value] = valuesOf<BackfillStatusJson>(await project.ask('backfill', 'status', id, '--json', ...more));
      return value;
    };
    const { dayList, leftOut } = await statusOf();
    const none = { files: 0, bytes: 0, events: 0, rejects: 0, quarantined: 0 };
    const runOf = (day: string): Promise<{ runId: string }> =>
      harness.client.workflow.getHandle(ingestDayId(harness.source, day)).describe();
    const { runId } = await runOf(running);
    expect(leftOut).toEqual({});
    expect(dayList).toMatchObject([
      // Its file has been in the ledger since then.
      { day: done, state: 'done', counts: { ...none, plannedFiles: 0 }, error: null },
      { day: failed, state: 'failed', error: 'It may not be read. Allow it.' },
      { day: running, state: 'running', counts: { ...none, plannedFiles: 1 }, runId, closedAt: null },
      { day: notBegun, state: 'not begun', counts: null, runId: null, startedAt: null, ui: null },
    ]);
    expect(dayList[2].ui).toBe(`${pageOf(ingestDayId(harness.source, running))}/${runId}`);
    expect((await statusOf('--days', 'failed')).dayList).toEqual([dayList[1]]);

    const lines = plainLines(await project.ask('backfill', 'status', id));
    const at = lines.findIndex((line) => /^ {2}day +state +files/.test(line));
    expect(lines.slice(at + 1, at + 5)).toEqual([
      expect.stringMatching(`^  ${done} +done +0 +0 +0 +0 .*${dayList[0].runId}$`),
      expect.stringMatching(`^  ${failed} +failed .*${dayList[1].runId}$`),
      expect.stringMatching(`^  ${running} +running +0 of 1 +0 +0 +0 .*${runId}$`),
      `  ${notBegun}  not begun`,
    ]);

    reads.releaseAll();
    await handle.result().catch(() => {});
    const after = await statusOf();
    expect(after.dayList.map(({ state }) => state)).toEqual(['done', 'failed', 'done', 'done']);
    expect(after.dayList[2].counts).toMatchObject({ plannedFiles: 1, files: 1, events: 2 });
  });

  it('lists backfills and days by status, range and source, with the query that finds them in the UI too', async () => {
    const days = ['2024-05-31', '2024-06-01', '2024-06-02', '2024-06-03'];
    for (const day of days) await deliver(day);
    const refused = Object.create(harness.bucket) as ObjectStore;
    refused.list = (prefix, options) => {
      if (/2024\/(05\/31|06\/02)/.test(prefix)) throw new StorageAccessDenied('It may not be read.', 'Allow it.');
      return harness.bucket.list(prefix, options);
    };
    harness.stores.set(harness.bucket.uri, refused);
    const reads = new Held(harness, refused, 'get', (key) => key.includes('/2024/06/03/'));
    await harness.startWorker();
    const failing = await harness.backfill({ from: days[0], to: days[2] });
    await failing.result().catch(() => {});
    const held = await harness.backfill({ from: days[3], to: days[3] });
    await reads.untilWaiting(1);

    const source = ['--source', harness.source];
    const list = async (...filter: string[]): Promise<BackfillListJson> => {
      const [value] = valuesOf<BackfillListJson>(await project.ask('backfill', 'list', '--json', ...source, ...filter));
      return value;
    };
    const idsOf = async (...filter: string[]): Promise<string[]> => {
      const found = await list(...filter);
      return 'backfills' in found ? found.backfills.map(({ id }) => id) : [];
    };
    /** Lists lag behind. */
    const finds = async (ids: string[], ...filter: string[]): Promise<void> => {
      let last: string[] = [];
      const same = async (): Promise<boolean> => {
        last = await idsOf(...filter);
        return JSON.stringify(last) === JSON.stringify(ids);
      };
      await until(same, () => `${filter.join(' ')} lists ${last.join(', ')}`);
    };
    await finds([failing.workflowId], '--status', 'failed');
    await finds([held.workflowId], '--status', 'running');
    await finds([held.workflowId], '--from', '2024-06-03');
    await finds([failing.workflowId], '--to', '2024-06-02');
    await finds([held.workflowId, failing.workflowId], '--to', '2024-06-03', '--from', '2024-06-02');
    await finds([failing.workflowId], '--query', 'CloseTime IS NOT NULL');
    // As written in the help page and in the fix for a mistake.
    for (const quote of ['"', "'"])
      await finds([held.workflowId, failing.workflowId], '--query', `StartTime > ${quote}2024-06-01T00:00:00Z${quote}`);
    await held.executeUpdate(pauseUpdate, { args: ['lunch'] });
    await finds([held.workflowId], '--status', 'paused');
    await finds([], '--status', 'running');

    const june = ['--days', '--status', 'failed', '--from', '2024-06-01', '--to', '2024-06-30'];
    const found = await list(...june);
    expect(found).toMatchObject({
      days: [{ day: days[2], state: 'failed', backfill: failing.workflowId, error: 'It may not be read. Allow it.' }],
    });
    const ids = [];
    for await (const { workflowId } of harness.client.workflow.list({ query: found.query })) ids.push(workflowId);
    expect(ids).toEqual([ingestDayId(harness.source, days[2])]);
    const lines = plainLines(await project.ask('backfill', 'list', ...source, ...june));
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(`^${days[2]} +failed +${failing.workflowId} +It may not be read\\. Allow it\\. +http`),
      `  query       ${found.query}`,
    ]);
    // Where the attributes are not registered, another query finds as much as it can.
    const filter = { days: true, status: 'failed', source: harness.source } as const;
    expect(await harness.client.workflow.count(listQuery(filter, false))).toMatchObject({ count: 2 });

    const wrong = await project.ask('backfill', 'list', '--query', 'nonsense');
    expect([wrong.code, plainLines(wrong)]).toEqual([
      2,
      [expect.stringContaining("rejects --query 'nonsense'"), expect.stringContaining('Write it as in the UI')],
    ]);
    reads.releaseAll();
    await held.cancel();
    await held.result().catch(() => {});
  });
});
