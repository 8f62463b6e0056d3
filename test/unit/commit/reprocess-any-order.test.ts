/**
 * Whatever was ingested and read again before, in any order: after all files were read again, the tables equal those of a
 * fresh ingestion.
 */
import fc from 'fast-check';
import { defaultTables } from '../../../cloudtrail/tables';
import { contentOf } from '../../support/crashes';
import { DAYS, differencesOf, freshContent, type Run, withConfig, withTransform } from '../../support/reprocess';
import { ingestWholeDay, memoryRun, records, reprocessDay, rowsOf, trailFile, trailKey } from '../../support/runs';
import { upkeep, upkeepContext } from '../../support/upkeep';

const EVENTS = 5;
const FILES = 5;

/** A file: its day, its events, and whether it has a record that is rejected. */
const file = fc.record({
  day: fc.constantFrom(...DAYS),
  events: fc.array(fc.nat(EVENTS - 1), { maxLength: 4 }),
  reject: fc.boolean(),
});

const step = fc.oneof(
  fc.record({ what: fc.constant('ingest' as const), day: fc.constantFrom(...DAYS) }),
  fc.record({
    what: fc.constant('again' as const),
    files: fc.uniqueArray(fc.nat(FILES - 1), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ what: fc.constant('rejected' as const), day: fc.constantFrom(...DAYS) }),
  fc.record({ what: fc.constant('configure' as const), config: fc.nat(4) }),
  fc.record({ what: fc.constant('upkeep' as const) }),
);

/** Configurations that treat an event or a file differently. */
const CONFIGS: readonly ((run: Run) => Run)[] = [
  (run) => run,
  (run) => withTransform(run, 'row.set(\'labels\', \'{"team":"blue"}\'); return row;'),
  (run) => withTransform(run, "return /-[02]$/.test(row.get('event.id')) ? null : row;"),
  (run) => withTransform(run, "return /_f[01]\\./.test(row.get('log.file.path')) ? null : row;"),
  (run) => withTransform(run, "if (/_f[12]\\./.test(row.get('log.file.path'))) throw new Error('no'); return row;"),
];

test('any files, configurations and orders', async () => {
  const cases = fc.record({
    files: fc.array(file, { minLength: FILES, maxLength: FILES }),
    steps: fc.array(step, { minLength: 2, maxLength: 6 }),
    last: fc.nat(CONFIGS.length - 1),
    batchFiles: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ files, steps, last, batchFiles }) => {
      const memory = memoryRun({ batchFiles, groupBatches: 1 }, defaultTables('aws_cloudtrail'));
      const configs = CONFIGS.map((config) => config(memory));
      const keys = files.map(({ day }, number) => trailKey(`f${number}`, { day }));
      for (const [number, { events, reject }] of files.entries()) {
        const all = records(EVENTS, `${DAYS[0]}T10:00:00Z`, {}, 'event');
        await memory.bucket.put(
          keys[number],
          trailFile([...events.map((event) => all[event]), ...(reject ? [7] : [])]),
        );
      }
      let run = configs[0];
      for (const one of steps) {
        if (one.what === 'configure') run = configs[one.config];
        else if (one.what === 'ingest') await ingestWholeDay(run, one.day);
        else if (one.what === 'rejected') await reprocessDay(run, { status: 'rejected' }, one.day);
        else if (one.what === 'upkeep') await upkeep(upkeepContext(run));
        else for (const day of DAYS) await reprocessDay(run, { keys: one.files.map((number) => keys[number]) }, day);
        await expectSound(run);
      }
      const newest = configs[last];
      for (const day of DAYS) await reprocessDay(newest, {}, day);
      await expectSound(newest);
      expect(await contentOf(newest)).toEqual(await freshContent(newest));
      const off = withConfig(newest, { deduplicate: undefined });
      for (const day of [...DAYS].reverse()) await reprocessDay(off, {}, day);
      expect(await contentOf(off)).toEqual(await freshContent(off));
      expect(await differencesOf(off)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

/** No event occurs twice, and the counts of the ledger are those of the tables. */
async function expectSound(run: Run): Promise<void> {
  const found = (await differencesOf(run)) as { what: string }[];
  expect(found.filter(({ what }) => what !== 'missing_in_ledger')).toEqual([]);
  const ids = (await rowsOf(run, 'default')).map(({ event }) => (event as { id: string }).id);
  expect(ids).toHaveLength(new Set(ids).size);
}
