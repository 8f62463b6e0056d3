/** A plan has the number of files that it leaves out because earlier runs have entered them in the ledger. */
import { DAY, ingestWholeDay, memoryRun, plan, records, trailFile, trailKey } from '../../support/runs';

describe('a plan of a day', () => {
  it('counts ingested and quarantined files', async () => {
    const run = memoryRun();
    for (const name of ['a', 'b', 'c']) await run.bucket.put(trailKey(name), trailFile(records(2)));
    await run.bucket.put(trailKey('corrupt'), Buffer.from('not a gzip file'));
    expect((await plan(run)).known).toBeUndefined();
    await ingestWholeDay(run);
    expect(await plan(run)).toMatchObject({ batches: 0, files: 0, known: { ingested: 3, other: 1 } });
    await run.bucket.put(trailKey('late'), trailFile(records(1)));
    expect(await plan(run)).toMatchObject({ files: 1, known: { ingested: 3, other: 1 } });
    // Files that are read again do not count as known.
    const again = await plan(run, DAY, {}, { retryQuarantined: true });
    expect(again).toMatchObject({ files: 2, known: { ingested: 3, other: 0 } });
  });
});
