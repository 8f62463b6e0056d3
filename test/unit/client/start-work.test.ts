/** Audits, verifications and upkeep: starting them twice, and what a refused start leaves behind. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { ClusterSession } from '../../../client/session/session';
import { startWork, workOf } from '../../../client/session/start-workflow';
import { upkeepWork } from '../../../client/upkeep/upkeep';
import { loadSettings } from '../../../config/load';
import type { SourceSettings } from '../../../config/settings';
import { runConfigOf } from '../../../run/config';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-start-work-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const written = (): boolean => existsSync(join(project, 'warehouse'));
const RUNNING = { status: { name: 'RUNNING' }, runId: 'the first' };

/** Starts upkeep where these workflows are found, first and then again; `races`: another client starts it in between. */
async function start(found: object | undefined, { races = false } = {}): Promise<{ runId: string; attached: boolean }> {
  const settings = loadSettings({ cwd: project, env: {}, flags: { location: 'bucket' } });
  const source = settings.source as SourceSettings;
  let asked = 0;
  const describe = async (): Promise<object> => {
    if (found !== undefined && (!races || asked++ > 0)) return found;
    throw Object.assign(new Error('not found'), { name: 'WorkflowNotFoundError' });
  };
  const workflow = {
    getHandle: (workflowId: string) => ({ workflowId, describe }),
    start: async (type: string, { workflowId }: { workflowId: string }) => {
      if (races) throw new WorkflowExecutionAlreadyStartedError('exists', workflowId, type);
      return { firstExecutionRunId: 'a new one' };
    },
  };
  const session = { client: { workflow }, cluster: { taskQueue: 'q' } } as unknown as ClusterSession;
  const visibility = { searchable: false, version: '1' };
  const work = upkeepWork(settings, source, {});
  const whole = workOf(work, runConfigOf(settings, source), source.warehouse, visibility as never);
  const { runId, running } = await startWork(session, visibility as never, whole);
  return { runId, attached: running !== undefined };
}

test('a new workflow finds its configuration in the warehouse', async () => {
  expect(await start(undefined)).toEqual({ runId: 'a new one', attached: false });
  expect(written()).toBe(true);
});

test('a workflow that is running is attached to, and nothing is written', async () => {
  expect(await start({ ...RUNNING, memo: {} })).toEqual({ runId: 'the first', attached: true });
  expect(written()).toBe(false);
});

test('a workflow that has ended is started again', async () => {
  expect(await start({ ...RUNNING, status: { name: 'FAILED' }, memo: {} })).toMatchObject({ attached: false });
});

test('a start that is refused writes nothing', async () => {
  const other = start({ ...RUNNING, memo: { warehouse: 'file:///elsewhere' } });
  await expect(other).rejects.toThrow(/already running with a different warehouse: "file:\/\/\/elsewhere" instead of/);
  expect(written()).toBe(false);
});

test('one that was started meanwhile is attached to, or refused', async () => {
  expect(await start({ ...RUNNING, memo: {} }, { races: true })).toEqual({ runId: 'the first', attached: true });
  const other = start({ ...RUNNING, memo: { location: 's3://elsewhere' } }, { races: true });
  await expect(other).rejects.toThrow(/already running with a different location/);
});
