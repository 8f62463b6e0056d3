/** A deploy during a backfill: workers of another build take over, forward only, and no row is lost or duplicated. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import type { Probe } from '../../../client/check/probe';
import { type Deployment, describeDeployment, setCurrentVersion } from '../../../client/deployment/deployment';
import { WORKFLOW_BUNDLE } from '../../../install/package';
import { ingestDayId } from '../../../protocol/ids';
import { deploymentVersion } from '../../../worker/deployment';
import { Project, type Up, until, valuesOf } from '../../support/cli';
import { type Harness, startHarness } from '../../support/harness';
import { Held } from '../../support/held';
import { rowsOfTable } from '../../support/lake';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAY = '2024-03-05';
const RANGE = { from: DAY, to: '2024-03-06' };
const FILES = 9;
/** Three batches of three files, with one commit per batch: much remains to be done while a file is held. */
const CUT = { batchFiles: 3, groupBatches: 1, batchesInFlight: 1, concurrentReads: 1, daysInFlight: 1 };

describeWithTemporal('worker versioning', () => {
  let harness: Harness;
  let directory: string;
  /** Workflows that differ from those that were built, but replay the same histories. */
  let changed: string;
  let name: string;

  beforeEach(async () => {
    harness = await startHarness(temporalAddress());
    directory = mkdtempSync(join(tmpdir(), 'trailmill-versions-'));
    name = `trailmill-${randomBytes(6).toString('hex')}`;
    const bundle = readFileSync(WORKFLOW_BUNDLE, 'utf8');
    changed = join(directory, 'changed-bundle.js');
    writeFileSync(changed, bundle.replaceAll('Delivery day', 'Day of delivery'));
    for (let file = 0; file < FILES; file++) {
      for (const day of [DAY, RANGE.to]) {
        await harness.bucket.put(
          trailKey(`f${file}`, { day }),
          trailFile(records(3, `${day}T10:00:00Z`, {}, `${day}${file}`)),
        );
      }
    }
  });
  afterEach(async () => {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const where = (): Parameters<typeof describeDeployment>[0] => ({
    connection: harness.client.connection as Connection,
    namespace: 'default',
  });

  /** The build ids of a workflow's tasks, in order, without repetitions. */
  async function builds(workflowId: string): Promise<string[]> {
    const { events } = await harness.client.workflow.getHandle(workflowId).fetchHistory();
    const all = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: step }) =>
      step ? [step.deploymentVersion?.buildId ?? 'none'] : [],
    );
    return all.filter((build, at) => build !== all[at - 1]);
  }

  it('a deploy during a day: the new build continues as the old one drains, and every row is in the table once', async () => {
    const deployment = { name };
    const [a, b] = [undefined, changed].map((bundle) => deploymentVersion({ deployment }, bundle));
    expect(a?.buildId).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    expect(a?.buildId).not.toBe(b?.buildId);
    if (!a || !b) throw new Error('no versions');

    const held = new Held(harness, harness.bucket, 'get', (key) => key.includes('_f4'));
    const old = await harness.startWorker({ deployment });
    await setCurrentVersion(where(), a);
    const backfill = await harness.backfill(RANGE, CUT);
    await held.untilWaiting(1); // In the second batch of the first day.

    await harness.startWorker({ deployment }, changed);
    expect(await setCurrentVersion(where(), b)).toBe(a.buildId);
    const drained = old.stop();
    held.releaseAll();
    await drained;
    const { totals } = await backfill.result();
    expect(totals).toMatchObject({ files: 2 * FILES, events: 2 * 3 * FILES, duplicates: 0, quarantined: 0 });
    const rows = await rowsOfTable(harness, 'default');
    expect(rows).toHaveLength(2 * 3 * FILES);
    expect(await rowsOfTable(harness, 'ledger')).toHaveLength(2 * FILES);

    // Once on the new build, never back on the old one.
    expect(await builds(ingestDayId(harness.source, DAY))).toEqual([a.buildId, b.buildId]);
    expect(await builds(ingestDayId(harness.source, RANGE.to))).toEqual([b.buildId]);
    expect((await builds(backfill.workflowId)).at(-1)).toBe(b.buildId);
  });

  it('a worker gets no work before its version is current, and an unversioned worker gets none after that', async () => {
    const deployment = { name, buildId: 'first' };
    await harness.startWorker({ deployment });
    await until(
      async () => (await describeDeployment(where(), name)) !== undefined,
      () => 'The server does not know the deployment.',
    );
    const plain = await harness.startWorker();
    const first = await harness.backfill({ from: DAY, to: DAY }, CUT);
    expect((await first.result()).totals).toMatchObject({ files: FILES });
    expect(await builds(first.workflowId)).toEqual(['none']);

    expect(await setCurrentVersion(where(), { deploymentName: name, buildId: 'first' })).toBeNull();
    const second = await harness.backfill({ from: RANGE.to, to: RANGE.to }, CUT);
    expect((await second.result()).totals).toMatchObject({ files: FILES });
    expect(await builds(second.workflowId)).toEqual(['first']);
    expect(plain.underWay.list()).toEqual([]);
  });

  it('the commands show and change the current version; a version without workers is rejected', async () => {
    const project = new Project(join(directory, 'project'), { TEMPORAL_ADDRESS: temporalAddress() });
    try {
      expect(await project.ask('deployment', 'describe')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /No worker deployment is configured.*\n.*worker\.deployment.*TEMPORAL_DEPLOYMENT_NAME/,
        ),
      });
      writeFileSync(project.path('temporal.yaml'), `worker: {deployment: ${name}}\n`);
      const queue = ['--task-queue', name];
      const buildId = deploymentVersion({ deployment: { name } })?.buildId;
      const before = valuesOf<Deployment>(await project.ask('deployment', 'describe', '--json'));
      expect(before).toEqual([{ name, current: null, ramping: null, versions: [], thisBuild: buildId }]);
      const worker = project.start('worker', ...queue, '--json');
      await worker.value<Up>();
      const probe = async (): Promise<Probe | undefined> =>
        valuesOf<{ probes: Probe[] }>(
          await project.ask('check', '--location', './bucket', ...queue, '--json'),
        )[0].probes.find(({ what }) => what === 'version');
      expect(await probe()).toMatchObject({
        state: 'waiting',
        message: expect.stringContaining('unversioned workers'),
        cure: expect.stringContaining('trailmill deployment set-current-version'),
      });
      const set = await project.ask('deployment', 'set-current-version');
      expect(set).toMatchObject({ code: 0, stderr: '' });
      expect(set.stdout).toBe(`${buildId} is the current version of ${name}; previously unversioned workers.\n`);
      expect(await probe()).toMatchObject({ state: 'ok' });
      const described = await project.ask('deployment', 'describe');
      expect(described.stdout).toMatch(new RegExp(`current +${buildId}\n`));
      expect(described.stdout).toMatch(new RegExp(`${buildId} +current`));
      expect((await worker.interrupt()).code).toBe(0);
      await expect(setCurrentVersion(where(), { deploymentName: name, buildId: 'never-seen' }, 0)).rejects.toThrow(
        /never-seen .*cannot be made current/,
      );
    } finally {
      await project.close();
    }
  });
});
