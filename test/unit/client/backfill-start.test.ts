/** `trailmill backfill start`: what of the configuration travels with the run, and what a second start is compared by. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBackfill } from '../../../client/backfill/start';
import type { ClusterSession } from '../../../client/session/session';
import { loadSettings } from '../../../config/load';
import type { SourceSettings } from '../../../config/settings';
import type { BackfillInput } from '../../../protocol/messages';
import type { RunConfig } from '../../../run/config';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-start-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

interface Start {
  input: BackfillInput;
  memo: Record<string, string>;
  config: RunConfig;
}

/** What the client is asked to start, with a change of the log source. */
async function start(change: Partial<SourceSettings> = {}): Promise<Start> {
  const settings = loadSettings({ cwd: project, env: {}, flags: { location: 'bucket' } });
  const source = { ...(settings.source as SourceSettings), ...change };
  let asked: { args: [BackfillInput]; memo: Record<string, string> } | undefined;
  const workflow = {
    start: async (_type: string, options: NonNullable<typeof asked>) => {
      asked = options;
      return { firstExecutionRunId: 'a run' };
    },
  };
  const operatorService = { listSearchAttributes: async () => ({ customAttributes: {} }) };
  const cluster = { taskQueue: 'q', namespace: 'n', connection: { operatorService } };
  const session = { client: { workflow }, cluster } as unknown as ClusterSession;
  await startBackfill(session, settings, source, { from: '2024-03-05', to: '2024-03-05', filter: {} });
  if (asked === undefined) throw new Error('nothing was started');
  const [input] = asked.args;
  return { input, memo: asked.memo, config: JSON.parse(readFileSync(fileURLToPath(input.config), 'utf8')) };
}

test('the window for repeated events is frozen with the run, and absent where they are kept', async () => {
  expect((await start()).config.deduplicate).toEqual({ windowDays: 30 });
  expect((await start({ deduplicate: { windowDays: 7 } })).config.deduplicate).toEqual({ windowDays: 7 });
  expect((await start({ deduplicate: undefined })).config).not.toHaveProperty('deduplicate');
});

test('a run with another window is another configuration', async () => {
  const all = [await start(), await start({ deduplicate: { windowDays: 7 } }), await start({ deduplicate: undefined })];
  expect(new Set(all.map(({ memo }) => memo.configuration)).size).toBe(3);
  expect((await start()).memo.configuration).toBe(all[0].memo.configuration);
});

test('how long the run tries again travels with it', async () => {
  const { input } = await start();
  expect(input.retry).toEqual({ heartbeatTimeoutSeconds: 30, maximumIntervalSeconds: 60, giveUpAfterHours: 24 });
});
