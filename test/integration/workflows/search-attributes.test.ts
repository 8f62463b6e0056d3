/** Finding workflows by their search attributes, on a real server with and without these attributes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { areRegistered, register, type SetUpAttribute } from '../../../client/setup/search-attributes';
import { StorageAccessDenied } from '../../../errors/index';
import { ingestDayId } from '../../../protocol/ids';
import { type DayCounts, type DayMemo, pauseUpdate, resumeUpdate } from '../../../protocol/messages';
import type { SampleManifest } from '../../../sample/index';
import { Project, type Started, until, valuesOf, viewOf } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held, swell } from '../../support/held';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

describeWithTemporal('workflows and their search attributes', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
  });
  afterEach(() => harness.close());

  async function deliver(days: string[], files = 1): Promise<void> {
    for (const day of days)
      for (let i = 0; i < files; i++)
        await harness.bucket.put(trailKey(`f${i}`, { day }), trailFile(records(2, `${day}T1${i}:00:00Z`)));
  }

  /** Ids of the workflows that a UI query finds, sorted. */
  async function found(query: string): Promise<string[]> {
    const ids: string[] = [];
    const mine = `TrailmillSource = "${harness.source}" AND (${query})`;
    for await (const { workflowId } of harness.client.workflow.list({ query: mine })) ids.push(workflowId);
    return ids.sort();
  }

  /** Waits, because lists are updated with a delay. */
  async function finds(query: string, ids: string[]): Promise<void> {
    let last: string[] = [];
    const wanted = [...ids].sort();
    await until(
      async () => {
        last = await found(query);
        return JSON.stringify(last) === JSON.stringify(wanted);
      },
      () => `${query} finds ${JSON.stringify(last)}, not ${JSON.stringify(wanted)}`,
    );
  }

  it('the failed days of June are found with one query', async () => {
    const days = ['2024-05-31', '2024-06-01', '2024-06-02', '2024-06-30', '2024-07-01'];
    const failing = ['2024-05-31', '2024-06-02', '2024-06-30'];
    await deliver(days);
    const { bucket } = harness;
    const list: typeof bucket.list = (prefix, options) => {
      if (failing.some((day) => prefix.includes(`/${day.replaceAll('-', '/')}/`)))
        throw new StorageAccessDenied(`Not allowed to list ${prefix}.`);
      return bucket.list(prefix, options);
    };
    harness.stores.set(bucket.uri, Object.assign(Object.create(bucket), { list }));
    await harness.startWorker();
    const ranges = [
      ['2024-05-31', '2024-06-02'],
      ['2024-06-30', '2024-07-01'],
    ];
    const handles = await Promise.all(ranges.map(([from, to]) => harness.backfill({ from, to })));
    await Promise.all(handles.map((handle) => handle.result().catch(() => {})));
    const june = 'TrailmillDay STARTS_WITH "2024-06"';
    const day = (at: string): string => ingestDayId(harness.source, at);
    await finds(`TrailmillStatus = "failed" AND ${june}`, ['2024-06-02', '2024-06-30'].map(day));
    await finds(
      'TrailmillDay BETWEEN "2024-06-01" AND "2024-06-30"',
      ['2024-06-01', '2024-06-02', '2024-06-30'].map(day),
    );
    await finds('TrailmillStatus = "completed" AND TrailmillDay > "2024-06-30"', [day('2024-07-01')]);
    const backfills = handles.map(({ workflowId }) => workflowId);
    await finds('TrailmillStatus = "failed" AND WorkflowType = "backfill"', backfills);
  });

  it('the status follows a pause, a resume, a wait for another run, and the end', async () => {
    const days = ['2024-06-05', '2024-06-06'];
    await deliver(days, 3);
    const reads = new Held(harness, harness.bucket, 'get', () => true);
    await harness.startWorker();
    const one = { batchFiles: 1, groupBatches: 1, daysInFlight: 1, batchesInFlight: 1 };
    const handle = await harness.backfill({ from: days[0], to: days[1] }, one);
    const [first, second] = days.map((day) => ingestDayId(harness.source, day));
    await reads.untilWaiting(1);
    await finds('TrailmillStatus = "running"', [handle.workflowId, first]);
    await handle.executeUpdate(pauseUpdate, { args: [undefined] });
    await finds('TrailmillStatus = "paused"', [handle.workflowId, first]);
    const other = await harness.backfill({ from: days[0], to: days[0] }, one);
    await finds('TrailmillStatus = "waiting"', [other.workflowId]);
    await handle.executeUpdate(resumeUpdate);
    await finds('TrailmillStatus = "running"', [handle.workflowId, first]);
    await other.cancel();
    await finds('TrailmillStatus = "cancelled"', [other.workflowId]);
    reads.releaseAll();
    await handle.result();
    await finds('TrailmillStatus = "completed"', [handle.workflowId, first, second]);
    const audit = await harness.audit({ from: days[0], to: days[1] });
    await audit.result();
    await finds('TrailmillStatus = "completed" AND WorkflowType = "audit"', [audit.workflowId]);
    // Also a backfill that failed before its first day.
    const lost = await harness.backfill({ from: '2024-06-07', to: '2024-06-07', config: 'file:///nowhere/none.json' });
    await lost.result().catch(() => {});
    await finds('TrailmillStatus = "failed"', [lost.workflowId]);
  });

  it('the memo of a day says what it is and how far it has progressed, without a query to the workflow', async () => {
    const day = '2024-06-05';
    await deliver([day], 3);
    await harness.bucket.put(trailKey('bad', { day }), Buffer.from('no gzip'));
    const reads = new Held(harness, harness.bucket, 'get', () => true);
    const worker = await harness.startWorker();
    const one = { batchFiles: 1, groupBatches: 1, daysInFlight: 1, batchesInFlight: 1 };
    const handle = await harness.backfill({ from: day, to: day }, one);
    const memo = async (): Promise<DayMemo | undefined> => {
      const query = `TrailmillSource = "${harness.source}" AND TrailmillDay = "${day}"`;
      let last: unknown;
      for await (const { memo } of harness.client.workflow.list({ query })) last = memo;
      return last as DayMemo | undefined;
    };
    const says = (counts: Partial<DayCounts>): Promise<void> =>
      until(
        async () => JSON.stringify({ ...(await memo())?.counts, ...counts }) === JSON.stringify((await memo())?.counts),
        () => `The memo does not say ${JSON.stringify(counts)}`,
      );
    await reads.untilWaiting(1);
    await says({ plannedFiles: 4, files: 0, events: 0 });
    expect(await memo()).toMatchObject({ day, run: handle.workflowId, version: '0.0.0-test' });
    reads.release(1);
    await reads.untilWaiting(1);
    await says({ plannedFiles: 4, files: 1 });
    reads.releaseAll();
    await handle.result();
    await worker.stop();
    await says({ plannedFiles: 4, files: 4, events: 6, rejects: 0, quarantined: 1 });
  });

  it('attributes are kept when a workflow continues as new', async () => {
    const day = '2024-06-05';
    await deliver([day], 3);
    const reads = new Held(harness, harness.bucket, 'get', () => true);
    await harness.startWorker();
    const one = { batchFiles: 1, groupBatches: 1, daysInFlight: 1, batchesInFlight: 1 };
    const handle = await harness.backfill({ from: day, to: day }, one);
    const id = ingestDayId(harness.source, day);
    await reads.untilWaiting(1);
    const before = (await harness.client.workflow.getHandle(id).describe()).runId;
    await swell(harness, id);
    reads.release(1);
    await reads.untilWaiting(1);
    const { memo } = await harness.client.workflow.getHandle(id).describe();
    expect(memo).toMatchObject({ day, run: handle.workflowId, counts: { plannedFiles: 3, files: 1 } });
    expect((await harness.client.workflow.getHandle(id).describe()).runId).not.toBe(before);
    // The run that ended by continuing as new keeps its attributes.
    await finds(`TrailmillDay = "${day}"`, [id, id]);
    await finds('TrailmillStatus = "running" AND ExecutionStatus = "Running"', [handle.workflowId, id]);
    reads.releaseAll();
    await handle.result();
  });
});

