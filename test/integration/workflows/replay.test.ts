/**
 * Recorded histories must replay on the current workflows; otherwise a deploy would break running backfills. They come from a
 * real server, each from the commit in its name. After a workflow has changed, more of them are added, and none is replaced:
 * `TRAILMILL_RECORD_HISTORIES=1 npx jest test/integration/workflows/replay`
 */
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { TableConfig } from '../../../cloudtrail/table-config';
import { allTables } from '../../../cloudtrail/tables';
import { ingestDayId, upkeepId } from '../../../protocol/ids';
import { changeWindowUpdate, pauseUpdate, resumeUpdate } from '../../../protocol/messages';
import type { ScheduledIngestInput } from '../../../workflows/scheduled-ingest';
import { type Harness, startHarness } from '../../support/harness';
import { Held, untilIdle } from '../../support/held';
import { isOf, readHistory, record, recordedHistories, replay, replayChanged } from '../../support/histories';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

/** Code in the workflow bundle that the changes below modify. */
const COMPLETE = 'await committing.completeCommits({ config });';
const DISCOVER = 'return planning.discover({ config, filter, range: { from, to }, checkTables: true });';
const AUDIT_DISCOVER = 'planning.discover({ config, filter, range: { from, to } })';
const AUDIT_REPORT = 'planning.auditReport({ config, audit: id, from, to, filter, sources })';
const AUDIT_BEGIN = 'if (state.sources === undefined) {';
const SCHEDULED_MEMO = '(0, workflow_1.upsertMemo)({ from: range.from, to: range.to });';
const SCHEDULED_BACKFILL = 'result = await (0, backfill_js_1.backfill)({ ...input, scheduled, from, to });';
const VERIFY_PREPARE = 'await auditing.prepareVerify({ config, from, to, filter })';
const VERIFY_REPORT = 'planning.verifyReport({ config, verification, from, to })';
const UPKEEP_TABLES = 'await planning.findTables({ config, dryRun })';
const UPKEEP_EXPIRY = '!dryRun && (0, workflow_1.patched)(EXPIRE_FIRST)';
const OPTIONS = '.executeWithOptions(';
const PLAN = `const plan = await planning.planDay${OPTIONS}`;
const TIMER = 'await (0, workflow_1.sleep)(1000); ';

/** Changes that must not be made without `patched` or a new field of the input. */
const INCOMPATIBLE: [what: string, history: string, changes: [string, string][]][] = [
  [
    'a day commits without ingesting',
    'ingest-day.done',
    [[`ingesting.ingestBatch${OPTIONS}`, `committing.commit${OPTIONS}`]],
  ],
  ['a day waits before it plans', 'ingest-day.done', [[PLAN, TIMER + PLAN]]],
  ['a backfill does not complete the commits of earlier runs', 'backfill.done', [[COMPLETE, '']]],
  [
    'a backfill lists the bucket first',
    'backfill.done',
    [
      [COMPLETE, ''],
      [DISCOVER, `const found = await ${DISCOVER.slice(7)} ${COMPLETE} return found;`],
    ],
  ],
  ['a backfill waits before it begins', 'backfill.done', [[COMPLETE, TIMER + COMPLETE]]],
  ['an audit makes no report', 'audit.done', [[`await ${AUDIT_REPORT}`, "''"]]],
  [
    'an audit reports first',
    'audit.done',
    [
      [AUDIT_REPORT, 'planning.nothing()'],
      [`await ${AUDIT_DISCOVER}`, `await ${AUDIT_REPORT.replace(', sources', '')}`],
      ['planning.nothing()', AUDIT_DISCOVER],
    ],
  ],
  ['an audit waits before it begins', 'audit.done', [[AUDIT_BEGIN, TIMER + AUDIT_BEGIN]]],
  ['a scheduled run does not record its range', 'scheduled-ingest.done', [[SCHEDULED_MEMO, '']]],
  [
    'a scheduled run records its range last',
    'scheduled-ingest.done',
    [
      [SCHEDULED_MEMO, ''],
      [SCHEDULED_BACKFILL, `${SCHEDULED_BACKFILL} (0, workflow_1.upsertMemo)({ from, to });`],
    ],
  ],
  [
    'a scheduled run waits before its backfill',
    'scheduled-ingest.done',
    [[SCHEDULED_BACKFILL, TIMER + SCHEDULED_BACKFILL]],
  ],
  ['a scheduled run does not verify', 'scheduled-ingest.verified', [['input.verify === true', 'false']]],
  ['a verification makes no report', 'verify.done', [[`await ${VERIFY_REPORT}`, "''"]]],
  [
    'a verification makes its report instead of getting its keys',
    'verify.done',
    [[VERIFY_PREPARE, VERIFY_PREPARE.replace('prepareVerify', 'verifyReport')]],
  ],
  ['a scheduled run does not start upkeep', 'scheduled-ingest.upkeep', [['input.upkeep === true', 'false']]],
  [
    'upkeep waits before it begins',
    'upkeep.done',
    [[UPKEEP_TABLES, `(${TIMER.trim().slice(0, -1)}, ${UPKEEP_TABLES})`]],
  ],
  [
    'upkeep removes unused files before it compacts',
    'upkeep.done',
    [[`auditing.dropOldDays${OPTIONS}`, `auditing.tidyTable${OPTIONS}`]],
  ],
];

