/** `trailmill backfill start`: what of the configuration travels with the run, and what a second start is compared by. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
async function start(change: Partial<SourceSettings> = {}, running?: object): Promise<Start> {
  const settings = loadSettings({ cwd: project, env: {}, flags: { location: 'bucket' } });
  const source = { ...(settings.source as SourceSettings), ...change };
  let asked: { args: [BackfillInput]; memo: Record<string, string> } | undefined;
  const describe = async (): Promise<object> => {
    if (running !== undefined) return { status: { name: 'RUNNING' }, ...running };
    throw Object.assign(new Error('not found'), { name: 'WorkflowNotFoundError' });
  };
  const workflow = {
    getHandle: () => ({ describe }),
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

test('a start that is refused writes nothing', async () => {
  const other = start({}, { memo: { warehouse: 'file:///elsewhere' } });
  await expect(other).rejects.toThrow(/already running with a different warehouse/);
  expect(existsSync(join(project, 'warehouse'))).toBe(false);
  await start();
  expect(existsSync(join(project, 'warehouse'))).toBe(true);
});

describe('verification', () => {
  const defaults = { mode: 'record', holdHours: 26 } as const;

  test('that is the default leaves the configuration as it was before there was any', async () => {
    const { config } = await start({ integrity: defaults });
    expect(config).not.toHaveProperty('integrity');
    expect(config).toMatchObject({ format: 1 });
  });

  test('is frozen with the run, without what it does not need', async () => {
    const { config } = await start({ integrity: { ...defaults, mode: 'verify' } });
    expect(config.integrity).toEqual({ mode: 'verify' });
    expect((await start({ integrity: { ...defaults, bucket: 'b' } })).config.integrity).toEqual({
      mode: 'record',
      bucket: 'b',
    });
    expect((await start({ integrity: { ...defaults, mode: 'required' } })).config.integrity).toEqual({
      mode: 'required',
      holdHours: 26,
    });
  });

  test('by keys in a directory has them in the warehouse before the run starts, and the directory does not matter to it', async () => {
    const directory = join(project, 'keys');
    mkdirSync(directory);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    writeFileSync(join(directory, 'a.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const { config } = await start({
      integrity: { ...defaults, keys: { directory, place: 'log_source.yml:1  integrity.keys' } },
    });
    expect(config.integrity).toEqual({ mode: 'record', keys: 'folder' });
    expect(readdirSync(join(project, 'warehouse', '_trailmill', 'keys'))).toHaveLength(1);
  });

  test('by keys that are not there starts nothing, and writes nothing', async () => {
    const keys = { directory: join(project, 'keys'), place: 'log_source.yml:1  integrity.keys' };
    await expect(start({ integrity: { ...defaults, keys } })).rejects.toThrow('log_source.yml:1  integrity.keys: ');
    expect(existsSync(join(project, 'warehouse'))).toBe(false);
  });

  test('by other rules is another configuration', async () => {
    const modes = ['record', 'verify', 'required'] as const;
    const all = await Promise.all(modes.map((mode) => start({ integrity: { ...defaults, mode } })));
    expect(new Set(all.map(({ memo }) => memo.configuration)).size).toBe(3);
    expect(all[0].memo.configuration).toBe((await start()).memo.configuration);
  });
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