describeWithTemporal('a namespace', () => {
  let directory: string;
  let connection: Connection;
  const projects: Project[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-setup-'));
    connection = await Connection.connect({ address: temporalAddress() });
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.close()));
    await connection.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A namespace on the shared server that has not been set up, and a project that uses it. */
  async function newNamespace(name: string): Promise<{ namespace: string; project: Project }> {
    const namespace = `${name}-${Date.now()}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
    });
    const isThere = (): Promise<boolean> =>
      connection.workflowService.countWorkflowExecutions({ namespace }).then(
        () => true,
        () => false,
      );
    await until(isThere, () => `The namespace ${namespace} is not there`);
    const env = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: namespace };
    const project = new Project(join(directory, namespace), env);
    projects.push(project);
    return { namespace, project };
  }
  type Long = NonNullable<
    NonNullable<
      Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
    >['seconds']
  >;

  it('without search attributes runs backfills, reports what is missing, and is set up once', async () => {
    const { namespace, project } = await newNamespace('bare');
    await project.ask('init');
    const size = ['--days', '2', '--accounts', '1', '--regions', '1', '--events-per-hour', '2'];
    await project.ask('sample', '--out', './bucket', ...size);
    const { delivery }: SampleManifest = JSON.parse(readFileSync(project.path('bucket', 'sample.json'), 'utf8'));
    const worker = project.start('worker', '--json');
    await worker.value();
    const start = (day: string) => project.ask('backfill', 'start', '--from', day, '--to', day, '--watch', '--json');
    const before = await start(delivery.from);
    expect([before.code, viewOf(before).state]).toEqual([0, 'completed']);
    expect(before.stderr).toBe(
      `The namespace ${namespace} does not have Trailmill's search attributes: run \`trailmill setup\` once.\n`,
    );
    expect(valuesOf<Started>(before)[0].searchable).toBe(false);

    const checked = async () => (await project.ask('check')).stdout;
    expect(await checked()).toMatch(
      /– search +the namespace \S+ does not have Trailmill's search attributes\s+Register them, once: trailmill setup/,
    );
    const setup = async () => valuesOf<{ attributes: SetUpAttribute[] }>(await project.ask('setup', '--json'))[0];
    const names = ['TrailmillSource', 'TrailmillDay', 'TrailmillStatus'];
    const all = (state: string) => names.map((name) => ({ name, type: 'Keyword', state }));
    expect(await setup()).toMatchObject({ namespace, attributes: all('registered') });
    expect(await setup()).toMatchObject({ namespace, attributes: all('present') });
    const said = await project.ask('setup');
    expect([said.code, said.stdout]).toEqual([0, expect.stringMatching(/TrailmillDay +Keyword +already registered/)]);

    expect(await checked()).toMatch(/✓ search +workflows can be found by source, day and status/);
    const after = await start(delivery.to);
    expect([after.code, after.stderr]).toEqual([0, '']);
    const query = `TrailmillStatus = "completed" AND TrailmillDay = "${delivery.to}"`;
    const { workflow } = new Client({ connection, namespace });
    await until(
      async () => (await workflow.count(query)).count === 1,
      () => `${query} does not find the day`,
    );
    expect((await worker.interrupt()).code).toBe(0);
  });

  it('with an attribute of another type is rejected by setup, with the fix', async () => {
    const { namespace, project } = await newNamespace('wrong');
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { TrailmillDay: 6 } });
    expect(await areRegistered({ connection, namespace })).toBe(false);
    const refused = await project.ask('setup');
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(
        /has a search attribute TrailmillDay whose type is not Keyword\.\n.*search-attribute remove/,
      ),
    ]);
  });

  it('without room for the attributes is left unchanged, and setup says so', async () => {
    const { namespace, project } = await newNamespace('full');
    const searchAttributes = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`Other${i}`, 2]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    const failed = await project.ask('setup');
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('cannot have more than 10')]);
  });

  it('that denies changes is checked with a search for the attributes, and setup says who can register them', async () => {
    const { namespace } = await newNamespace('refusing');
    // The answers of Temporal Cloud, which is not available here.
    const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('denied'), { code: 7 }));
    const operatorService = { listSearchAttributes: refuse, addSearchAttributes: refuse };
    const refusing = Object.create(connection, { operatorService: { value: operatorService } }) as Connection;
    expect(await areRegistered({ connection: refusing, namespace })).toBe(false);
    await expect(register({ connection: refusing, namespace })).rejects.toMatchObject({
      message: expect.stringContaining(`cannot be registered in the namespace ${namespace}`),
      cure: expect.stringContaining(
        `tcld namespace search-attributes add --namespace ${namespace} --search-attribute "TrailmillSource=Keyword"`,
      ),
    });
    expect(await areRegistered({ connection: refusing, namespace: 'default' })).toBe(true);
    expect(await register({ connection: refusing, namespace: 'default' })).toHaveLength(3);
  });
});
