/** The project of the demo, which is created for each run, and its sample bucket. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../config/load.js';
import { writeProject } from '../../config/project-files.js';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { type NamedCount, type SampleManifest, writeSample } from '../../sample/index.js';
import { runningDevServer } from '../../server/dev-server-file.js';
import { openStore } from '../../storage/open.js';
import { summarizeSample } from '../sample/render.js';
import { withSampleProgress } from '../sample/sample.js';
import type { Io } from '../terminal/io.js';
import type { ExpectedRows } from './checks.js';
import type { DemoQuestion } from './questions.js';

/** The sample bucket, and the numbers in its manifest. */
export interface DemoSample {
  manifest: SampleManifest;
  summary: string;
  from: string;
  to: string;
  expected: ExpectedRows;
  answers: Record<DemoQuestion['id'], NamedCount[]>;
}

/**
 * Creates an empty project in `.trailmill/demo/` of `projectDir`. It uses the embedded server whatever the environment says: the
 * demo must not write to a cluster. Throws `UserMistake` while another demo is running there.
 */
export async function prepareDemo(projectDir: string, env: NodeJS.ProcessEnv): Promise<Settings> {
  const directory = join(projectDir, '.trailmill', 'demo');
  const running = await runningDevServer(directory);
  if (running !== undefined) {
    throw new UserMistake(
      `A demo is already running (process ${running.ownerPid}, UI ${running.uiUrl}).`,
      'Stop it with Ctrl-C in its terminal, or use another --project.',
    );
  }
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeProject(directory);
  const withoutTemporal = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
  return loadSettings({ cwd: directory, env: withoutTemporal, flags: { project: directory } });
}

/** Writes the sample: 3 accounts × 2 regions × 3 days. `seed` selects the events. */
export async function makeSample(settings: Settings, seed: number, io: Io, silent: boolean): Promise<DemoSample> {
  if (settings.source === undefined) throw new Error('the demo project has no source');
  const store = openStore(settings.source.location);
  const manifest = await withSampleProgress(io, silent, (onProgress) => writeSample(store, { seed }, onProgress));
  const { from, to } = manifest.delivery;
  return {
    manifest,
    summary: summarizeSample(manifest),
    from,
    to,
    expected: expectedOf(manifest),
    answers: manifest.answers,
  };
}

/** Every kind in the sample has a table. */
function expectedOf({ total, tables }: SampleManifest): ExpectedRows {
  const { default: events, insights, digest: digests } = tables;
  return { events, insights, digests, rejects: 0, ingested: total.objects, skipped: 0, quarantined: 0 };
}
