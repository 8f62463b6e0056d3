/** Which days upkeep compacts, by the manifest entries of their files. */
import { loadExistingTable } from '../../../iceberg/retry';
import { identifierOf } from '../../../run/config';
import { choicesOf } from '../../../upkeep/choose-days';
import { ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';
import { upkeepContext } from '../../support/upkeep';

test('a choice has the column ids of its files, and no other metrics: those of years would not fit into memory', async () => {
  const run = memoryRun();
  for (const name of ['a', 'b']) {
    await run.bucket.put(trailKey(name), trailFile(records(3, undefined, {}, name)));
    await ingestWholeDay(run);
  }
  const table = await loadExistingTable(run.catalog, identifierOf(run.config, 'default'), {});
  const days = { from: 0, to: 100_000 };
  const [choice] = await choicesOf(upkeepContext(run), { table, sortOrderId: undefined }, days);
  expect(choice.files).toHaveLength(2);
  expect(choice.reasons).toMatchObject({ oldSchema: 0, small: 2 });
  const [one, two] = choice.files.map(({ data: { file } }) => file);
  expect(Object.keys(one.valueCounts).length).toBeGreaterThan(100);
  expect(one.valueCounts).toBe(two.valueCounts);
  expect([one.columnSizes, one.nullCounts, one.lowerBounds, one.upperBounds]).toEqual([{}, {}, {}, {}]);
});
