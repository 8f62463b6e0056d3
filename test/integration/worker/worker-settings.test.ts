/** The settings that docs/performance.md recommends for machines: workers complete a backfill with them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../../config/load';
import type { Settings } from '../../../config/settings';
import { yamlBlocks } from '../../support/docs';
import { startHarness } from '../../support/harness';
import { records, trailFile, trailKey } from '../../support/runs';
import { describeWithTemporal, temporalAddress } from '../../support/temporal';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07'];
const FILES = 5;
const EVENTS = 4;

/** As `trailmill worker` would read them. */
function settingsOf(yaml: string): Settings {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-settings-'));
  try {
    writeFileSync(join(directory, 'temporal.yaml'), yaml);
    return loadSettings({ cwd: directory, env: {}, flags: {} });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describeWithTemporal('worker settings', () => {
  const small = 'worker: {max_concurrent_activities: 1, max_concurrent_workflow_tasks: 2, max_cached_workflows: 2}';
  const cases = [
    ['a small machine', yamlBlocks('performance.md')[0]],
    ['a large machine', yamlBlocks('performance.md')[1]],
    ['minimal concurrency', `${small}\n`],
    ['automatic pollers', 'worker: {activity_task_pollers: auto, workflow_task_pollers: auto}\n'],
  ];

  it.each(cases)('for %s work in a backfill', async (_, yaml) => {
    const { worker, ingest } = settingsOf(yaml);
    const harness = await startHarness(temporalAddress());
    try {
      for (const day of DAYS)
        for (let file = 0; file < FILES; file++)
          await harness.bucket.put(trailKey(`f${file}`, { day }), trailFile(records(EVENTS, `${day}T1${file}:00:00Z`)));
      await harness.startWorker(worker);
      // One file per batch, so that there is more work than one slot can take.
      const handle = await harness.backfill({ from: DAYS[0], to: DAYS[2] }, { ...ingest, batchFiles: 1 });
      const { totals } = await handle.result();
      expect(totals).toMatchObject({
        files: DAYS.length * FILES,
        events: DAYS.length * FILES * EVENTS,
        quarantined: 0,
      });
    } finally {
      await harness.close();
    }
  });
});
