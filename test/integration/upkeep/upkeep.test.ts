/**
 * `trailmill upkeep` on a real server: smaller tables with the same rows, while backfills run and workers are killed, and
 * once a day by schedule.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { setClock } from '../../../dev/chaos/clock';
import { upkeepId } from '../../../protocol/ids';
import type { UpkeepInput, UpkeepResult, UpkeepStatus } from '../../../protocol/upkeep-messages';
import { type SampleManifest, writeSample } from '../../../sample/index';
import { createFileStore } from '../../../storage/file';
import type { ScheduledIngestInput } from '../../../workflows/scheduled-ingest';
import { type Ended, Project, type Up, valuesOf } from '../../support/cli';
import { type Harness, startHarness, VISIBILITY } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { RETRY, records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

/** The lowest priority. */
const LAST = 5;

describeWithTemporal('the command upkeep', () => {
  const source = `upkeep_${randomBytes(6).toString('hex')}`;
  const server = ['--address', temporalAddress(), '--task-queue', source];
  let directory: string;
  let project: Project;
  let range: string[];
  let sample: SampleManifest;

  const upkeep = (...more: string[]): Promise<Ended> => project.ask('upkeep', ...server, ...more);
  const backfill = (): Promise<Ended> => project.ask('backfill', 'start', ...range, ...server, '--watch', '--json');

  /** Counts, and a sum over the hashes of all values of all rows. */
  async function content(): Promise<string> {
    const parts = ['', '_digest', '_files', '_rejects'].map(
      (suffix) =>
        `SELECT '${suffix}' AS t, count(*) AS n, sum(hash(x::VARCHAR)::HUGEINT)::VARCHAR AS h FROM ${source}${suffix} AS x`,
    );
    const { stdout, code, stderr } = await project.ask('query', `${parts.join(' UNION ALL ')} ORDER BY t`, '--json');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-upkeep-'));
    project = new Project(join(directory, 'project'), {});
    await project.ask('init');
    const edit = (path: string, from: RegExp, to: string): void =>
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    edit(project.path('log_sources', 'aws_cloudtrail', 'log_source.yml'), /^name: .*/m, `name: ${source}`);
    edit(project.path('temporal.yaml'), /^ingest:$/m, 'ingest:\n  batch_files: 20\n  group_batches: 1');
    sample = await writeSample(createFileStore(project.path('bucket')), {
      ...{ days: 2, accounts: 2, regions: 1, eventsPerHour: 60 },
    });
    range = ['--from', sample.delivery.from, '--to', sample.delivery.to];
  });
  afterAll(async () => {
    await project.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('refuses a range that ends before it begins, and a warehouse without tables, and exits with 2', async () => {
    const wrong = await upkeep('--from', '2024-03-02', '--to', '2024-03-01');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('--to 2024-03-01 is before --from 2024-03-02.');
    const none = await upkeep();
    expect(none.code).toBe(2);
    expect(none.stderr).toContain(`There is no table ${source}_files`);
  });

  it('reports what it would do, does it, and changes neither the rows, the audit nor the next backfill', async () => {
    const worker = project.start('worker', ...server, '--json');
    await worker.value<Up>();
    expect((await backfill()).code).toBe(0);
    const before = await content();
    const of = (ended: Ended): UpkeepResult => valuesOf<UpkeepResult>(ended).at(-1) as UpkeepResult;
    const dry = of(await upkeep('--dry-run', '--json'));
    expect(await content()).toBe(before);
    const done = of(await upkeep('--watch', '--json'));
    expect(done.tables).toBe(5);
    for (const [index, { table, compacted }] of done.done.entries()) {
      expect([table, compacted.after.files]).toEqual([table, compacted.days]);
      expect(dry.done[index].compacted).toMatchObject({ days: compacted.days, before: compacted.before });
    }
    expect(done.done[0].compacted.before.files).toBeGreaterThan(3 * done.done[0].compacted.after.files);
    expect(await content()).toBe(before);
    expect((await project.ask('audit', ...range)).stdout).toContain('audit: clean');
    expect(valuesOf<{ totals: { files: number } }>(await backfill()).at(-1)?.totals.files).toBe(0);

    const { stdout } = await upkeep();
    expect(stdout).toContain('Upkeep is done:');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const { done: again } = of(await upkeep('--json'));
    for (const { table, compacted } of again) expect([table, compacted.days]).toEqual([table, 0]);

    const connection = await Connection.connect({ address: temporalAddress() });
    try {
      const workflow = new Client({ connection }).workflow.getHandle(upkeepId(source));
      expect((await workflow.describe()).priority?.priorityKey).toBe(LAST);
    } finally {
      await connection.close();
    }
  });
});

describeWithTemporal('upkeep', () => {
  const DAYS = ['2024-03-05', '2024-03-06'];
  const ROUNDS = 4;
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(() => harness.close());

  async function put(round: number): Promise<void> {
    for (const day of DAYS)
      await harness.bucket.put(
        trailKey(`f${round}`, { day }),
        trailFile([...records(3, `${day}T1${round}:00:00Z`), ...records(2, `${day}T09:00:00Z`)]),
      );
  }

  /** Each round is a separate commit in each day. */
  async function fill(rounds = ROUNDS): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await put(round);
      await (await harness.backfill({ from: DAYS[0], to: DAYS[1] })).result();
    }
  }

  const start = async (): Promise<WorkflowHandle<(input: UpkeepInput) => Promise<UpkeepResult>>> => {
    const { config, source } = await harness.input({ from: DAYS[0], to: DAYS[1] });
    return harness.client.workflow.start('upkeep', {
      workflowId: upkeepId(source),
      taskQueue: harness.taskQueue,
      args: [{ source, config, retry: RETRY, visibility: VISIBILITY }],
    });
  };

  async function expectRows(rounds: number): Promise<void> {
    const ids = (await rowsOfTable(harness, 'default')).map((row) => (row.event as { id: string }).id);
    expect(ids).toHaveLength(DAYS.length * (3 * rounds + 2));
    expect(new Set(ids).size).toBe(ids.length);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(DAYS.length * rounds);
    const { differences } = await (await harness.audit({ from: DAYS[0], to: DAYS[1] })).result();
    expect(differences).toEqual({ count: 0, first: [] });
  }

  it('continues in another worker after its own died in the middle of a day', async () => {
    const worker = await harness.startWorker();
    await fill();
    const writes = new Held(harness, harness.warehouse, 'put', (key) => key.includes('/compact-'));
    await worker.stop();
    const doomed = await harness.startWorker({ shutdownGraceSeconds: 1 });
    const handle = await start();
    await writes.untilWaiting(1);
    const stopped = doomed.stop();
    harness.stores.set(harness.warehouse.uri, harness.warehouse);
    await harness.startWorker();
    const { done } = await handle.result();
    writes.releaseAll();
    await stopped;
    expect(done[0].compacted).toMatchObject({ days: 2, after: { files: 2 } });
    await expectRows(ROUNDS);
  });

  it('lets ingestion commit to a day that is being compacted, and loses nothing', async () => {
    const writes = new Held(harness, harness.warehouse, 'put', (key) => key.includes('/compact-'));
    await harness.startWorker();
    await fill();
    const handle = await start();
    await writes.untilWaiting(1);
    await put(ROUNDS);
    await (await harness.backfill({ from: DAYS[0], to: DAYS[1] })).result();
    writes.releaseAll();
    await handle.result();
    await expectRows(ROUNDS + 1);
  });

  it('uses the clock of the server, so that a worker with a wrong clock removes nothing too early', async () => {
    await harness.startWorker();
    await fill(1);
    const young = `trailmill/${harness.source}/data/ts_day=2024-03-05/of-a-commit-under-way.parquet`;
    await harness.warehouse.put(young, Buffer.from('rows'));
    setClock(400 * 24 * 3_600_000);
    try {
      const { done } = await (await start()).result();
      expect(done.map(({ unused }) => unused.files)).toEqual(done.map(() => 0));
    } finally {
      setClock(0);
    }
    await expect(harness.warehouse.head(young)).resolves.toMatchObject({ size: 4 });
    await expectRows(1);
  });

  it('is started by the first run of a schedule on each day', async () => {
    await harness.startWorker();
    await fill(2);
    const run = async (name: string): Promise<void> => {
      const { from: _from, to: _to, ...how } = await harness.input({ from: DAYS[0], to: DAYS[1] });
      const input: ScheduledIngestInput = { ...how, lookBackDays: 1, upkeep: true };
      const handle = await harness.client.workflow.start('scheduledIngest', {
        workflowId: `scheduled/${harness.source}/${name}`,
        taskQueue: harness.taskQueue,
        args: [input],
      });
      const result = (await handle.result()) as { memory: { upkeep?: string } };
      expect(result.memory.upkeep).toBe(new Date().toISOString().slice(0, 10));
    };
    await run('first');
    const upkeep = harness.client.workflow.getHandle<(input: UpkeepInput) => Promise<UpkeepResult>>(
      upkeepId(harness.source),
    );
    expect((await upkeep.result()).done[0].compacted.days).toBe(2);
    expect((await upkeep.describe()).priority?.priorityKey).toBe(LAST);
    const { events } = await upkeep.fetchHistory();
    const keys = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled ? [scheduled.priority?.priorityKey ?? LAST] : [],
    );
    expect(keys.length).toBeGreaterThan(10);
    // Its planning does not precede the batches of a backfill either.
    expect(new Set(keys)).toEqual(new Set([LAST]));
    expect((await upkeep.query<UpkeepStatus>('upkeepStatus')).done).toHaveLength(3);
    await expectRows(2);
  });
});