describe('recorded histories', () => {
  const recorded = recordedHistories();

  it('exist for every workflow', () => {
    const kinds = new Set(recorded.map((name) => name.split('.')[0]));
    expect([...kinds].sort()).toEqual(['audit', 'backfill', 'ingest-day', 'scheduled-ingest', 'upkeep', 'verify']);
  });

  it.each(recorded)('replay on the current workflows: %s', async (name) => {
    await replay(readHistory(name));
  });

  it.each(INCOMPATIBLE)('do not replay when %s', async (_what, of, changes) => {
    const histories = recorded.filter((name) => isOf(name, of));
    expect(histories).not.toEqual([]);
    for (const name of histories) {
      await expect(replayChanged(readHistory(name), changes)).rejects.toMatchObject({
        name: 'DeterminismViolationError',
      });
    }
  });

  it('of upkeep need the patch: earlier ones did not expire snapshots before they compacted, later ones did', async () => {
    const histories = recorded.filter((name) => isOf(name, 'upkeep.done')).map(readHistory);
    const isLater = (history: (typeof histories)[number]): boolean => JSON.stringify(history).includes('expireTable');
    expect(new Set(histories.map(isLater))).toEqual(new Set([false, true]));
    for (const history of histories)
      await expect(
        replayChanged(history, [[UPKEEP_EXPIRY, isLater(history) ? 'false' : '!dryRun']]),
      ).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});

describeWithTemporal('a history recorded now', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(() => harness.close());

  /** Histories of a backfill that was paused, given another window and resumed during its first day, and of that day. */
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

  /** Histories of scheduled runs: only the previous day has a file. Then again, with verification and with upkeep. */
  async function scheduled(fetch: (id: string) => Promise<unknown>): Promise<Record<string, unknown>> {
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const run = async (name: string, more: Partial<ScheduledIngestInput>, tables?: TableConfig[]): Promise<unknown> => {
      await harness.bucket.put(trailKey(name, { day }), trailFile(records(2, `${day}T10:00:00Z`, {}, name)));
      const { from: _from, to: _to, ...how } = await harness.input({ from: day, to: day }, {}, undefined, tables);
      const input: ScheduledIngestInput = { ...how, lookBackDays: 2, ...more };
      const handle = await harness.client.workflow.start('scheduledIngest', {
        workflowId: `scheduled/${harness.source}/${name}`,
        taskQueue: harness.taskQueue,
        args: [input],
      });
      expect(await handle.result()).toMatchObject({ covered: false, totals: { files: 1, events: 2 } });
      return fetch(handle.workflowId);
    };
    return {
      'scheduled-ingest.done': await run('recorded', {}),
      'scheduled-ingest.verified': await run('verified', { verify: true }, allTables(harness.source)),
      'verify.done': await fetch(`scheduled/${harness.source}/verified/verify`),
      'scheduled-ingest.upkeep': await run('kept', { upkeep: true }),
      'upkeep.done': await kept(fetch),
    };
  }

  /** History of upkeep with days to compact. The scheduled run has started upkeep, too. */
  async function kept(fetch: (id: string) => Promise<unknown>): Promise<unknown> {
    const { client, source, taskQueue } = harness;
    const workflowId = upkeepId(source);
    await client.workflow.getHandle(workflowId).result();
    const { config, retry, visibility } = await harness.input({ from: '2024-03-05', to: '2024-03-06' });
    const args = [{ source, config, retry, visibility }];
    await client.workflow.execute('upkeep', { workflowId, taskQueue, args });
    return fetch(workflowId);
  }

  it('replays, for a finished, a failed and a paused backfill, their days, a scheduled run, and an audit', async () => {
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
    Object.assign(histories, await scheduled(fetch));
    // The configuration does not exist: the first activity fails permanently.
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
    if (process.env.TRAILMILL_RECORD_HISTORIES) record(histories);
  });
});
